"""Instances, the collaborations behind them, and who may call at all."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from mandorla.domain.amc import AmcPublisher
from mandorla.services.amc.login import authorization_code_of
from mandorla.store.database import transaction
from mandorla.store.records import Records
from tests.listening import PUBLISHER, STRANGER, Listening, listening
from tests.services.amc.ads import ads_of, eventually, new_room
from tests.services.amc.conftest import CLOCK
from tests.world import new_party


def test_a_collaboration_begins_with_the_publisher_and_waits_for_its_people(tmp_path: Path) -> None:
    with listening(tmp_path) as server:
        ads = ads_of(server)
        with transaction(server.parts.database, writes=True) as connection:
            records = Records(connection)
            records.remove(records.get(AmcPublisher, PUBLISHER, "publisher"))
        made = ads.ok("POST", "/amc/instances", {"instanceName": "early", "acrBacked": True})["instance"]
        path = f"/amc/instances/{made['instanceId']}/collaboration"
        collaboration = ads.ok("GET", path)["collaboration"]
        assert collaboration["status"] == "NOT_STARTED"
        assert "amc-publisher" in collaboration["description"]
        assert "not set up yet" in ads.refused("POST", f"{path}/idnamespaces/list", {})
        ads_of(server)  # chooses the publisher, whose people are not there yet
        status = "IN_PROGRESS"
        eventually(lambda: ads.ok("GET", path)["collaboration"]["status"], lambda said: said == status)
        new_party(server, PUBLISHER).add_target()
        status = "PENDING_ACCEPTANCE"
        eventually(lambda: ads.ok("GET", path)["collaboration"]["status"], lambda said: said == status)
        collaboration = ads.ok("GET", path)["collaboration"]
        assert ads.ok("GET", path.removesuffix("/collaboration"))["instance"]["acrCollaboration"]["id"] == collaboration["id"]
        server.client("cleanrooms", PUBLISHER).delete_collaboration(collaborationIdentifier=collaboration["id"])
        assert ads.ok("GET", path)["collaboration"]["status"] == "DELETED"
        assert "was deleted" in ads.refused("POST", f"{path}/idmappingtables/list", {})


def test_an_instance_goes_from_invitation_to_active_and_ends(server: Listening) -> None:
    ads = ads_of(server)
    if not server.client("entityresolution", PUBLISHER).list_id_namespaces()["idNamespaceSummaries"]:
        new_party(server, PUBLISHER).add_target()
    made = ads.ok("POST", "/amc/instances", {"instanceName": f"room {uuid4().hex[:8]}", "acrBacked": True})["instance"]
    path = f"/amc/instances/{made['instanceId']}"
    collaboration = ads.ok("GET", f"{path}/collaboration")["collaboration"]
    assert (collaboration["status"], collaboration["customer"]["status"]) == ("PENDING_ACCEPTANCE", "INVITED")
    assert collaboration["querySubmitter"]["accountId"] == PUBLISHER
    assert "has not accepted" in ads.refused("POST", f"{path}/collaboration/idnamespaces/list", {})
    rooms = server.client("cleanrooms")
    joined = rooms.create_membership(collaborationIdentifier=collaboration["id"], queryLogStatus="DISABLED")["membership"]
    collaboration = ads.ok("GET", f"{path}/collaboration")["collaboration"]
    assert (collaboration["status"], collaboration["customer"]["membershipId"]) == ("ACTIVE", joined["id"])
    rooms.delete_membership(membershipIdentifier=joined["id"])
    assert ads.ok("GET", f"{path}/collaboration")["collaboration"]["status"] == "REJECTED"
    assert "has left" in ads.refused("POST", f"{path}/collaboration/idnamespaces/list", {})
    status, document = ads.call("DELETE", path)
    assert (status, document) == (204, {})
    ads.refused("GET", path, status=404)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"instanceName": "ab"}, "instanceName"),
        ({"instanceName": "a room", "acrBacked": "yes"}, "acrBacked"),
        ({"instanceName": "a room", "acrBacked": True, "s3BucketName": "b"}, "s3BucketName"),
        ({"instanceName": "a room", "unknownField": 1}, "unknownField"),
        ({"instanceName": "a room", "acrBacked": True, "awsAccountId": PUBLISHER}, "publisher's own account"),
        ("no object", "JSON"),
    ],
)
def test_a_bad_instance_is_refused_with_the_field_named(server: Listening, body: object, said: str) -> None:
    assert said in ads_of(server).refused("POST", "/amc/instances", body)


def test_the_same_idempotency_token_makes_one_instance(server: Listening) -> None:
    ads = ads_of(server)
    body = {"instanceName": f"once {uuid4().hex[:8]}", "idempotencyToken": uuid4().hex}
    first, second = (ads.ok("POST", "/amc/instances", body)["instance"] for _ in range(2))
    assert first["instanceId"] == second["instanceId"]
    assert "already an instance" in ads.refused("POST", "/amc/instances", {"instanceName": body["instanceName"]})


def test_partners_are_invited_too(server: Listening) -> None:
    ads = ads_of(server)
    partner = {"awsAccountId": STRANGER, "displayName": "agency", "abilities": ["CAN_RECEIVE_RESULTS"]}
    body = {"instanceName": f"many {uuid4().hex[:8]}", "acrBacked": True, "acrCustomerPartners": [partner]}
    made = ads.ok("POST", "/amc/instances", body)["instance"]
    collaboration = ads.ok("GET", f"/amc/instances/{made['instanceId']}/collaboration")["collaboration"]
    assert [one["accountId"] for one in collaboration["customerPartners"]] == [STRANGER]


def test_instances_are_listed_in_pages_and_anothers_are_not_there(server: Listening) -> None:
    room = new_room(server)
    stranger = ads_of(server, STRANGER, amc_account_id="ENTITYSTRANGER")
    assert stranger.ok("GET", "/amc/instances") == {"instances": []}
    stranger.refused("GET", f"/amc/instances/{room.instance_id}", status=404)
    seen, token = [], ""
    while True:
        page = room.ads.ok("GET", f"/amc/instances?limit=2&nextToken={token}")
        seen += [one["instanceId"] for one in page["instances"]]
        token = page.get("nextToken") or ""
        if not token:
            break
    assert room.instance_id in seen
    assert len(seen) == len(set(seen))


def test_a_data_set_of_a_collaboration_is_never_deleted(server: Listening) -> None:
    room = new_room(server)
    said = room.ads.refused("DELETE", f"/amc/advertiserData/{room.instance_id}/dataSets/events")
    assert "was not deleted" in said


def test_tokens_come_from_the_client_and_end_after_an_hour(server: Listening) -> None:
    ads = ads_of(server)
    given = ads.token()
    assert (given["status"], given["token_type"], given["expires_in"]) == (200, "bearer", 3600)
    assert ads.token(client_secret="wrong")["error"] == "invalid_client"
    assert ads.token(refresh_token="wrong")["error"] == "invalid_grant"
    assert ads.token(grant_type="password")["error"] == "unsupported_grant_type"
    old = ads.headers()
    CLOCK.ahead = timedelta(hours=1, seconds=1)
    try:
        status, said = ads.call("GET", "/amc/accounts", Authorization=old["Authorization"])
    finally:
        CLOCK.ahead = timedelta()
    assert (status, said["code"]) == (401, "401")
    assert "has ended" in said["details"]


def test_a_code_is_traded_once_and_within_five_minutes(server: Listening) -> None:
    ads = ads_of(server)
    code = authorization_code_of(server.parts.server_key, ads.client_id, now=server.parts.clock())
    form = {"grant_type": "authorization_code", "redirect_uri": "http://localhost", "code": code}
    given = ads.token(**form)
    assert (given["status"], given["refresh_token"]) == (200, ads.refresh_token)
    assert ads.token(**form)["error"] == "invalid_grant"
    late = authorization_code_of(server.parts.server_key, ads.client_id, now=server.parts.clock() - timedelta(minutes=6))
    assert ads.token(grant_type="authorization_code", code=late)["error"] == "invalid_grant"
    assert ads.token(grant_type="authorization_code")["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Authorization", "", 401),
        ("Authorization", "Bearer Atza|made.up", 401),
        ("Authorization", "Basic abc", 401),
        ("Amazon-Advertising-API-ClientId", "amzn1.application-oa2-client.other", 403),
        ("Amazon-Advertising-API-AdvertiserId", "ENTITYOTHER", 403),
        ("Amazon-Advertising-API-MarketplaceId", "A1OTHER", 403),
    ],
)
def test_a_wrong_header_is_named(server: Listening, header: str, value: str, status: int) -> None:
    found, said = ads_of(server).call("GET", "/amc/instances", **{header: value})
    assert (found, said["code"]) == (status, str(status))
    assert header in said["details"]
