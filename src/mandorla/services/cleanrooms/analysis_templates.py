"""Analysis templates: queries that members can read before they allow them."""

from dataclasses import replace
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.brought_tables import AnalysisTemplate
from mandorla.domain.collaboration import Collaboration, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.services.call import Call, Operations
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
    require_room,
)
from mandorla.services.tagging import forget_tags, tag

WHAT = "Analysis template"


def create_analysis_template(
    call: Call,
    *,
    membership_identifier,
    name,
    format,  # the model's own name
    source,
    description=None,
    tags=None,
    analysis_parameters=(),
    schema=None,
    **others,
) -> Any:
    """Write a template. Its text stays as it is for good."""
    membership = active_membership(call, membership_identifier)
    present = call.records.children(AnalysisTemplate, membership.id)
    require_room(len(present), "analysis templates per membership", call.limits.analysis_templates)
    if any(one.name.lower() == name.lower() for one in present):
        message = f"There is already an analysis template named {name!r} in this membership."
        raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=membership.id)
    if format != "SQL" or not source.get("text"):
        raise MandorlaError("Only templates of the format SQL, with source.text, are served here.")
    names = [one["name"] for one in analysis_parameters]
    if len(set(names)) < len(names):
        raise MandorlaError("analysisParameters names a parameter twice.")
    template_id = call.new_uuid()
    template = AnalysisTemplate(
        account_id=call.account_id,
        id=template_id,
        arn=call.arn("cleanrooms", f"membership/{membership.id}/analysistemplate/{template_id}"),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        name=name,
        description=description,
        format=format,
        text=source["text"],
        analysis_parameters=tuple(analysis_parameters),
        referenced_tables=tuple((schema or {}).get("referenced_tables") or ()),
        settings=given(**others),
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(template)
    tag(call, template.arn, tags)
    return {"analysis_template": shown(template, membership)}


def own(call: Call, membership_id: str, template_id: str) -> AnalysisTemplate:
    """A template under a membership of the caller's."""
    return below_membership(call, AnalysisTemplate, WHAT, membership_id, template_id)


def get_analysis_template(call: Call, *, membership_identifier, analysis_template_identifier) -> Any:
    """A template of the caller's."""
    template = own(call, membership_identifier, analysis_template_identifier)
    return {"analysis_template": shown(template, membership_of(call, membership_identifier))}


def list_analysis_templates(call: Call, *, membership_identifier, next_token=None, max_results=None) -> Any:
    """The templates of a membership."""
    membership = membership_of(call, membership_identifier)
    page, token = page_below(call, AnalysisTemplate, membership.id, next_token=next_token, max_results=max_results)
    place = {"membership_arn": membership.arn, "membership_id": membership.id}
    listed = [{**summary(one), **place, "collaboration_arn": membership.collaboration_arn} for one in page]
    return {"analysis_template_summaries": listed, "next_token": token}


def update_analysis_template(call: Call, *, membership_identifier, analysis_template_identifier, description=None) -> Any:
    """Describe a template anew."""
    membership = active_membership(call, membership_identifier)
    template = own(call, membership_identifier, analysis_template_identifier)
    changed = replace(template, **given(description=description), update_time=call.now)
    call.records.put(changed)
    return {"analysis_template": shown(changed, membership)}


def delete_analysis_template(call: Call, *, membership_identifier, analysis_template_identifier) -> Any:
    """Take a template away. Rules that allow it allow nothing by it any more."""
    template = own(call, membership_identifier, analysis_template_identifier)
    call.records.remove(template)
    forget_tags(call, template.arn)
    return {}


def find_template(call: Call, collaboration: Collaboration, arn_text: str) -> AnalysisTemplate | None:
    """A template that any active member of the collaboration wrote."""
    arn = parse_arn(arn_text)
    found = call.records.find(AnalysisTemplate, arn.account_id, arn.resource.rpartition("/")[2])
    present = brought_to(call.records, AnalysisTemplate, collaboration.id)
    return found if found is not None and found.arn == arn_text and found in present else None


def get_collaboration_analysis_template(call: Call, *, collaboration_identifier, analysis_template_arn) -> Any:
    """Any member's template as the others see it."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    template = find_template(call, collaboration, analysis_template_arn)
    if template is None:
        raise ResourceNotFoundError(WHAT, analysis_template_arn, "COLLABORATION")
    return {"collaboration_analysis_template": shown_to_all(template, collaboration)}


def batch_get_collaboration_analysis_template(call: Call, *, collaboration_identifier, analysis_template_arns) -> Any:
    """Several templates; what is not there is said beside them."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    found = {arn: find_template(call, collaboration, arn) for arn in analysis_template_arns}
    missing = [
        {"arn": arn, "code": "ResourceNotFoundException", "message": "There is no such template."}
        for arn, template in found.items()
        if template is None
    ]
    shown_ones = [shown_to_all(one, collaboration) for one in found.values() if one is not None]
    return {"collaboration_analysis_templates": shown_ones, "errors": missing}


def list_collaboration_analysis_templates(call: Call, *, collaboration_identifier, next_token=None, max_results=None) -> Any:
    """Everybody's templates."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    every = brought_to(call.records, AnalysisTemplate, collaboration.id)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    listed = [{**summary(one), "collaboration_arn": collaboration.arn, "creator_account_id": one.account_id} for one in page]
    return {"collaboration_analysis_template_summaries": listed, "next_token": token}


def summary(template: AnalysisTemplate) -> dict[str, Any]:
    """What lists and Get both show."""
    return picked(template, ("id", "arn", "collaboration_id", "name", "description", "create_time", "update_time"))


def details(template: AnalysisTemplate) -> dict[str, Any]:
    """What Get shows beside."""
    return {
        "schema": {"referenced_tables": template.referenced_tables},
        "format": template.format,
        "source": {"text": template.text},
        "analysis_parameters": template.analysis_parameters or None,
        **template.settings,
    }


def shown(template: AnalysisTemplate, membership: Membership) -> dict[str, Any]:
    """A template whole, for its owner."""
    place = {"membership_id": membership.id, "membership_arn": membership.arn}
    return {**summary(template), **place, "collaboration_arn": membership.collaboration_arn, **details(template)}


def shown_to_all(template: AnalysisTemplate, collaboration: Collaboration) -> dict[str, Any]:
    """A template whole, for the others."""
    place = {"collaboration_arn": collaboration.arn, "creator_account_id": template.account_id}
    return {**summary(template), **place, **details(template)}


OPERATIONS: Operations = {
    "CreateAnalysisTemplate": create_analysis_template,
    "GetAnalysisTemplate": get_analysis_template,
    "ListAnalysisTemplates": list_analysis_templates,
    "UpdateAnalysisTemplate": update_analysis_template,
    "DeleteAnalysisTemplate": delete_analysis_template,
    "GetCollaborationAnalysisTemplate": get_collaboration_analysis_template,
    "BatchGetCollaborationAnalysisTemplate": batch_get_collaboration_analysis_template,
    "ListCollaborationAnalysisTemplates": list_collaboration_analysis_templates,
}
