"""Privacy budgets: how many aggregates can still be asked for, and how many other parameters would allow."""

from collections.abc import Sequence
from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.domain.privacy_budget import PrivacyBudgetTemplate, releases_in, whole_loss
from mandorla.domain.private_query import AggregationType, releases_alone
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.privacy_budget_templates import PRIVACY
from mandorla.services.cleanrooms.privacy_spending import releases_left
from mandorla.services.cleanrooms.standing import brought_to, collaboration_of, membership_of, page_of, picked


def list_privacy_budgets(
    call: Call,
    *,
    membership_identifier,
    privacy_budget_type,
    next_token=None,
    max_results=None,
    access_budget_resource_arn=None,
) -> Any:
    """The budget of the collaboration that a membership is in, and what is left of it."""
    membership = membership_of(call, membership_identifier)
    place = {"membership_id": membership.id, "membership_arn": membership.arn}
    every = templates_in(call, membership.collaboration_id, privacy_budget_type)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    listed = [{**summary(call, one), **place, "collaboration_arn": membership.collaboration_arn} for one in page]
    return {"privacy_budget_summaries": listed, "next_token": token}


def list_collaboration_privacy_budgets(
    call: Call,
    *,
    collaboration_identifier,
    privacy_budget_type,
    max_results=None,
    next_token=None,
    access_budget_resource_arn=None,
) -> Any:
    """The budget of a collaboration as every member sees it."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    every = templates_in(call, collaboration.id, privacy_budget_type)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    listed = [
        {**summary(call, one), "creator_account_id": one.account_id, "collaboration_arn": collaboration.arn} for one in page
    ]
    return {"collaboration_privacy_budget_summaries": listed, "next_token": token}


def templates_in(call: Call, collaboration_id: str, budget_type: str) -> Sequence[PrivacyBudgetTemplate]:
    """The templates of a type; there are none but of differential privacy."""
    return brought_to(call.records, PrivacyBudgetTemplate, collaboration_id) if budget_type == PRIVACY else ()


def preview_privacy_impact(call: Call, *, membership_identifier, parameters) -> Any:
    """How many aggregates some parameters would allow. Nothing is changed by asking."""
    membership_of(call, membership_identifier)
    privacy = parameters.get("differential_privacy")
    if privacy is None:
        raise MandorlaError("parameters must hold differentialPrivacy.")
    releases = releases_in(whole_loss(privacy["epsilon"]), privacy["users_noise_per_query"])
    counts = [{"type": one, "max_count": releases // releases_alone(one)} for one in AggregationType]
    return {"privacy_impact": {"differential_privacy": {"aggregations": counts}}}


def summary(call: Call, template: PrivacyBudgetTemplate) -> dict[str, Any]:
    """A budget. Each count is of questions with one such aggregate and no groups, as if nothing else were asked."""
    whole = releases_in(whole_loss(template.epsilon), template.users_noise_per_query)
    left = releases_left(call.records, template, call.now)
    counts = [
        {"type": one, "max_count": whole // releases_alone(one), "remaining_count": left // releases_alone(one)}
        for one in AggregationType
    ]
    return {
        **picked(template, ("id", "collaboration_id", "create_time", "update_time")),
        "privacy_budget_template_id": template.id,
        "privacy_budget_template_arn": template.arn,
        "type": PRIVACY,
        "budget": {"differential_privacy": {"aggregations": counts, "epsilon": template.epsilon}},
    }


OPERATIONS: Operations = {
    "ListPrivacyBudgets": list_privacy_budgets,
    "ListCollaborationPrivacyBudgets": list_collaboration_privacy_budgets,
    "PreviewPrivacyImpact": preview_privacy_impact,
}
