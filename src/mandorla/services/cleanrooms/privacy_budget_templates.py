"""Privacy budget templates: how much the others of a collaboration may learn of a member's people, behind how much noise."""

from dataclasses import replace
from typing import Any

from mandorla.domain.collaboration import Collaboration, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.privacy_budget import PrivacyBudgetTemplate
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.privacy_spending import template_in
from mandorla.services.cleanrooms.refusals import ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import (
    active_membership,
    below_membership,
    brought_to,
    collaboration_of,
    given,
    membership_of,
    page_below,
    page_of,
    picked,
)
from mandorla.services.tagging import forget_tags, tag

WHAT = "Privacy budget template"
PRIVACY = "DIFFERENTIAL_PRIVACY"


def create_privacy_budget_template(
    call: Call, *, membership_identifier, privacy_budget_type, parameters, auto_refresh=None, tags=None
) -> Any:
    """Set the one privacy budget of a collaboration.

    GUESS: without autoRefresh the budget is spent once and for all; the service model does not say.
    """
    membership = active_membership(call, membership_identifier)
    privacy = private_parameters(privacy_budget_type, parameters)
    # The guide: who receives results cannot turn differential privacy on; its own data need no protection from it, and a budget
    # of its making would protect nobody else's.
    if "CAN_RECEIVE_RESULTS" in membership.member_abilities:
        raise MandorlaError("This membership receives results, so it cannot set the budget that protects people from them.")
    present = template_in(call.records, membership.collaboration_id)
    if present is not None:
        message = f"The collaboration has the privacy budget template {present.id} already. Its member can update it."
        raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=present.id)
    template_id = call.new_uuid()
    template = PrivacyBudgetTemplate(
        account_id=call.account_id,
        id=template_id,
        arn=call.arn("cleanrooms", f"privacybudgettemplate/{template_id}"),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        auto_refresh=auto_refresh or "NONE",
        epsilon=privacy["epsilon"],
        users_noise_per_query=privacy["users_noise_per_query"],
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(template)
    tag(call, template.arn, tags)
    return {"privacy_budget_template": shown(template, membership)}


def private_parameters(budget_type: str, parameters: Any) -> Any:
    """The parameters of differential privacy, the one type of budget that is served."""
    if budget_type != PRIVACY:
        raise MandorlaError(f"Budgets of the type {budget_type} are not served here. Set {PRIVACY}.")
    privacy = (parameters or {}).get("differential_privacy")
    if privacy is None:
        raise MandorlaError(f"privacyBudgetType is {PRIVACY}, so parameters must hold differentialPrivacy.")
    return privacy


def own(call: Call, membership_id: str, template_id: str) -> PrivacyBudgetTemplate:
    """A template under a membership of the caller's."""
    return below_membership(call, PrivacyBudgetTemplate, WHAT, membership_id, template_id)


def get_privacy_budget_template(call: Call, *, membership_identifier, privacy_budget_template_identifier) -> Any:
    """A template of the caller's."""
    template = own(call, membership_identifier, privacy_budget_template_identifier)
    return {"privacy_budget_template": shown(template, membership_of(call, membership_identifier))}


def list_privacy_budget_templates(call: Call, *, membership_identifier, next_token=None, max_results=None) -> Any:
    """The templates of a membership: one, or none."""
    membership = membership_of(call, membership_identifier)
    page, token = page_below(call, PrivacyBudgetTemplate, membership.id, next_token=next_token, max_results=max_results)
    return {"privacy_budget_template_summaries": [summary(one, membership) for one in page], "next_token": token}


def update_privacy_budget_template(
    call: Call, *, membership_identifier, privacy_budget_template_identifier, privacy_budget_type, parameters=None
) -> Any:
    """Allow more or less. What was spent stays spent, behind the noise that it had."""
    membership = active_membership(call, membership_identifier)
    template = own(call, membership_identifier, privacy_budget_template_identifier)
    privacy = private_parameters(privacy_budget_type, parameters) if parameters is not None else {}
    changed = replace(template, **given(**privacy), update_time=call.now)
    call.records.put(changed)
    return {"privacy_budget_template": shown(changed, membership)}


def delete_privacy_budget_template(call: Call, *, membership_identifier, privacy_budget_template_identifier) -> Any:
    """Take the budget away: no query reads protected tables any more. What was spent is not forgotten with it."""
    template = own(call, membership_identifier, privacy_budget_template_identifier)
    call.records.remove(template)
    forget_tags(call, template.arn)
    return {}


def get_collaboration_privacy_budget_template(
    call: Call, *, collaboration_identifier, privacy_budget_template_identifier
) -> Any:
    """The template as every member sees it."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    for template in brought_to(call.records, PrivacyBudgetTemplate, collaboration.id):
        if template.id == privacy_budget_template_identifier:
            return {"collaboration_privacy_budget_template": {**summary_for_all(template, collaboration), **details(template)}}
    raise ResourceNotFoundError(WHAT, privacy_budget_template_identifier, "COLLABORATION")


def list_collaboration_privacy_budget_templates(
    call: Call, *, collaboration_identifier, next_token=None, max_results=None
) -> Any:
    """The templates of a collaboration: one, or none."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    every = brought_to(call.records, PrivacyBudgetTemplate, collaboration.id)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    listed = [summary_for_all(one, collaboration) for one in page]
    return {"collaboration_privacy_budget_template_summaries": listed, "next_token": token}


def base(template: PrivacyBudgetTemplate) -> dict[str, Any]:
    """What everybody sees in lists."""
    return {
        **picked(template, ("id", "arn", "collaboration_id", "create_time", "update_time")),
        "privacy_budget_type": PRIVACY,
    }


def details(template: PrivacyBudgetTemplate) -> dict[str, Any]:
    """What Get shows beside."""
    privacy = picked(template, ("epsilon", "users_noise_per_query"))
    return {"auto_refresh": template.auto_refresh, "parameters": {"differential_privacy": privacy}}


def summary(template: PrivacyBudgetTemplate, membership: Membership) -> dict[str, Any]:
    """A template in its owner's list."""
    place = {"membership_id": membership.id, "membership_arn": membership.arn}
    return {**base(template), **place, "collaboration_arn": membership.collaboration_arn}


def shown(template: PrivacyBudgetTemplate, membership: Membership) -> dict[str, Any]:
    """A template whole, for its owner."""
    return {**summary(template, membership), **details(template)}


def summary_for_all(template: PrivacyBudgetTemplate, collaboration: Collaboration) -> dict[str, Any]:
    """A template in everybody's list."""
    return {**base(template), "collaboration_arn": collaboration.arn, "creator_account_id": template.account_id}


OPERATIONS: Operations = {
    "CreatePrivacyBudgetTemplate": create_privacy_budget_template,
    "GetPrivacyBudgetTemplate": get_privacy_budget_template,
    "ListPrivacyBudgetTemplates": list_privacy_budget_templates,
    "UpdatePrivacyBudgetTemplate": update_privacy_budget_template,
    "DeletePrivacyBudgetTemplate": delete_privacy_budget_template,
    "GetCollaborationPrivacyBudgetTemplate": get_collaboration_privacy_budget_template,
    "ListCollaborationPrivacyBudgetTemplates": list_collaboration_privacy_budget_templates,
}
