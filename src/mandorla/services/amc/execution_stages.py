"""The stages of a workflow execution: ask the query under AMC's rules, then hand the answer to the customer."""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import uuid4

from mandorla.domain.account import Caller
from mandorla.domain.amc import AmcAudience, AmcExecution, AmcInstance
from mandorla.domain.collaboration import Collaboration, Member, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.limits import Limits
from mandorla.domain.protected_query import AmcQuestion, PrivacyFiltering, QueryParameter, TimeWindow, UserThresholds
from mandorla.engines.sandbox import Output
from mandorla.jobs.stages import Ending, Stages, Work
from mandorla.protect.protection import ProtectedSql, protect
from mandorla.services.amc.data_sources import require_open, sources_of
from mandorla.services.amc.publisher import bring_publisher_tables
from mandorla.services.amc.workflow_executions import EXECUTION
from mandorla.services.call import Call
from mandorla.services.cleanrooms.asking import answer, keep, places_of
from mandorla.services.cleanrooms.query_log import log_status
from mandorla.services.cleanrooms.question_tables import AskedTable
from mandorla.store.job_queue import JobQueue
from mandorla.store.records import Records

# Any: results are plain JSON.


def bring_tables(work: Work) -> Mapping[str, Any]:
    """The publisher's tables, those that it configured since too."""

    work.changed(lambda records: bring_to(work, records, instance_of(records, execution_of(work, records))))
    return {}


def bring_to(work: Work, records: Records, instance: AmcInstance) -> None:
    """Bring the publisher's tables to an instance's collaboration."""
    collaboration = records.find_anywhere(Collaboration, instance.collaboration_id)
    if collaboration is not None:
        bring_publisher_tables(call_of(work, records), collaboration)


def call_of(work: Work, records: Records) -> Call:
    """A call that nobody made: the worker acts for AMC."""
    return Call(
        caller=Caller(account_id=work.job.account_id),
        region=work.job.region,
        now=work.clock(),
        request_id=str(uuid4()),
        records=records,
        jobs=JobQueue(records.connection),
        contents=work.contents,
        limits=work.limits,
        server_key=work.server_key,
    )


def execution_of(work: Work, records: Records) -> AmcExecution:
    """What is to be run."""
    return records.get(AmcExecution, work.job.account_id, work.job.job_id)


def instance_of(records: Records, asked: AmcExecution | AmcAudience) -> AmcInstance:
    """The instance that it runs in; MandorlaError for one without a collaboration, where there is nothing to ask."""
    instance = records.find(AmcInstance, asked.account_id, asked.instance_id)
    if instance is None or not instance.collaboration_id:
        raise MandorlaError("The instance has no collaboration behind it, so there is no data to query.")
    return instance


def customer_of(records: Records, instance: AmcInstance) -> Membership:
    """The membership that receives results."""
    member = records.find(Member, instance.aws_account_id, instance.collaboration_id)
    membership = records.find(Membership, instance.aws_account_id, member.membership_id) if member is not None else None
    if membership is None or membership.status != "ACTIVE":
        raise MandorlaError("The customer has not accepted the collaboration, so nobody can receive results.")
    return membership


def protected_sql(records: Records, limits: Limits, execution: AmcExecution) -> tuple[ProtectedSql, list[AskedTable]]:
    """The workflow's query made safe by AMC's rules, and the tables that it may read. RefusedError says why not."""
    sources = sources_of(records, instance_of(records, execution))
    query = execution.definition["sql_query"]
    require_open(sources, query)
    protected = protect(
        query,
        [one.table for one in sources.tables],
        question=question_of(limits, execution),
        parameters=values_of(execution.request),
    )
    return protected, [*sources.tables, *([sources.mapping] if sources.mapping is not None else [])]


def question_of(limits: Limits, execution: AmcExecution) -> AmcQuestion:
    """How the workflow asks: its window, its parameters and the columns that it adds."""
    definition = execution.definition
    filtered = definition.get("filtered_metrics_discriminator_column")
    default = PrivacyFiltering.REMOVE_VALUES if filtered else PrivacyFiltering.REMOVE_ROWS
    behavior = definition.get("privacy_filtering_behavior")
    return AmcQuestion(
        time_window=window_of(execution, execution.request.get("time_window_time_zone") or "UTC"),
        parameters=tuple(map(parameter_of, definition.get("input_parameters") or ())),
        privacy_filtering=PrivacyFiltering(behavior) if behavior else default,
        distinct_user_count_column=definition.get("distinct_user_count_column"),
        filtered_metrics_discriminator_column=filtered,
        filtered_reason_column=definition.get("filtered_reason_column"),
        thresholds=thresholds_of(limits),
    )


def thresholds_of(limits: Limits) -> UserThresholds:
    """How many users each level of sensitivity needs on this server."""
    return UserThresholds(
        none=limits.amc_users_none,
        low=limits.amc_users_low,
        medium=limits.amc_users_medium,
        high=limits.amc_users_high,
    )


def window_of(asked: AmcExecution | AmcAudience, time_zone: str = "UTC") -> TimeWindow:
    """What it reads of the publisher's tables."""
    start, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (asked.window_start, asked.window_end))
    return TimeWindow(start, end, time_zone)


def parameter_of(given: Mapping[str, Any]) -> QueryParameter:
    """A parameter as a workflow declares it: `STRING`, or `{"type": "ARRAY", "elementDataType": "STRING"}`."""
    kind, default = given.get("data_type") or "STRING", given.get("default_value")
    element = kind.get("elementDataType") if isinstance(kind, Mapping) else None
    return QueryParameter(
        name=given["name"],
        data_type=kind["type"] if isinstance(kind, Mapping) else kind,
        element_type=element,
        default_value=None if default is None else text_of(default),
    )


def values_of(request: Mapping[str, Any]) -> dict[str, str]:
    """The values that were given for parameters, as text."""
    return {name: text_of(value) for name, value in (request.get("parameter_values") or {}).items()}


def text_of(value: Any) -> str:
    """A parameter's value as text; what is no text is JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def find_answer(work: Work) -> Mapping[str, Any]:
    """Run the query, unless it was only to be tried."""
    with work.records() as (records, _):
        execution = execution_of(work, records)
        membership = customer_of(records, instance_of(records, execution))
        protected, tables = protected_sql(records, work.limits, execution)
    if execution.request.get("dry_run"):
        return {"row_count": 0}
    output, _ = places_of(membership, None)
    found = answer(work, protected, tables, (Output(work.scratch / "answer", output["result_format"]),))
    return {"columns": list(found.columns), "row_count": found.row_count}


def hand_over(work: Work) -> Mapping[str, Any]:
    """Put the answer where the customer has its results."""
    with work.records() as (records, _):
        execution = execution_of(work, records)
        membership = customer_of(records, instance_of(records, execution))
    if execution.request.get("dry_run") or execution.request.get("skip_publish"):
        return {"output": None}
    return {"output": keep(work, membership, None, work.scratch / "answer", execution.execution_id)}


JOBS: Mapping[str, Stages] = {EXECUTION: (bring_tables, find_answer, hand_over)}
ENDINGS: Mapping[str, Ending] = {EXECUTION: log_status}
