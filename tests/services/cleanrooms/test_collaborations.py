"""Collaborations and memberships: who is invited, who comes, who leaves, who was never there."""

import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, STRANGER, Listening
from tests.services.cleanrooms.rooms import new_room

MEMBER = {"accountId": ADVERTISER, "displayName": "advertiser", "memberAbilities": ["CAN_RECEIVE_RESULTS"]}
COLLABORATION = {"name": "c", "creatorDisplayName": "p", "creatorMemberAbilities": ["CAN_QUERY"], "queryLogStatus": "DISABLED"}


def test_a_collaboration_lives_from_invitation_to_its_end(server: Listening) -> None:
    creator, member = server.client("cleanrooms", PUBLISHER), server.client("cleanrooms")
    made = creator.create_collaboration(**COLLABORATION, members=[MEMBER])["collaboration"]
    assert (made["memberStatus"], made["analyticsEngine"]) == ("INVITED", "SPARK")
    invited = member.list_collaborations(memberStatus="INVITED")["collaborationList"]
    assert made["id"] in [one["id"] for one in invited]
    membership = member.create_membership(collaborationIdentifier=made["id"], queryLogStatus="DISABLED")["membership"]
    assert membership["paymentConfiguration"] == {"queryCompute": {"isResponsible": False}}
    with pytest.raises(member.exceptions.ConflictException, match=r"member of .* already") as twice:
        member.create_membership(collaborationIdentifier=made["id"], queryLogStatus="DISABLED")
    assert twice.value.response["reason"] == "ALREADY_EXISTS"
    listed = creator.list_members(collaborationIdentifier=made["id"])["memberSummaries"]
    assert [(one["accountId"], one["status"]) for one in listed] == [(PUBLISHER, "INVITED"), (ADVERTISER, "ACTIVE")]
    creator.update_collaboration(collaborationIdentifier=made["id"], name="renamed")
    assert member.get_membership(membershipIdentifier=membership["id"])["membership"]["collaborationName"] == "renamed"
    creator.delete_collaboration(collaborationIdentifier=made["id"])
    assert member.get_membership(membershipIdentifier=membership["id"])["membership"]["status"] == "COLLABORATION_DELETED"
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.get_collaboration(collaborationIdentifier=made["id"])
    member.delete_membership(membershipIdentifier=membership["id"])


def test_who_left_or_was_put_out_sees_nothing(server: Listening) -> None:
    room = new_room(server)
    creator, member = room.client(room.publisher), room.client(room.advertiser)
    creator.delete_member(collaborationIdentifier=room.collaboration_id, accountId=ADVERTISER)
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.get_collaboration(collaborationIdentifier=room.collaboration_id)
    membership = member.get_membership(membershipIdentifier=room.membership_of(room.advertiser))["membership"]
    assert membership["status"] == "REMOVED"
    with pytest.raises(member.exceptions.AccessDeniedException):
        member.create_membership(collaborationIdentifier=room.collaboration_id, queryLogStatus="DISABLED")


def test_an_outsider_is_told_the_same_as_of_what_is_not_there(server: Listening) -> None:
    room = new_room(server)
    stranger = server.client("cleanrooms", STRANGER)
    absent = "00000000-0000-0000-0000-000000000000"
    said = []
    for collaboration in (room.collaboration_id, absent):
        with pytest.raises(stranger.exceptions.AccessDeniedException) as denied:
            stranger.get_collaboration(collaborationIdentifier=collaboration)
        said.append(denied.value.response["Error"]["Message"].replace(collaboration, "X"))
    assert said[0] == said[1]
    for membership in (room.membership_of(room.advertiser), absent):
        with pytest.raises(stranger.exceptions.ResourceNotFoundException) as missing:
            stranger.get_membership(membershipIdentifier=membership)
        assert missing.value.response["resourceId"] == membership
    for operation in ("list_members", "list_schemas", "list_collaboration_id_namespace_associations"):
        with pytest.raises(stranger.exceptions.AccessDeniedException):
            getattr(stranger, operation)(collaborationIdentifier=room.collaboration_id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"members": [MEMBER, MEMBER]}, "named twice"),
        ({"members": [{**MEMBER, "accountId": PUBLISHER}]}, "named twice"),
        ({"members": [MEMBER], "creatorPaymentConfiguration": {"queryCompute": {"isResponsible": False}}}, "Nobody would pay"),
    ],
)
def test_members_that_cannot_be_are_refused(server: Listening, change: dict, said: str) -> None:
    with pytest.raises(ClientError, match=f"ValidationException.*{said}"):
        server.client("cleanrooms", PUBLISHER).create_collaboration(**COLLABORATION, **change)


def test_six_invited_are_one_too_many(server: Listening) -> None:
    creator = server.client("cleanrooms", PUBLISHER)
    members = [{**MEMBER, "accountId": f"{number:012}"} for number in range(1, 7)]
    with pytest.raises(creator.exceptions.ServiceQuotaExceededException) as full:
        creator.create_collaboration(**COLLABORATION, members=members)
    assert full.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert full.value.response["quotaValue"] == 5.0


def test_a_member_is_added_when_the_others_agree(server: Listening) -> None:
    room = new_room(server)
    creator, member = room.client(room.publisher), room.client(room.advertiser)
    place = {"collaborationIdentifier": room.collaboration_id}
    specification = {"accountId": STRANGER, "memberAbilities": [], "displayName": "third"}
    change = {"specificationType": "MEMBER", "specification": {"member": specification}}
    asked = creator.create_collaboration_change_request(**place, changes=[change])["collaborationChangeRequest"]
    assert (asked["status"], asked["changes"][0]["types"]) == ("PENDING", ["ADD_MEMBER"])
    request = {**place, "changeRequestIdentifier": asked["id"]}
    with pytest.raises(creator.exceptions.ConflictException, match="PENDING"):
        creator.update_collaboration_change_request(**request, action="COMMIT")
    with pytest.raises(ClientError, match="not for you"):
        creator.update_collaboration_change_request(**request, action="APPROVE")
    said = member.update_collaboration_change_request(**request, action="APPROVE")["collaborationChangeRequest"]
    assert said["status"] == "APPROVED"
    creator.update_collaboration_change_request(**request, action="COMMIT")
    listed = server.client("cleanrooms", STRANGER).list_collaborations(memberStatus="INVITED")["collaborationList"]
    assert room.collaboration_id in [one["id"] for one in listed]
