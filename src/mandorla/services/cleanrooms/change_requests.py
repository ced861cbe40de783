"""Change requests: how a collaboration gets a new member, or a member another right, after it was made."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mandorla.domain.collaboration import ChangeRequest, Collaboration, Member, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.lifecycle import advance
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.collaborations import MEMBERS_PER_COLLABORATION, member_of
from mandorla.services.cleanrooms.id_namespace_associations import share_again
from mandorla.services.cleanrooms.refusals import NotAMemberError, ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import collaboration_of, members_of, page_below, picked, require_room

# Any: members of the service model.

LIFECYCLE = {
    ("PENDING", "APPROVE"): "PENDING",
    ("PENDING", "APPROVED BY ALL"): "APPROVED",
    ("PENDING", "DENY"): "DENIED",
    ("PENDING", "CANCEL"): "CANCELLED",
    ("APPROVED", "CANCEL"): "CANCELLED",
    ("APPROVED", "COMMIT"): "COMMITTED",
}
RECEIVES = "CAN_RECEIVE_RESULTS"


def create_collaboration_change_request(call: Call, *, collaboration_identifier, changes) -> Any:
    """Ask for changes. Those of types that are approved beforehand are committed at once."""
    collaboration = own(call, collaboration_identifier)
    wanted = tuple({**one, "types": list(types_of(call, collaboration, one))} for one in changes)
    is_auto = all(kind in collaboration.auto_approved_change_types for one in wanted for kind in one["types"])
    voters = [one.account_id for one in members_of(call.records, collaboration.id) if one.status == "ACTIVE"]
    needed = [account for account in voters if account != call.account_id]
    request = ChangeRequest(
        account_id=call.account_id,
        id=call.new_uuid(),
        collaboration_id=collaboration.id,
        status="PENDING" if needed and not is_auto else "APPROVED",
        is_auto_approved=is_auto,
        changes=wanted,
        approvals={account: {"status": "PENDING"} for account in needed} if not is_auto else {},
        create_time=call.now,
        update_time=call.now,
    )
    if is_auto:
        commit(call, collaboration, request)
        request = replace(request, status="COMMITTED")
    call.records.add(request)
    return {"collaboration_change_request": shown(request)}


def own(call: Call, collaboration_id: str) -> Collaboration:
    """A collaboration that the caller created: only its creator asks for changes."""
    collaboration, _ = collaboration_of(call, collaboration_id)
    if collaboration.account_id != call.account_id:
        raise NotAMemberError(collaboration_id)
    return collaboration


def types_of(call: Call, collaboration: Collaboration, change: Mapping[str, Any]) -> list[str]:
    """What a change comes to. MandorlaError for one that changes nothing, or what is not served."""
    specification = change["specification"]
    if change["specification_type"] == "COLLABORATION":
        if "collaboration" not in specification:
            raise MandorlaError("specificationType is COLLABORATION, so specification must hold collaboration.")
        return ["EDIT_AUTO_APPROVED_CHANGE_TYPES"]
    if "member" not in specification:
        raise MandorlaError("specificationType is MEMBER, so specification must hold member.")
    wanted = specification["member"]
    present = call.records.find(Member, wanted["account_id"], collaboration.id)
    if present is None:
        return ["ADD_MEMBER"]
    before, after = RECEIVES in present.abilities, RECEIVES in wanted["member_abilities"]
    if before == after:
        raise MandorlaError(f"The account {wanted['account_id']} is a member already, with those abilities.")
    return ["GRANT_RECEIVE_RESULTS_ABILITY" if after else "REVOKE_RECEIVE_RESULTS_ABILITY"]


def commit(call: Call, collaboration: Collaboration, request: ChangeRequest) -> None:
    """Make the changes."""
    for change in request.changes:
        specification = change["specification"]
        if change["specification_type"] == "COLLABORATION":
            types = tuple(specification["collaboration"].get("auto_approved_change_types") or ())
            call.records.put(replace(collaboration, auto_approved_change_types=types, update_time=call.now))
        else:
            commit_member(call, collaboration, specification["member"])
    share_again(call.records, collaboration.id)


def commit_member(call: Call, collaboration: Collaboration, wanted: Mapping[str, Any]) -> None:
    """Invite an account, or give a member other abilities."""
    members = members_of(call.records, collaboration.id)
    present = next((one for one in members if one.account_id == wanted["account_id"]), None)
    if present is None:
        require_room(len(members) - 1, "members invited per collaboration", MEMBERS_PER_COLLABORATION)
        call.records.add(member_of(call, collaboration.id, wanted, number=len(members), pays=False))
        return
    abilities = tuple(wanted["member_abilities"])
    call.records.put(replace(present, abilities=abilities, update_time=call.now))
    membership = call.records.find(Membership, present.account_id, present.membership_id)
    if membership is not None:
        call.records.put(replace(membership, member_abilities=abilities, update_time=call.now))


def find(call: Call, collaboration_id: str, request_id: str) -> tuple[Collaboration, ChangeRequest]:
    """A change request of a collaboration that the caller is a member of."""
    collaboration, _ = collaboration_of(call, collaboration_id)
    request = call.records.find_anywhere(ChangeRequest, request_id)
    if request is None or request.collaboration_id != collaboration.id:
        raise ResourceNotFoundError("Change request", request_id, "COLLABORATION")
    return collaboration, request


def get_collaboration_change_request(call: Call, *, collaboration_identifier, change_request_identifier) -> Any:
    """A change request as every member sees it."""
    return {"collaboration_change_request": shown(find(call, collaboration_identifier, change_request_identifier)[1])}


def list_collaboration_change_requests(
    call: Call, *, collaboration_identifier, status=None, next_token=None, max_results=None
) -> Any:
    """The change requests of a collaboration."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    page, token = page_below(call, ChangeRequest, collaboration.id, next_token=next_token, max_results=max_results)
    listed = [shown(one) for one in page if status in (None, one.status)]
    return {"collaboration_change_request_summaries": listed, "next_token": token}


def update_collaboration_change_request(call: Call, *, collaboration_identifier, change_request_identifier, action) -> Any:
    """Say yes or no as a member; take back or carry out as the one who asked."""
    collaboration, request = find(call, collaboration_identifier, change_request_identifier)
    is_asker = request.account_id == call.account_id
    if is_asker != (action in ("CANCEL", "COMMIT")):
        raise MandorlaError(f"{action} is not for you to do: members approve or deny, who asked cancels or commits.")
    if (request.status, action) not in LIFECYCLE:
        message = f"The change request is {request.status}; it cannot be changed by {action} now."
        raise ResourceConflictError(message, reason="INVALID_STATE", resource_id=request.id, resource_type="COLLABORATION")
    status, approvals = advance(LIFECYCLE, request.status, action), dict(request.approvals)
    if action in ("APPROVE", "DENY"):
        approvals[call.account_id] = {"status": "APPROVED" if action == "APPROVE" else "DENIED"}
        if all(one["status"] == "APPROVED" for one in approvals.values()):
            status = advance(LIFECYCLE, status, "APPROVED BY ALL")
    if status == "COMMITTED":
        commit(call, collaboration, request)
    changed = replace(request, status=status, approvals=approvals, update_time=call.now)
    call.records.put(changed)
    return {"collaboration_change_request": shown(changed)}


def shown(request: ChangeRequest) -> dict[str, Any]:
    """A change request as everybody sees it."""
    names = ("id", "collaboration_id", "create_time", "update_time", "status", "is_auto_approved", "changes")
    return {**picked(request, names), "approvals": request.approvals or None}


OPERATIONS: Operations = {
    "CreateCollaborationChangeRequest": create_collaboration_change_request,
    "GetCollaborationChangeRequest": get_collaboration_change_request,
    "ListCollaborationChangeRequests": list_collaboration_change_requests,
    "UpdateCollaborationChangeRequest": update_collaboration_change_request,
}
