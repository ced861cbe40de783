"""ID mapping through AMC: from an instance to a mapping table, its jobs, its refresh, and data that is picked up by itself."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from mandorla.domain.amc import AmcMappingTable
from mandorla.store.database import transaction
from mandorla.store.records import Records
from tests.listening import Listening, listening
from tests.services.amc.ads import AmcRoom, Clock, ads_of, eventually, new_room
from tests.services.amc.conftest import CLOCK
from tests.world import SOURCE_CSV, new_party


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The server's clock; it goes right again after the test."""
    yield CLOCK
    CLOCK.stands_at, CLOCK.ahead = None, timedelta()


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


def test_a_refresh_is_taken_from_the_second_on_that_its_refusal_names(server: Listening, clock: Clock) -> None:
    room = new_room(server)
    made = room.create_table("mapping")
    path = f"{room.path}/idmappingtables/{made['idMappingTable']['id']}/refresh"
    room.job(made["idMappingTable"]["id"], made["idMappingWorkflowJobId"])
    for day in (0, 13):
        clock.ahead = timedelta(days=day)
        said = room.ads.refused("POST", path)
    earliest = datetime.fromisoformat(said.split()[-2])
    assert earliest == datetime.fromisoformat(made["idMappingTable"]["createTime"]) + timedelta(days=14)
    clock.stand(earliest - timedelta(microseconds=1))
    assert room.ads.refused("POST", path) == said
    clock.stand(earliest)
    started = room.ads.ok("POST", path)
    clock.go_on()
    assert room.job(made["idMappingTable"]["id"], started["idMappingWorkflowJobId"])["status"] == "SUCCEEDED"
    [shown] = room.ads.ok("POST", f"{room.path}/idmappingtables/list", {})["idMappingTables"]
    assert shown["updateTime"] > shown["createTime"]
    # The next fourteen days begin with the refresh.
    clock.ahead += timedelta(days=13)
    assert f"from {(earliest + timedelta(days=14)).strftime('%Y-%m-%dT%H:%M:%SZ')} on" in room.ads.refused("POST", path)
    jobs = room.ads.ok("POST", f"{path.removesuffix('/refresh')}/jobs/list", {"maxResults": 1})
    assert (len(jobs["idMappingJobs"]), bool(jobs["nextToken"])) == (1, True)
    token = {"maxResults": 1, "nextToken": jobs["nextToken"]}
    assert room.ads.ok("POST", f"{path.removesuffix('/refresh')}/jobs/list", token)["idMappingJobs"] != jobs["idMappingJobs"]


def ended_jobs(room: AmcRoom, table_id: str, count: int) -> list[str]:
    """The statuses of a table's jobs, the latest first, once there are so many and all have ended."""
    path = f"{room.path}/idmappingtables/{table_id}/jobs/list"
    return [
        job["status"]
        for job in eventually(
            lambda: room.ads.ok("POST", path)["idMappingJobs"],
            lambda jobs: len(jobs) == count and not {job["status"] for job in jobs} & {"QUEUED", "RUNNING"},
        )
    ]


def looked_at(server: Listening, table_id: str) -> datetime:
    """When the worker looked after a table's source last."""
    with transaction(server.parts.database, writes=False) as connection:
        found = Records(connection).find_anywhere(AmcMappingTable, table_id)
    assert found is not None
    return found.looked_at


def test_new_data_is_picked_up_by_itself_and_unchanged_data_is_not(server: Listening, clock: Clock) -> None:
    room = new_room(server)
    table_id = room.create_table("mapping")["idMappingTable"]["id"]
    ended_jobs(room, table_id, 1)
    room.advertiser.upload("source", SOURCE_CSV.replace("john@example.com", "someone@example.com"))
    clock.ahead = timedelta(minutes=59)
    time.sleep(1.5)  # a worker does its chores once a second; nothing is to happen, for which there is nothing to wait for
    assert ended_jobs(room, table_id, 1) == ["SUCCEEDED"]
    clock.ahead = timedelta(hours=2)
    assert ended_jobs(room, table_id, 2) == ["SUCCEEDED", "SUCCEEDED"]
    [latest, _] = room.ads.ok("POST", f"{room.path}/idmappingtables/{table_id}/jobs/list")["idMappingJobs"]
    assert room.job(table_id, latest["jobId"])["metrics"]["totalMappedRecords"] == 3
    before = looked_at(server, table_id)
    clock.ahead = timedelta(hours=6)
    eventually(lambda: looked_at(server, table_id), lambda found: found > before)
    ended_jobs(room, table_id, 2)
    # A further file brings a key that is there already, and a new one: both rows of the key count, and nothing is lost.
    more = "customerid,email,phone,firstname,lastname,address,zip\n4,JOHN@example.com,,,,,\n5,someone@example.com,,,,,\n"
    clock.ahead = timedelta()  # boto3 signs by the time of day
    room.advertiser.upload("source", more, "part-1.csv")
    clock.ahead = timedelta(hours=12)
    assert ended_jobs(room, table_id, 3) == ["SUCCEEDED"] * 3
    [latest, *_] = room.ads.ok("POST", f"{room.path}/idmappingtables/{table_id}/jobs/list")["idMappingJobs"]
    metrics = room.job(table_id, latest["jobId"])["metrics"]
    assert (metrics["inputRecords"], metrics["totalMappedSourceRecords"]) == (10, 5)


def test_a_populate_that_failed_is_tried_again_when_its_data_is_mended(server: Listening, clock: Clock) -> None:
    room = new_room(server)
    room.advertiser.upload("source", "customerid,other\n1,x\n")
    table_id = room.create_table("mapping")["idMappingTable"]["id"]
    assert ended_jobs(room, table_id, 1) == ["FAILED"]
    before = looked_at(server, table_id)
    clock.ahead = timedelta(hours=2)
    eventually(lambda: looked_at(server, table_id), lambda found: found > before)
    assert ended_jobs(room, table_id, 1) == ["FAILED"]
    # The fourteen days are for a refresh of people that are there.
    room.ads.ok("POST", f"{room.path}/idmappingtables/{table_id}/refresh")
    assert ended_jobs(room, table_id, 2) == ["FAILED", "FAILED"]
    clock.ahead = timedelta()
    room.advertiser.upload("source", SOURCE_CSV)
    clock.ahead = timedelta(hours=4)
    assert ended_jobs(room, table_id, 3) == ["SUCCEEDED", "FAILED", "FAILED"]
    assert "14 days" in room.ads.refused("POST", f"{room.path}/idmappingtables/{table_id}/refresh")


def test_bytes_that_come_back_after_a_refresh_are_mapped_again(tmp_path: Path, clock: Clock) -> None:
    with listening(tmp_path, clock=clock, with_worker=False) as server:
        room, worker = new_room(server), server.parts.worker()
        table_id = room.create_table("mapping")["idMappingTable"]["id"]
        worker.work_once()
        room.advertiser.upload("source", SOURCE_CSV.replace("john@example.com", "someone@example.com"))
        clock.ahead = timedelta(days=15)
        room.ads.ok("POST", f"{room.path}/idmappingtables/{table_id}/refresh")
        worker.work_once()
        clock.ahead = timedelta()
        room.advertiser.upload("source", SOURCE_CSV)
        clock.ahead = timedelta(days=16)
        worker.do_chores()
        worker.work_once()
        assert ended_jobs(room, table_id, 3) == ["SUCCEEDED"] * 3


def test_the_sixth_table_is_one_too_many(server: Listening) -> None:
    room = new_room(server)
    for number in range(5):
        room.create_table(f"mapping_{number}")
    body = {"idMappingTableName": "sixth", "sourceIdNamespaceArn": room.namespace_arn}
    assert "up to 5 ID mapping tables" in room.ads.refused("POST", f"{room.path}/idmappingtables", body)


def test_names_that_differ_in_little_make_two_tables_and_one_name_one(server: Listening) -> None:
    room = new_room(server)
    made = [room.create_table(name)["idMappingTable"]["workflowArn"] for name in ("a b", "a_b")]
    assert made[0] != made[1]
    body = {"idMappingTableName": "a b", "sourceIdNamespaceArn": room.namespace_arn}
    assert "idMappingTableName 'a b'" in room.ads.refused("POST", f"{room.path}/idmappingtables", body)


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
