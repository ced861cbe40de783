"""Schedules: when workflows run by themselves."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from mandorla.domain.amc import AmcSchedule
from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.services.amc.instances import find_instance, page_size
from mandorla.services.amc.workflows import find_workflow
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def next_run_of(definition: Mapping[str, Any], now: datetime) -> datetime:
    """When a schedule runs next: at its hour of every day, or of its day of every week.

    >>> now = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)  # a Tuesday
    >>> str(next_run_of({"aggregation_hour_utc": 6}, now))
    '2026-03-11 06:00:00+00:00'
    >>> str(next_run_of({"aggregation_period": "Weekly", "aggregation_start_day": "Monday"}, now))
    '2026-03-16 00:00:00+00:00'
    """
    hour = definition.get("aggregation_hour_utc") or 0
    run = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    is_weekly = definition.get("aggregation_period") == "Weekly"
    if is_weekly and definition.get("aggregation_start_day"):
        run += timedelta(days=(DAYS.index(definition["aggregation_start_day"]) - run.weekday()) % 7)
    return run if run > now else run + timedelta(days=7 if is_weekly else 1)


def run_after(definition: Mapping[str, Any], due: datetime, now: datetime) -> datetime:
    """The next run of a schedule that was due: the same hour and day, however late it was seen to.

    >>> due = datetime(2026, 3, 10, 6, tzinfo=UTC)  # a Tuesday
    >>> str(run_after({"aggregation_period": "Weekly"}, due, datetime(2026, 3, 19, 8, tzinfo=UTC)))
    '2026-03-24 06:00:00+00:00'
    """
    period = timedelta(days=7 if definition.get("aggregation_period") == "Weekly" else 1)
    return due + period * ((now - due) // period + 1)


def create_schedule(call: Call, *, instance_id, schedule_id, workflow_id, marketplace_id=None, **members) -> Any:
    """Run a workflow every day or every week."""
    instance = find_instance(call, instance_id)
    find_workflow(call, instance.instance_id, workflow_id)
    if call.records.find(AmcSchedule, call.account_id, f"{instance.instance_id}/{schedule_id}") is not None:
        raise ConflictError(f"Schedule with ID {schedule_id} already exists.")
    given = given_members(members)
    schedule = AmcSchedule(
        account_id=call.account_id,
        instance_id=instance.instance_id,
        schedule_id=schedule_id,
        workflow_id=workflow_id,
        definition=given,
        next_run=next_run_of(given, call.now),
        created_at=call.now,
    )
    call.records.add(schedule)
    return {}


def given_members(definition: dict[str, Any]) -> dict[str, Any]:
    """The members that were given; MandorlaError for a start day that no week is for."""
    given = {name: value for name, value in definition.items() if value is not None}
    if given.get("aggregation_start_day") and given.get("aggregation_period") != "Weekly":
        raise MandorlaError("aggregationStartDay goes with aggregationPeriod Weekly.")
    return given


def find_schedule(call: Call, instance_id: str, schedule_id: str) -> AmcSchedule:
    """A schedule of an instance."""
    instance = find_instance(call, instance_id)
    schedule = call.records.find(AmcSchedule, call.account_id, f"{instance.instance_id}/{schedule_id}")
    if schedule is None:
        raise NotFoundError(f"Schedule with ID {schedule_id[:255]} was not found.")
    return schedule


def get_schedule(call: Call, *, instance_id, schedule_id, marketplace_id=None) -> Any:
    """One schedule."""
    return {"schedule": shown(find_schedule(call, instance_id, schedule_id))}


def list_schedules(call: Call, *, instance_id, next_token=None, limit=None, marketplace_id=None) -> Any:
    """The schedules of an instance."""
    instance = find_instance(call, instance_id)
    read = partial(below, call, instance.instance_id)
    page, token = paged(read, token=next_token, max_results=page_size(limit), key_of=lambda one: one.key, largest=100)
    return {"schedules": [shown(one) for one in page], "next_token": token}


def below(call: Call, instance_id: str, after: str, limit: int) -> list[AmcSchedule]:
    """A page of an instance's schedules."""
    return call.records.children(AmcSchedule, instance_id, after=after, limit=limit)


def update_schedule(call: Call, *, instance_id, schedule_id, workflow_id=None, marketplace_id=None, **members) -> Any:
    """Replace a schedule's members."""
    schedule = find_schedule(call, instance_id, schedule_id)
    chosen = workflow_id or schedule.workflow_id
    find_workflow(call, instance_id, chosen)
    given = given_members(members)
    next_run = next_run_of(given, call.now)
    call.records.put(replace(schedule, workflow_id=chosen, definition=given, next_run=next_run))
    return {}


def delete_schedule(call: Call, *, instance_id, schedule_id, marketplace_id=None) -> Any:
    """Forget a schedule."""
    call.records.remove(find_schedule(call, instance_id, schedule_id))
    return {}


def shown(schedule: AmcSchedule) -> dict[str, Any]:
    """A schedule as AMC answers."""
    return {"schedule_id": schedule.schedule_id, "workflow_id": schedule.workflow_id, **schedule.definition}


OPERATIONS: Operations = {
    "CreateSchedule": create_schedule,
    "GetSchedule": get_schedule,
    "ListSchedules": list_schedules,
    "UpdateSchedule": update_schedule,
    "DeleteSchedule": delete_schedule,
}
