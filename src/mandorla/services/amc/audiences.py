"""Rule-based audiences: users whom a query selects, made by a worker (`audience_stages.py`) and handed to the publisher.

What can be said of a query by its text alone is said at once; what depends on the tables makes the audience FAILED, with the
reason in `statusReason`, and it can then be mended with an update or deleted.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from mandorla.domain.amc import AmcAudience, AmcInstance
from mandorla.domain.collaboration import Collaboration
from mandorla.domain.errors import ConflictError, LimitError, MandorlaError, NotFoundError
from mandorla.domain.job import Job
from mandorla.protect.protection import require_audience
from mandorla.services.amc.instances import customer_of, find_instance
from mandorla.services.amc.logged_questions import logged_question
from mandorla.services.amc.time_windows import window_of
from mandorla.services.amc.times import written
from mandorla.services.amc.workflow_executions import require_parameters
from mandorla.services.amc.workflows import checked, find_workflow
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.query_log import log_status
from mandorla.services.paging import paged

AUDIENCE = "amc audience"

# From a job's status to AMC's word for it.
STATUSES = {"QUEUED": "PENDING", "RUNNING": "RUNNING", "SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "CANCELLED": "FAILED"}
DEACTIVATED = "DEACTIVATED"
SAID = {
    "PENDING": "The audience waits to be made.",
    "RUNNING": "The audience is being made.",
    "SUCCEEDED": "The audience is with the publisher.",
    "FAILED": "The audience could not be made; statusReason says why.",
    DEACTIVATED: "The audience has ended: it was not to be refreshed.",
}

# Specification: refreshRateDays defaults to 21; 0 forces "the audience to be deactivated after 30 days".
REFRESH_RATE_DAYS, LIFE_WITHOUT_REFRESH = 21, timedelta(days=30)
# Specification, update: "This must be the same as the existing value".
FIXED = {"audience_name": "audienceName", "advertiser_id": "advertiserId", "audience_description": "audienceDescription"}


def create_query_based_audience(call: Call, *, instance_id, **members) -> Any:
    """Queue an audience. A request that is sent again while its audience is on the way finds that one."""
    instance = find_instance(call, instance_id)
    customer_of(call, instance)
    definition = definition_of(call, instance, members)
    start, end = window_of({**definition, "time_window_type": "EXPLICIT"}, call.now)
    for one in call.records.children(AmcAudience, instance.instance_id):
        if one.definition == definition and status_of(call, one)[0] in ("PENDING", "RUNNING"):
            return brief(call, one)
    audience = AmcAudience(
        account_id=call.account_id,
        instance_id=instance.instance_id,
        audience_id=call.new_uuid(),
        definition=definition,
        job_id="",
        window_start=start,
        window_end=end,
        created_at=call.now,
    )
    queued = begin(call, audience)
    call.records.add(queued)
    return brief(call, queued)


def definition_of(call: Call, instance: AmcInstance, members: Mapping[str, Any]) -> dict[str, Any]:
    """What an audience is made by, a kept workflow's query filled in; MandorlaError for what could never be one."""
    given = {name: value for name, value in members.items() if value is not None}
    if ("query" in given) == ("workflow_id" in given):
        raise MandorlaError("Give a query, or name a workflowId; one of both.")
    if "workflow_id" in given and given.get("input_parameters"):
        raise MandorlaError("inputParameters go with a query; those of a workflow are its own.")
    if "workflow_id" in given:
        kept = find_workflow(call, instance.instance_id, given["workflow_id"]).definition
        given |= {"query": kept["sql_query"], "input_parameters": kept.get("input_parameters") or ()}
    given["input_parameters"] = [dict(one) for one in given.get("input_parameters") or ()]
    checked({"sql_query": given["query"], "input_parameters": given["input_parameters"]})
    require_parameters(given, given.get("parameter_values") or {})
    require_audience(given["query"])
    return {"refresh_rate_days": REFRESH_RATE_DAYS, "time_window_relative": False, **given}


def begin(call: Call, audience: AmcAudience) -> AmcAudience:
    """The audience with a job that makes it, or makes it anew; LimitError while too many are being made."""
    if len(active_audiences(call, audience)) >= call.limits.amc_parallel_executions:
        raise LimitError(f"{call.limits.amc_parallel_executions} audiences of this instance are being made. Wait for one.")
    job = Job(
        account_id=call.account_id,
        job_id=call.new_uuid(),
        kind=AUDIENCE,
        subject=f"amc/{audience.instance_id}/audience/{audience.audience_id}",
        created_at=call.now,
        region=call.region,
        arguments={
            "instance": audience.instance_id,
            "audience": audience.audience_id,
            **told_of(call, audience),
        },
    )
    call.jobs.add(job)
    log_status(call.records, job)
    return replace(audience, job_id=job.job_id)


def told_of(call: Call, audience: AmcAudience) -> Mapping[str, Any]:
    """What the query log is told of the question behind an audience, whose answer goes to the publisher."""
    instance = call.records.find(AmcInstance, audience.account_id, audience.instance_id)
    collaboration = call.records.find_anywhere(Collaboration, instance.collaboration_id) if instance is not None else None
    if instance is None or collaboration is None:
        return {}
    return logged_question(instance, audience.definition["query"], (collaboration.account_id,))


def active_audiences(call: Call, audience: AmcAudience) -> list[Job]:
    """The jobs that make audiences of the same instance."""
    return [one for one in call.jobs.active(call.account_id, AUDIENCE) if one.arguments["instance"] == audience.instance_id]


def find_audience(call: Call, instance_id: str, audience_id: str) -> AmcAudience:
    """An audience of an instance."""
    instance = find_instance(call, instance_id)
    audience = call.records.find(AmcAudience, call.account_id, audience_id)
    if audience is None or audience.instance_id != instance.instance_id:
        raise NotFoundError(f"The audience {audience_id[:60]!r} was not found.")
    return audience


def status_of(call: Call, audience: AmcAudience) -> tuple[str, str]:
    """How an audience stands, and why."""
    job = call.jobs.find(call.account_id, audience.job_id)
    status = STATUSES[job.status] if job is not None else "FAILED"
    made = audience.refreshed_at
    is_over = made is not None and not audience.definition["refresh_rate_days"] and call.now > made + LIFE_WITHOUT_REFRESH
    if status == "SUCCEEDED" and is_over:
        return DEACTIVATED, SAID[DEACTIVATED]
    return status, job.error_message if job is not None else ""


def get_all_query_based_audiences_by_instance_id(call: Call, *, instance_id, max_results=None, next_token=None) -> Any:
    """The audiences of an instance, the latest first. On the last page `nextToken` is left out."""
    instance = find_instance(call, instance_id)
    found = sorted(call.records.children(AmcAudience, instance.instance_id), key=order_of, reverse=True)

    def read(after: str, size: int) -> list[AmcAudience]:
        return [one for one in found if not after or order_of(one) < after][:size]

    page, token = paged(read, token=next_token, max_results=max_results, key_of=order_of, largest=100)
    return {"execution_metadata": [shown(call, one) for one in page], "next_token": token}


def order_of(audience: AmcAudience) -> str:
    """By when it was created, and by id among those of one moment."""
    return f"{audience.created_at.astimezone(UTC).isoformat()} {audience.audience_id}"


def get_query_based_audience_by_audience_execution_id(call: Call, *, instance_id, audience_execution_id) -> Any:
    """One audience: how it stands, and about how many users it has; never who they are."""
    return shown(call, find_audience(call, instance_id, audience_execution_id))


def update_query_based_audience_by_audience_execution_id(
    call: Call,
    *,
    instance_id,
    audience_execution_id,
    audience_type,
    lookalike_audience_expected_reach=None,
    **members,
) -> Any:
    """Mend an audience that failed, and make it: its query, parameters and window are replaced, its names stay."""
    audience = find_audience(call, instance_id, audience_execution_id)
    require_failed(call, audience)
    if audience_type != "RULE_BASED" or lookalike_audience_expected_reach is not None:
        raise MandorlaError("The audience is RULE_BASED: audienceType must say so, without lookalikeAudienceExpectedReach.")
    changed = [wire_name for name, wire_name in FIXED.items() if members.get(name) != audience.definition.get(name)]
    if changed:
        raise MandorlaError(f"{', '.join(changed)} must be the same as when the audience was created.")
    instance = find_instance(call, instance_id)
    given = {**members, "refresh_rate_days": audience.definition["refresh_rate_days"]}
    definition = definition_of(call, instance, given)
    start, end = window_of({**definition, "time_window_type": "EXPLICIT"}, call.now)
    queued = begin(call, replace(audience, definition=definition, window_start=start, window_end=end))
    call.records.put(queued)
    return brief(call, queued)


def delete_query_based_audience_by_audience_execution_id(call: Call, *, instance_id, audience_execution_id) -> Any:
    """Forget an audience that failed."""
    audience = find_audience(call, instance_id, audience_execution_id)
    require_failed(call, audience)
    call.records.remove(audience)
    return {}


def require_failed(call: Call, audience: AmcAudience) -> None:
    """The specification: "Only FAILED audiences may be updated", or deleted, "at this time"."""
    status, _ = status_of(call, audience)
    if status != "FAILED":
        raise ConflictError(f"The audience is {status}. Only FAILED audiences may be updated or deleted.")


def create_lookalike_audience(call: Call, *, instance_id, **members) -> Any:
    """Refused: nobody here is looked for who is only like somebody else."""
    find_instance(call, instance_id)
    raise MandorlaError("Lookalike audiences are not served here. Create a rule-based one with POST /amc/audiences/query.")


def brief(call: Call, audience: AmcAudience) -> dict[str, Any]:
    """What AMC answers to whoever created or changed an audience."""
    status, _ = status_of(call, audience)
    return {
        "audience_execution_id": audience.audience_id,
        "audience_execution_description": SAID[status],
        "status": status,
    }


def shown(call: Call, audience: AmcAudience) -> dict[str, Any]:
    """An audience as AMC answers. Its times are those of its window now, which moves with each refresh if it is relative."""
    status, reason = status_of(call, audience)
    hidden = ("time_window_start", "time_window_end")
    return {
        **{name: value for name, value in audience.definition.items() if name not in hidden},
        "audience_execution_id": audience.audience_id,
        "instance_id": audience.instance_id,
        "audience_type": "RULE_BASED",
        "audience_count": audience.size,
        "no3p_trackers": True,
        "status": status,
        "status_reason": reason or None,
        "create_time": written(audience.created_at),
        "last_refreshed_time": written(audience.refreshed_at),
        "time_window_start": written(audience.window_start),
        "time_window_end": written(audience.window_end),
        "dsp_audience_id": audience.audience_id if audience.refreshed_at is not None else None,
    }


OPERATIONS: Operations = {
    "CreateQueryBasedAudience": create_query_based_audience,
    "GetAllQueryBasedAudiencesByInstanceId": get_all_query_based_audiences_by_instance_id,
    "GetQueryBasedAudienceByAudienceExecutionId": get_query_based_audience_by_audience_execution_id,
    "UpdateQueryBasedAudienceByAudienceExecutionId": update_query_based_audience_by_audience_execution_id,
    "DeleteQueryBasedAudienceByAudienceExecutionId": delete_query_based_audience_by_audience_execution_id,
    "CreateLookalikeAudience": create_lookalike_audience,
}
