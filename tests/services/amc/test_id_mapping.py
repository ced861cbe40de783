"""ID mapping through AMC: from an instance to a mapping table, its jobs, its refresh, and data that is picked up by itself."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.listening import Listening, listening
from tests.services.amc.ads import Clock, ads_of, eventually, new_room
from tests.services.amc.conftest import CLOCK
from tests.world import SOURCE_CSV, new_party


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The server's clock; it goes right again after the test."""
    yield CLOCK
    CLOCK.ahead = timedelta()


def test_a_table_through_amc_is_the_one_that_clean_rooms_and_entity_resolution_show(server: Listening) -> None:
    room = new_room(server)
    listed = room.ads.ok("POST", f"{room.path}/idnamespaces/list", {})["collaborationIdNamespaceAssociations"]
    assert [one["idNamespaceArn"] for one in listed] == [room.namespace_arn]
    made = room.create_table("mapping")
    table = made["idMappingTable"]
    assert (table["sourceAwsAccount"], table["queryable"], made.get("trackingId")) == ("111122223333", False, None)
    job = room.job(table["id"], made["idMappingWorkflowJobId"])
    assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 3)
    [shown] = room.ads.ok("POST", f"{room.path}/idmappingtables/list", {})["idMappingTables"]
    assert (shown["id"], shown["queryable"]) == (table["id"], True)
    assert room.ads.ok("POST", f"{room.path}/idnamespaces/list")["collaborationIdNamespaceAssociations"] == []
    rooms = room.advertiser.client("cleanrooms")
    [same] = rooms.list_id_mapping_tables(membershipIdentifier=room.membership_id)["idMappingTableSummaries"]
    assert (same["id"], same["name"]) == (table["id"], "mapping")
    theirs = room.advertiser.client("entityresolution").get_id_mapping_job(
        workflowName=table["workflowArn"], jobId=made["idMappingWorkflowJobId"]
    )
    assert {name: theirs["metrics"][name] for name in job["metrics"]} == job["metrics"]
    assert room.ads.ok("DELETE", f"{room.path}/idmappingtables/{table['id']}") == {}
    room.ads.refused("DELETE", f"{room.path}/idmappingtables/{table['id']}", status=404)


def test_a_refresh_is_refused_on_day_13_and_taken_on_day_14(server: Listening, clock: Clock) -> None:
    room = new_room(server)
    made = room.create_table("mapping")
    path = f"{room.path}/idmappingtables/{made['idMappingTable']['id']}/refresh"
    room.job(made["idMappingTable"]["id"], made["idMappingWorkflowJobId"])
    clock.ahead = timedelta(days=13)
    assert "can be refreshed again from 20" in room.ads.refused("POST", path)
    clock.ahead = timedelta(days=14, seconds=1)
    started = room.ads.ok("POST", path)
    job = room.job(made["idMappingTable"]["id"], started["idMappingWorkflowJobId"])
    assert job["status"] == "SUCCEEDED"
    room.ads.refused("POST", path)
    jobs = room.ads.ok("POST", f"{path.removesuffix('/refresh')}/jobs/list", {"maxResults": 1})
    assert (len(jobs["idMappingJobs"]), bool(jobs["nextToken"])) == (1, True)


def test_new_data_is_picked_up_by_itself(server: Listening, clock: Clock) -> None:
    room = new_room(server)
    made = room.create_table("mapping")
    path = f"{room.path}/idmappingtables/{made['idMappingTable']['id']}/jobs/list"
    room.job(made["idMappingTable"]["id"], made["idMappingWorkflowJobId"])
    room.advertiser.upload("source", SOURCE_CSV.replace("john@example.com", "someone@example.com"))
    clock.ahead = timedelta(hours=2)
    jobs = eventually(lambda: room.ads.ok("POST", path)["idMappingJobs"], lambda found: len(found) == 2)
    job = room.job(made["idMappingTable"]["id"], jobs[0]["jobId"])
    assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 3)
    clock.ahead = timedelta(hours=6)
    assert len(room.ads.ok("POST", path)["idMappingJobs"]) == 2


def test_the_sixth_table_is_one_too_many(server: Listening) -> None:
    room = new_room(server)
    for number in range(5):
        room.create_table(f"mapping_{number}")
    body = {"idMappingTableName": "sixth", "sourceIdNamespaceArn": room.namespace_arn}
    assert "up to 5 ID mapping tables" in room.ads.refused("POST", f"{room.path}/idmappingtables", body)


def test_a_refresh_that_must_wait_is_found_by_its_tracking_id(tmp_path: Path, clock: Clock) -> None:
    with listening(tmp_path, clock=clock, with_worker=False) as server:
        room, worker = new_room(server), server.parts.worker()
        made = room.create_table("mapping")
        table_id = made["idMappingTable"]["id"]
        clock.ahead = timedelta(days=15)
        started = room.ads.ok("POST", f"{room.path}/idmappingtables/{table_id}/refresh")
        assert started.get("idMappingWorkflowJobId") is None
        path = f"{room.path}/idmappingtables/{table_id}/jobTracker/{started['trackingId']}"
        assert room.ads.ok("GET", path) == {}
        worker.work_once()
        worker.do_chores()
        worker.work_once()
        job = room.job(table_id, room.ads.ok("GET", path)["idMappingJobId"])
        assert job["status"] == "SUCCEEDED"
        room.ads.refused("GET", path[:-1] + ("0" if path[-1] != "0" else "1"), status=404)


def test_namespaces_that_are_not_the_customers_are_refused(server: Listening) -> None:
    room = new_room(server)
    other = new_party(server).add_source()
    for arn, said in ((other, "is no ID namespace that the customer associated"),):
        body = {"idMappingTableName": "mapping", "sourceIdNamespaceArn": arn}
        assert said in room.ads.refused("POST", f"{room.path}/idmappingtables", body)
    assert "idMappingTableName" in room.ads.refused(
        "POST", f"{room.path}/idmappingtables", {"sourceIdNamespaceArn": room.namespace_arn}
    )


def test_an_instance_without_a_collaboration_has_no_tables(server: Listening) -> None:
    ads = ads_of(server)
    instance = ads.ok("POST", "/amc/instances", {"instanceName": f"plain {new_party(server).name[-6:]}"})["instance"]
    path = f"/amc/instances/{instance['instanceId']}/collaboration"
    assert "no collaboration" in ads.refused("GET", path)
    assert "no collaboration" in ads.refused("POST", f"{path}/idnamespaces/list", {})
    ads.refused("GET", "/amc/instances/amcabsent1/collaboration", status=404)
