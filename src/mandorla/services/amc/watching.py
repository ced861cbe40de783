"""What AMC sees to by itself: jobs that had to wait, new data of connected namespaces, schedules that are due,
and audiences that are to be made anew.

The guide: "The incremental changes to the input data will automatically be populated in the mapping table".
"""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from mandorla.domain.account import Caller
from mandorla.domain.amc import AmcAudience, AmcInstance, AmcMappingTable, AmcSchedule, AmcTracking
from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.errors import MandorlaError
from mandorla.domain.workflows import IdMappingWorkflow
from mandorla.jobs.chores import Chore, Round
from mandorla.services.amc.audiences import active_audiences
from mandorla.services.amc.audiences import begin as begin_audience
from mandorla.services.amc.id_mapping_tables import begin
from mandorla.services.amc.schedules import next_run_of
from mandorla.services.amc.workflow_executions import start
from mandorla.services.amc.workflows import find_workflow
from mandorla.services.call import Call
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.entityresolution.id_mapping_workflows import mapping_of
from mandorla.services.entityresolution.reading import signatures_of


def call_of(turn: Round, account_id: str, amc_account_id: str = "") -> Call:
    """A call that nobody made: the worker acts in the account's name."""
    return Call(
        caller=Caller(account_id=account_id, amc_account_id=amc_account_id),
        region="us-east-1",
        now=turn.now,
        request_id=str(uuid4()),
        records=turn.records,
        jobs=turn.jobs,
        contents=turn.contents,
        limits=turn.limits,
        server_key=turn.server_key,
    )


def begin_waiting_jobs(turn: Round) -> None:
    """Populates that waited for another job of their table."""
    for tracking in turn.records.everyones(AmcTracking):
        table = turn.records.find_anywhere(IdMappingTable, tracking.table_id) if not tracking.job_id else None
        if table is None:
            continue
        job = begin(call_of(turn, tracking.account_id), table)
        if job is not None:
            turn.records.put(replace(tracking, job_id=job.job_id))


def pick_up_new_data(turn: Round) -> None:
    """Tables whose source has other bytes than when it was mapped; each is looked at no more often than the setting says."""
    pause = timedelta(seconds=turn.limits.seconds_between_pickups)
    for known in turn.records.everyones(AmcMappingTable):
        table = turn.records.find_anywhere(IdMappingTable, known.table_id)
        if table is None or turn.now < known.looked_at + pause:
            continue
        turn.records.put(replace(known, looked_at=turn.now))
        if has_new_data(turn, table):
            begin(call_of(turn, known.account_id), table)


def has_new_data(turn: Round, table: IdMappingTable) -> bool:
    """Whether the source's objects are others than those of the mapping that the table holds."""
    version = version_of(turn.records, table)
    workflow = turn.records.find(IdMappingWorkflow, table.account_id, table.workflow_arn.rpartition("/")[2])
    if version is None or workflow is None:
        return False
    try:
        sources = mapping_of(turn.records, workflow).sources
        now = {f"source {one}" for people in sources for one in signatures_of(turn.records, people)}
    except MandorlaError:
        return False  # what stands in the way is said to whoever starts a job
    return now != {one for one in version.inputs if one.startswith("source ")}


def run_schedules(turn: Round) -> None:
    """Schedules that are due."""
    for schedule in turn.records.everyones(AmcSchedule):
        if schedule.definition.get("schedule_enabled") is False or turn.now < schedule.next_run:
            continue
        turn.records.put(replace(schedule, next_run=next_run_of(schedule.definition, turn.now)))
        instance = turn.records.find(AmcInstance, schedule.account_id, schedule.instance_id)
        if instance is None:
            continue
        call = call_of(turn, schedule.account_id, instance.amc_account_id)
        try:
            workflow = find_workflow(call, instance.instance_id, schedule.workflow_id)
            window = "MOST_RECENT_WEEK" if schedule.definition.get("aggregation_period") == "Weekly" else "MOST_RECENT_DAY"
            start(call, instance, workflow.workflow_id, workflow.definition, {"time_window_type": window})
        except MandorlaError:
            continue  # the workflow is gone, or too much runs already; the next turn is another chance


def refresh_audiences(turn: Round) -> None:
    """Audiences whose time has come; the window of one that is relative moves with it."""
    for audience in turn.records.everyones(AmcAudience):
        days = audience.definition["refresh_rate_days"]
        made = audience.refreshed_at
        if made is None or not days or turn.now < made + timedelta(days=days):
            continue
        job = turn.jobs.find(audience.account_id, audience.job_id)
        if job is None or job.status != "SUCCEEDED" or active_audiences(call_of(turn, audience.account_id), audience):
            continue  # it waits for whoever mends it; or another is being made, and a refresh must not keep new ones waiting
        moved = timedelta(days=(turn.now - made).days) if audience.definition["time_window_relative"] else timedelta()
        later = replace(audience, window_start=audience.window_start + moved, window_end=audience.window_end + moved)
        turn.records.put(begin_audience(call_of(turn, audience.account_id), later))


CHORES: tuple[Chore, ...] = (begin_waiting_jobs, pick_up_new_data, run_schedules, refresh_audiences)
