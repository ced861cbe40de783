"""Workflows, executions and schedules of the reporting API."""

from datetime import timedelta
from uuid import uuid4

from tests.listening import Listening
from tests.services.amc.ads import AmcRoom, eventually, new_room
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
