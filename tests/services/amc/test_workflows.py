"""Workflows, executions and schedules of the reporting API."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.listening import Listening, listening
from tests.services.amc.ads import AmcRoom, Clock, ads_of, eventually, new_room
from tests.services.amc.conftest import CLOCK

QUERY = "SELECT advertiser, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions GROUP BY advertiser"


def reporting(room: AmcRoom) -> str:
    """Where the reporting API of an instance is."""
    return f"/amc/reporting/{room.instance_id}"


def test_a_workflow_is_kept_changed_and_forgotten(server: Listening) -> None:
    room = new_room(server)
    ads, path = room.ads, f"{reporting(room)}/workflows"
    assert ads.ok("POST", path, {"workflowId": "reach", "sqlQuery": QUERY}) == {}
    assert ads.refused("POST", path, {"workflowId": "reach", "sqlQuery": QUERY}) == "Workflow with ID reach already exists."
    changed = {"workflowId": "reach", "sqlQuery": QUERY, "filteredMetricsDiscriminatorColumn": "filtered"}
    ads.ok("PUT", f"{path}/reach", changed)
    assert ads.ok("GET", f"{path}/reach")["workflow"] == changed
    assert ads.ok("GET", path) == {"workflows": [changed]}
    assert "sqlQuery" in ads.refused("POST", path, {"workflowId": "empty"})
    schedule = {"scheduleId": "daily", "workflowId": "reach", "aggregationPeriod": "Daily", "scheduleEnabled": True}
    ads.ok("POST", f"{reporting(room)}/schedules", schedule)
    assert "Delete the schedule first" in ads.refused("DELETE", f"{path}/reach")
    ads.ok("DELETE", f"{reporting(room)}/schedules/daily")
    assert ads.ok("DELETE", f"{path}/reach") == {}
    ads.refused("GET", f"{path}/reach", status=404)


def test_an_execution_is_found_wrapped_and_bare(server: Listening) -> None:
    room = new_room(server)
    path = f"{reporting(room)}/workflowExecutions"
    made = room.ads.ok("POST", path, {"workflow": {"sqlQuery": QUERY}, "timeWindowType": "MOST_RECENT_WEEK"})
    assert made["workflowExecution"]["workflowExecutionId"] == made["workflowExecutionId"]
    one = f"{path}/{made['workflowExecutionId']}"
    ended = eventually(lambda: room.ads.ok("GET", one), lambda said: said["status"] not in ("PENDING", "RUNNING"))
    assert ended["acrCollaborationId"] == room.collaboration_id
    assert "ended already" in room.ads.refused("PUT", one, {"status": "CANCELLED"})
    listed = room.ads.ok("GET", f"{path}?minCreationTime=2020-01-01T00%3A00%3A00")["executions"]
    assert [entry["workflowExecutionId"] for entry in listed] == [made["workflowExecutionId"]]
    assert room.ads.ok("GET", f"{path}?maxCreationTime=2020-01-01T00%3A00%3A00") == {"executions": []}


def test_a_kept_workflow_runs_as_it_was_when_it_was_asked(server: Listening) -> None:
    room = new_room(server)
    path, name = reporting(room), f"w{uuid4().hex[:8]}"
    room.ads.ok("POST", f"{path}/workflows", {"workflowId": name, "sqlQuery": QUERY})
    made = room.ads.ok("POST", f"{path}/workflowExecutions", {"workflowId": name, "timeWindowType": "PREVIOUS_MONTH"})
    room.ads.ok("PUT", f"{path}/workflows/{name}", {"workflowId": name, "sqlQuery": f"{QUERY} HAVING COUNT(1) > 1"})
    shown = room.ads.ok("GET", f"{path}/workflowExecutions/{made['workflowExecutionId']}?includeWorkflow=true")
    assert (shown["workflowId"], shown["sqlQuery"], shown["workflow"]["workflowId"]) == (name, QUERY, name)
    assert "sqlQuery" not in room.ads.ok("GET", f"{path}/workflowExecutions/{made['workflowExecutionId']}")
    [listed] = room.ads.ok("GET", f"{path}/workflowExecutions?workflowId={name}&includeWorkflow=True")["executions"]
    assert listed["sqlQuery"] == QUERY


def test_parameters_and_windows_are_checked_before_anything_runs(server: Listening) -> None:
    room = new_room(server)
    path = f"{reporting(room)}/workflowExecutions"
    workflow = {"sqlQuery": QUERY, "inputParameters": [{"name": "least", "dataType": "INTEGER"}]}
    assert "parameterValues lacks least" in room.ads.refused("POST", path, {"workflow": workflow})
    values = {"least": "1", "other": "2"}
    assert "names other" in room.ads.refused("POST", path, {"workflow": workflow, "parameterValues": values})
    window = {"timeWindowType": "EXPLICIT", "timeWindowStart": "2026-01-02T00:00:00", "timeWindowEnd": "2026-01-01T00:00:00"}
    assert "must lie before" in room.ads.refused("POST", path, {"workflow": {"sqlQuery": QUERY}, **window})
    short = {"workflow": {"sqlQuery": QUERY}, "workflowExecutionTimeoutSeconds": 60}
    assert "900" in room.ads.refused("POST", path, short)
    assert "one of both" in room.ads.refused("POST", path, {})
    for more in ({"advertisers": [{"id": "1", "type": "DISPLAY"}]}, {"additionalAcrResultsReceivers": ["777788889999"]}):
        assert "not served here" in room.ads.refused("POST", path, {"workflow": {"sqlQuery": QUERY}, **more})


def test_a_schedule_runs_its_workflow(server: Listening) -> None:
    room = new_room(server)
    name = f"w{uuid4().hex[:8]}"
    room.ads.ok("POST", f"{reporting(room)}/workflows", {"workflowId": name, "sqlQuery": QUERY})
    schedule = {"scheduleId": "daily", "workflowId": name, "aggregationPeriod": "Daily", "aggregationHourUtc": 6}
    room.ads.ok("POST", f"{reporting(room)}/schedules", schedule)
    path = f"{reporting(room)}/workflowExecutions?workflowId={name}"
    assert room.ads.ok("GET", path)["executions"] == []
    CLOCK.ahead = timedelta(hours=25)
    try:
        found = eventually(lambda: room.ads.ok("GET", path)["executions"], bool)
    finally:
        CLOCK.ahead = timedelta()
    assert found[0]["workflowId"] == name


@pytest.mark.parametrize(
    ("schedule", "first", "second", "window"),
    [
        ({"aggregationPeriod": "Daily", "aggregationHourUtc": 6}, "2026-12-02T06:00:00", "2026-12-06T06:00:00", 1),
        ({"aggregationPeriod": "Daily"}, "2026-12-02T00:00:00", "2026-12-06T00:00:00", 1),
        (
            {"aggregationPeriod": "Weekly", "aggregationStartDay": "Thursday", "aggregationHourUtc": 23},
            "2026-12-03T23:00:00",
            "2026-12-10T23:00:00",
            7,
        ),
        # Without a day, the day on which the schedule was made: a Tuesday.
        ({"aggregationPeriod": "Weekly", "aggregationHourUtc": 9}, "2026-12-08T09:00:00", "2026-12-15T09:00:00", 7),
        ({"aggregationPeriod": "Daily", "scheduleEnabled": False}, None, None, 1),
    ],
)
def test_a_schedule_runs_at_its_hour_and_once_after_a_pause(
    tmp_path: Path, schedule: dict[str, object], first: str | None, second: str | None, window: int
) -> None:
    clock = Clock(stands_at=datetime(2026, 12, 1, 12, tzinfo=UTC))
    with listening(tmp_path, with_worker=False, clock=clock) as server:
        ads, worker = ads_of(server), server.parts.worker()
        path = f"/amc/reporting/{ads.ok('POST', '/amc/instances', {'instanceName': 'plain'})['instance']['instanceId']}"
        ads.ok("POST", f"{path}/workflows", {"workflowId": "reach", "sqlQuery": QUERY})
        ads.ok("POST", f"{path}/schedules", {"scheduleId": "s", "workflowId": "reach", **schedule})

        def runs(moment: datetime) -> int:
            """How many executions there are after the worker has seen to its chores then."""
            clock.stand(moment)
            worker.do_chores()
            return len(ads.ok("GET", f"{path}/workflowExecutions")["executions"])

        if first is None or second is None:
            assert runs(datetime(2027, 2, 1, tzinfo=UTC)) == 0
            return
        due, after = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (first, second))
        assert runs(due - timedelta(seconds=1)) == 0
        assert (runs(due), runs(due + timedelta(minutes=1))) == (1, 1)
        [made] = ads.ok("GET", f"{path}/workflowExecutions")["executions"]
        start, end = (datetime.fromisoformat(made[name]) for name in ("timeWindowStart", "timeWindowEnd"))
        assert (made["workflowId"], end - start) == ("reach", timedelta(days=window))
        # The server was away for some days: one run, late, and the next at the schedule's own hour.
        assert runs(after - timedelta(days=1, hours=-2)) == (2 if window == 1 else 1)
        assert runs(after - timedelta(seconds=1)) == (2 if window == 1 else 1)
        assert runs(after) == (3 if window == 1 else 2)
