"""Where a caller stands: member of which collaboration, owner of which membership, and what else hangs on these."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from mandorla.domain.collaboration import Collaboration, Member, Membership
from mandorla.domain.record import Record
from mandorla.services.call import Call
from mandorla.services.cleanrooms.refusals import (
    NotAMemberError,
    QuotaError,
    ResourceConflictError,
    ResourceNotFoundError,
    ResourceType,
)
from mandorla.services.paging import paged
from mandorla.store.records import Records

AnyRecord = TypeVar("AnyRecord", bound=Record)

SERVICE = "cleanrooms.amazonaws.com"


def collaboration_of(call: Call, collaboration_id: str) -> tuple[Collaboration, Member]:
    """A collaboration that the caller is invited to or active in, and its place there; else NotAMemberError."""
    member = call.records.find(Member, call.account_id, collaboration_id)
    collaboration = call.records.find_anywhere(Collaboration, collaboration_id)
    if member is None or collaboration is None or not member.is_present:
        raise NotAMemberError(collaboration_id)
    return collaboration, member


def own_collaboration(call: Call, collaboration_id: str) -> Collaboration:
    """A collaboration that the caller created; NotAMemberError for any other."""
    collaboration, _ = collaboration_of(call, collaboration_id)
    if collaboration.account_id != call.account_id:
        raise NotAMemberError(collaboration_id)
    return collaboration


def members_of(records: Records, collaboration_id: str) -> list[Member]:
    """Everybody who was ever invited, the creator first, then in the order of the invitations."""
    return sorted(records.children(Member, collaboration_id), key=lambda one: one.number)


def memberships_of(records: Records, collaboration_id: str) -> list[Membership]:
    """The memberships that are active."""
    return [one for one in records.children(Membership, collaboration_id) if one.status == "ACTIVE"]


def membership_of(call: Call, membership_id: str) -> Membership:
    """A membership of the caller's."""
    membership = call.records.find(Membership, call.account_id, membership_id)
    if membership is None:
        raise ResourceNotFoundError("Membership", membership_id)
    return membership


def active_membership(call: Call, membership_id: str) -> Membership:
    """A membership of the caller's that can still be changed; ResourceConflictError for one that has ended."""
    membership = membership_of(call, membership_id)
    if membership.status != "ACTIVE":
        message = f"The membership {membership_id} is {membership.status}. Nothing can be brought to it any more."
        raise ResourceConflictError(message, reason="INVALID_STATE", resource_id=membership_id)
    return membership


def below_membership(
    call: Call, kind: type[AnyRecord], what: str, membership_id: str, key: str, resource_type: ResourceType = "MEMBERSHIP"
) -> AnyRecord:
    """Something that hangs on a membership of the caller's."""
    membership_of(call, membership_id)
    found = call.records.find(kind, call.account_id, key)
    if found is None or found.parent != membership_id:
        raise ResourceNotFoundError(what, key, resource_type)
    return found


def brought_to(records: Records, kind: type[AnyRecord], collaboration_id: str) -> list[AnyRecord]:
    """Everything of a kind that active members brought to a collaboration."""
    return [one for membership in memberships_of(records, collaboration_id) for one in records.children(kind, membership.id)]


def page_below(
    call: Call, kind: type[AnyRecord], parent: str, *, next_token: str | None, max_results: int | None
) -> tuple[Sequence[AnyRecord], str | None]:
    """A page of what hangs on something, in the order of ids."""
    read: Callable[[str, int], Sequence[AnyRecord]] = partial(children, call, kind, parent)
    return paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=100)


def children(call: Call, kind: type[AnyRecord], parent: str, after: str, limit: int) -> list[AnyRecord]:
    """What hangs on something, from behind a key on."""
    return call.records.children(kind, parent, after=after, limit=limit)


def page_of(
    items: Iterable[AnyRecord], *, next_token: str | None, max_results: int | None
) -> tuple[Sequence[AnyRecord], str | None]:
    """A page of few things, in the order of ids."""
    ordered = sorted(items, key=lambda one: one.key)
    return paged(
        lambda after, limit: [one for one in ordered if one.key > after][:limit],
        token=next_token,
        max_results=max_results,
        key_of=lambda one: one.key,
        largest=100,
    )


def require_room(count: int, quota_name: str, quota: int) -> None:
    """QuotaError where one more would be too many."""
    if count >= quota:
        raise QuotaError(quota_name, quota)


def picked(record: Record, names: Iterable[str]) -> dict[str, Any]:
    """Some of a record's fields by name."""
    return {name: getattr(record, name) for name in names}


def given(**members: Any) -> Mapping[str, Any]:
    """Members of a request that were given."""
    return {name: value for name, value in members.items() if value is not None}
