"""Collaborations and their members: set up by a creator, seen by all who are invited."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.collaboration import ChangeRequest, Collaboration, Member, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.privacy_budget import PrivacySpending
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.refusals import ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import collaboration_of, given, members_of, own_collaboration, picked, require_room
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag

MEMBERS_PER_COLLABORATION = 5


def create_collaboration(
    call: Call,
    *,
    members,
    name,
    creator_member_abilities,
    creator_display_name,
    query_log_status,
    description=None,
    creator_ml_member_abilities=None,
    creator_payment_configuration=None,
    auto_approved_change_request_types=(),
    tags=None,
    analytics_engine="SPARK",
    **others,
) -> Any:
    """A collaboration, its creator and everybody else invited to it."""
    created = call.records.owned_by(Collaboration, call.account_id)
    require_room(len(created), "collaborations created per account", call.limits.collaborations)
    require_room(len(members) - 1, "members invited per collaboration", MEMBERS_PER_COLLABORATION)
    collaboration_id = call.new_uuid()
    collaboration = Collaboration(
        account_id=call.account_id,
        id=collaboration_id,
        arn=call.arn("cleanrooms", f"collaboration/{collaboration_id}"),
        name=name,
        description=description,
        creator_display_name=creator_display_name,
        query_log_status=query_log_status,
        auto_approved_change_types=tuple(auto_approved_change_request_types),
        settings=given(analytics_engine=analytics_engine, **others),
        create_time=call.now,
        update_time=call.now,
    )
    creator = {
        "account_id": call.account_id,
        "display_name": creator_display_name,
        "member_abilities": creator_member_abilities,
        "ml_member_abilities": creator_ml_member_abilities,
        "payment_configuration": creator_payment_configuration,
    }
    invited = invitations(call, collaboration_id, [creator, *members])
    call.records.add(collaboration)
    for member in invited:
        call.records.add(member)
    tag(call, collaboration.arn, tags)
    return {"collaboration": shown(collaboration, invited[0])}


def invitations(call: Call, collaboration_id: str, specifications: Sequence[Mapping[str, Any]]) -> list[Member]:
    """The members as a creator names them. A MandorlaError for accounts named twice, or payers that exclude each other."""
    accounts = [one["account_id"] for one in specifications]
    twice = sorted({account for account in accounts if accounts.count(account) > 1})
    if twice:
        raise MandorlaError(f"The account {twice[0]} is named twice. The creator is a member already; name each member once.")
    return [
        member_of(call, collaboration_id, one, number=number, pays=pays)
        for number, (one, pays) in enumerate(zip(specifications, payers(specifications), strict=True))
    ]


def member_of(call: Call, collaboration_id: str, given_member: Mapping[str, Any], *, number: int, pays: bool) -> Member:
    """One member, invited now."""
    return Member(
        account_id=given_member["account_id"],
        collaboration_id=collaboration_id,
        number=number,
        display_name=given_member.get("display_name") or given_member["account_id"],
        abilities=tuple(given_member["member_abilities"]),
        ml_abilities=given_member.get("ml_member_abilities"),
        payment_configuration={
            **(given_member.get("payment_configuration") or {}),
            "query_compute": {"is_responsible": pays},
        },
        status="INVITED",
        membership_id="",
        create_time=call.now,
        update_time=call.now,
    )


def payers(specifications: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Who pays for queries. "If the collaboration creator hasn't specified anyone …, the member who can query is the
    default payer. An error is returned if the collaboration creator sets a FALSE value for the member who can query."

    >>> payers([{"member_abilities": ["CAN_QUERY"]}, {"member_abilities": []}])
    [True, False]
    """
    said = [(one.get("payment_configuration") or {}).get("query_compute", {}).get("is_responsible") for one in specifications]
    if any(said):
        return [bool(one) for one in said]
    queriers = ["CAN_QUERY" in one["member_abilities"] for one in specifications]
    if any(can_query and one is False for can_query, one in zip(queriers, said, strict=True)):
        raise MandorlaError("Nobody would pay: the member who can query has isResponsible false. Name a payer.")
    return queriers


def get_collaboration(call: Call, *, collaboration_identifier) -> Any:
    """A collaboration as its members see it."""
    return {"collaboration": shown(*collaboration_of(call, collaboration_identifier))}


def list_collaborations(call: Call, *, next_token=None, max_results=None, member_status=None) -> Any:
    """The collaborations that the caller is invited to or active in; `memberStatus` INVITED shows open invitations."""
    read = partial(joined, call, member_status)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=100)
    listed = []
    for member in page:
        collaboration = call.records.find_anywhere(Collaboration, member.collaboration_id)
        if collaboration is not None:
            listed.append(summary(collaboration, member))
    return {"collaboration_list": listed, "next_token": token}


def joined(call: Call, status: str | None, after: str, limit: int) -> list[Member]:
    """The caller's places in collaborations."""
    present = (one for one in call.records.owned_by(Member, call.account_id, after=after) if one.is_present)
    return [one for one in present if status in (None, one.status)][:limit]


def update_collaboration(call: Call, *, collaboration_identifier, name=None, description=None, analytics_engine=None) -> Any:
    """Rename or describe a collaboration of the caller's."""
    collaboration = own_collaboration(call, collaboration_identifier)
    changes = given(name=name, description=description)
    settings = {**collaboration.settings, **given(analytics_engine=analytics_engine)}
    changed = replace(collaboration, **changes, settings=settings, update_time=call.now)
    call.records.put(changed)
    for membership in call.records.children(Membership, collaboration.id):
        call.records.put(replace(membership, collaboration_name=changed.name))
    _, member = collaboration_of(call, collaboration_identifier)
    return {"collaboration": shown(changed, member)}


def delete_collaboration(call: Call, *, collaboration_identifier) -> Any:
    """End a collaboration for everybody. Memberships stay, to be cleared up, and can do nothing any more."""
    collaboration = own_collaboration(call, collaboration_identifier)
    for membership in call.records.children(Membership, collaboration.id):
        call.records.put(replace(membership, status="COLLABORATION_DELETED", update_time=call.now))
    for kind in (Member, ChangeRequest, PrivacySpending):
        for record in call.records.children(kind, collaboration.id):
            call.records.remove(record)
    call.records.remove(collaboration)
    forget_tags(call, collaboration.arn)
    return {}


def list_members(call: Call, *, collaboration_identifier, next_token=None, max_results=None) -> Any:
    """Everybody, the creator first."""
    collaboration_of(call, collaboration_identifier)
    members = members_of(call.records, collaboration_identifier)
    page, token = paged(
        lambda after, limit: [one for one in members if f"{one.number:04}" > after][:limit],
        token=next_token,
        max_results=max_results,
        key_of=lambda one: f"{one.number:04}",
        largest=100,
    )
    return {"member_summaries": [shown_member(call, one) for one in page], "next_token": token}


def delete_member(call: Call, *, collaboration_identifier, account_id) -> Any:
    """Put a member out. "The removed member's data is inaccessible to active members"."""
    collaboration = own_collaboration(call, collaboration_identifier)
    member = call.records.find(Member, account_id, collaboration_identifier)
    if member is None:
        raise ResourceNotFoundError("Member", account_id, "COLLABORATION")
    if account_id == collaboration.account_id:
        message = "The creator cannot be removed. Delete the collaboration instead."
        raise ResourceConflictError(message, reason="INVALID_STATE", resource_id=account_id, resource_type="COLLABORATION")
    call.records.put(replace(member, status="REMOVED", update_time=call.now))
    membership = call.records.find(Membership, account_id, member.membership_id)
    if membership is not None:
        call.records.put(replace(membership, status="REMOVED", update_time=call.now))
    return {}


def shown_member(call: Call, member: Member) -> dict[str, Any]:
    """A member as all members see it."""
    names = ("account_id", "status", "display_name", "abilities", "ml_abilities", "payment_configuration", "create_time",
             "update_time")  # fmt: skip
    place = picked(member, names)
    if member.membership_id and member.account_id == call.account_id:
        membership = call.records.get(Membership, member.account_id, member.membership_id)
        place |= {"membership_id": membership.id, "membership_arn": membership.arn}
    return place


def summary(collaboration: Collaboration, member: Member) -> dict[str, Any]:
    """What lists and Get both show."""
    names = ("id", "arn", "name", "creator_display_name", "create_time", "update_time")
    place = {"creator_account_id": collaboration.account_id, "member_status": member.status}
    if member.membership_id:
        arn = collaboration.arn.replace(f":{collaboration.account_id}:", f":{member.account_id}:")
        place |= {"membership_id": member.membership_id}
        place |= {"membership_arn": arn.replace(f"collaboration/{collaboration.id}", f"membership/{member.membership_id}")}
    engine = {"analytics_engine": collaboration.settings.get("analytics_engine")}
    return {**picked(collaboration, names), **place, **engine}


def shown(collaboration: Collaboration, member: Member) -> dict[str, Any]:
    """A collaboration from where a member stands."""
    names = ("description", "query_log_status", "auto_approved_change_types")
    return {**summary(collaboration, member), **picked(collaboration, names), **collaboration.settings}


OPERATIONS: Operations = {
    "CreateCollaboration": create_collaboration,
    "GetCollaboration": get_collaboration,
    "ListCollaborations": list_collaborations,
    "UpdateCollaboration": update_collaboration,
    "DeleteCollaboration": delete_collaboration,
    "ListMembers": list_members,
    "DeleteMember": delete_member,
}
