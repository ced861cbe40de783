"""Memberships: how an invited account comes in, what it chose, and how it leaves."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.brought_tables import AnalysisTemplate, ConfiguredTableAssociation
from mandorla.domain.collaboration import Member, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.privacy_budget import PrivacyBudgetTemplate
from mandorla.domain.protected_query import ProtectedQuery
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.query_log import open_log_group
from mandorla.services.cleanrooms.refusals import ResourceConflictError
from mandorla.services.cleanrooms.standing import active_membership, collaboration_of, given, membership_of, picked
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag

# What must be gone before a membership may be.
BROUGHT = (IdMappingTable, IdNamespaceAssociation, ConfiguredTableAssociation, AnalysisTemplate, PrivacyBudgetTemplate)


def create_membership(
    call: Call,
    *,
    collaboration_identifier,
    query_log_status,
    payment_configuration=None,
    tags=None,
    **others,
) -> Any:
    """Come in. ResourceConflictError for who is in already, MandorlaError for a payment that is not as was agreed."""
    collaboration, member = collaboration_of(call, collaboration_identifier)
    if member.status == "ACTIVE":
        message = f"You are a member of {collaboration_identifier} already, by the membership {member.membership_id}."
        raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=member.membership_id)
    require_agreed_payment(member, payment_configuration)
    membership_id = call.new_uuid()
    membership = Membership(
        account_id=call.account_id,
        id=membership_id,
        arn=call.arn("cleanrooms", f"membership/{membership_id}"),
        collaboration_id=collaboration.id,
        collaboration_arn=collaboration.arn,
        collaboration_name=collaboration.name,
        collaboration_creator_account_id=collaboration.account_id,
        collaboration_creator_display_name=collaboration.creator_display_name,
        status="ACTIVE",
        member_abilities=member.abilities,
        ml_member_abilities=member.ml_abilities,
        payment_configuration={**member.payment_configuration, **(payment_configuration or {})},
        query_log_status=query_log_status,
        settings=given(**others),
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(membership)
    call.records.put(replace(member, status="ACTIVE", membership_id=membership_id, update_time=call.now))
    open_log_if_wanted(call, membership)
    tag(call, membership.arn, tags)
    return {"membership": shown(membership)}


def require_agreed_payment(member: Member, payment: Mapping[str, Any] | None) -> None:
    """Who pays was settled when the collaboration was made; a member says yes to that, or stays out."""
    says = ((payment or {}).get("query_compute") or {}).get("is_responsible")
    agreed = member.payment_configuration["query_compute"]["is_responsible"]
    if says is not None and says != agreed:
        role = "the payer" if agreed else "not the payer"
        raise MandorlaError(
            f"paymentConfiguration says isResponsible {str(says).lower()}, but the collaboration has you as {role} for queries."
        )


def get_membership(call: Call, *, membership_identifier) -> Any:
    """A membership of the caller's."""
    return {"membership": shown(membership_of(call, membership_identifier))}


def list_memberships(call: Call, *, next_token=None, max_results=None, status=None) -> Any:
    """The caller's memberships."""
    read = partial(owned, call, status)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=100)
    return {"membership_summaries": [summary(one) for one in page], "next_token": token}


def owned(call: Call, status: str | None, after: str, limit: int) -> list[Membership]:
    """Memberships of a status."""
    found = call.records.owned_by(Membership, call.account_id, after=after)
    return [one for one in found if status in (None, one.status)][:limit]


def update_membership(call: Call, *, membership_identifier, query_log_status=None, **others) -> Any:
    """Choose anew where results go and whether queries are logged."""
    membership = active_membership(call, membership_identifier)
    payment = others.pop("membership_payment_configuration", None)
    changed = replace(
        membership,
        query_log_status=query_log_status or membership.query_log_status,
        settings={**membership.settings, **given(**others)},
        payment_configuration={**membership.payment_configuration, **(payment or {})},
        update_time=call.now,
    )
    call.records.put(changed)
    open_log_if_wanted(call, changed)
    return {"membership": shown(changed)}


def open_log_if_wanted(call: Call, membership: Membership) -> None:
    """A member that has queries logged finds where to look before the first one."""
    if membership.query_log_status == "ENABLED":
        open_log_group(call.records, membership, now=call.now)


def delete_membership(call: Call, *, membership_identifier) -> Any:
    """Leave. "All resources under a membership must be deleted" first."""
    membership = membership_of(call, membership_identifier)
    if membership.status == "ACTIVE":
        for kind in BROUGHT:
            if call.records.children(kind, membership.id, limit=1):
                message = "Delete everything under the membership first: its associations, tables and templates."
                raise ResourceConflictError(message, reason="SUBRESOURCES_EXIST", resource_id=membership.id)
        member = call.records.get(Member, call.account_id, membership.collaboration_id)
        call.records.put(replace(member, status="LEFT", membership_id="", update_time=call.now))
    for kind in BROUGHT:
        for record in call.records.children(kind, membership.id):
            call.records.remove(record)
    for query in call.records.children(ProtectedQuery, membership.id):
        call.records.remove(query)
    call.records.remove(membership)
    forget_tags(call, membership.arn)
    return {}


def summary(membership: Membership) -> dict[str, Any]:
    """What lists and Get both show."""
    names = (
        "id", "arn", "collaboration_arn", "collaboration_id", "collaboration_creator_account_id",
        "collaboration_creator_display_name", "collaboration_name", "create_time", "update_time", "status",
        "member_abilities", "ml_member_abilities", "payment_configuration",
    )  # fmt: skip
    return picked(membership, names)


def shown(membership: Membership) -> dict[str, Any]:
    """A membership whole."""
    return {**summary(membership), "query_log_status": membership.query_log_status, **membership.settings}


OPERATIONS: Operations = {
    "CreateMembership": create_membership,
    "GetMembership": get_membership,
    "ListMemberships": list_memberships,
    "UpdateMembership": update_membership,
    "DeleteMembership": delete_membership,
}
