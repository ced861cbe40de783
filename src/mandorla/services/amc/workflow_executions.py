"""Workflow executions: one run of a workflow each, queued here and run by a worker (`execution_stages.py`)."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mandorla.domain.amc import AmcExecution, AmcInstance
from mandorla.domain.collaboration import Member
from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.domain.job import Job
from mandorla.services.amc.instances import find_instance, page_size
from mandorla.services.amc.logged_questions import logged_question
from mandorla.services.amc.time_windows import window_of
from mandorla.services.amc.times import written
from mandorla.services.amc.workflows import checked, find_workflow
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.query_log import log_status
from mandorla.services.paging import paged

EXECUTION = "amc execution"

# What would narrow what an execution reads, or widen who receives it, and is not done here: better refused than not done.
NOT_HONOURED = {
    "advertisers": "advertisers is not served here: an execution reads all data of the instance. Filter in the query.",
    "additional_acr_results_receivers": (
        "additionalAcrResultsReceivers is not served here: the answer goes to the customer's membership only."
    ),
}

# From a job's status to AMC's word for it.
STATUSES = {
    "QUEUED": "PENDING",
    "RUNNING": "RUNNING",
    "SUCCEEDED": "SUCCEEDED",
    "FAILED": "FAILED",
    "CANCELLED": "CANCELLED",
}


def create_workflow_execution(call: Call, *, instance_id, workflow_id=None, workflow=None, **members) -> Any:
    """Queue a run of a kept workflow, or of one that is given here."""
    instance = find_instance(call, instance_id)
    for name, why in NOT_HONOURED.items():
        if members.get(name):
            raise MandorlaError(why)
    if (workflow_id is None) == (workflow is None):
        raise MandorlaError("Name a workflowId, or give a workflow; one of both.")
    if workflow is not None:
        definition = checked({name: value for name, value in workflow.items() if name != "workflow_id"})
        # Without an id of its own, AMC shows a query that was given here as the workflow `transient_…`.
        name = workflow.get("workflow_id") or f"transient_{call.new_uuid()}"
        execution = start(call, instance, name, definition, members)
    else:
        kept = find_workflow(call, instance.instance_id, workflow_id)
        execution = start(call, instance, kept.workflow_id, kept.definition, members)
    return answer(call, execution)


def start(
    call: Call, instance: AmcInstance, workflow_id: str, definition: Mapping[str, Any], request: Mapping[str, Any]
) -> AmcExecution:
    """An execution with its job, which may have to wait. MandorlaError for parameters that are missing."""
    require_parameters(definition, request.get("parameter_values") or {})
    window_start, window_end = window_of(request, call.now)
    execution_id = call.new_uuid()
    job = Job(
        account_id=call.account_id,
        job_id=execution_id,
        kind=EXECUTION,
        subject=lane_of(call, instance),
        created_at=call.now,
        region=call.region,
        arguments={
            "instance": instance.instance_id,
            **logged_question(instance, definition["sql_query"], (instance.aws_account_id,)),
        },
    )
    execution = AmcExecution(
        account_id=call.account_id,
        instance_id=instance.instance_id,
        execution_id=execution_id,
        workflow_id=workflow_id,
        definition=definition,
        request={name: value for name, value in request.items() if value is not None},
        job_id=job.job_id,
        window_start=window_start,
        window_end=window_end,
        created_at=call.now,
    )
    call.jobs.add(job)
    call.records.add(execution)
    log_status(call.records, job)
    return execution


def lane_of(call: Call, instance: AmcInstance) -> str:
    """The subject of an execution's job: the emptiest of the instance's lanes, in each of which one runs at a time.

    AMC's guide: "10 workflow executions can run in parallel at the instance level", and no limit to those that wait.
    """
    lanes = [f"amc/{instance.instance_id}/{number}" for number in range(call.limits.amc_parallel_executions)]
    waiting = Counter(job.subject for job in call.jobs.active(call.account_id, EXECUTION))
    return min(lanes, key=lambda lane: waiting[lane])


def require_parameters(definition: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Every parameter of the workflow has a value or a default, and no value is for none of them."""
    if not isinstance(values, Mapping):
        raise MandorlaError("parameterValues must be an object: a value under each parameter's name.")
    declared = {one["name"]: one for one in definition.get("input_parameters") or ()}
    missing = sorted(name for name, one in declared.items() if one.get("default_value") is None and name not in values)
    if missing:
        raise MandorlaError(f"parameterValues lacks {', '.join(missing)}, which has no default.")
    unknown = sorted(set(values) - set(declared))
    if declared and unknown:
        raise MandorlaError(f"parameterValues names {', '.join(unknown)}, which the workflow's inputParameters does not have.")


def find_execution(call: Call, instance_id: str, execution_id: str) -> AmcExecution:
    """An execution of an instance."""
    instance = find_instance(call, instance_id)
    execution = call.records.find(AmcExecution, call.account_id, execution_id)
    if execution is None or execution.instance_id != instance.instance_id:
        raise NotFoundError(f"The workflow execution {execution_id[:60]!r} was not found.")
    return execution


def get_workflow_execution(call: Call, *, instance_id, workflow_execution_id, include_workflow=None) -> Any:
    """How far an execution is, and how it ended."""
    execution = find_execution(call, instance_id, workflow_execution_id)
    return answer(call, execution, with_workflow=(include_workflow or "").lower() == "true")


def answer(call: Call, execution: AmcExecution, *, with_workflow: bool = False) -> dict[str, Any]:
    """An execution wrapped, as the specification has it, and bare, as Amazon's own clients read it."""
    bare = shown(call, execution, with_workflow=with_workflow)
    return {**bare, "workflow_execution": bare}


def list_workflow_executions(call: Call, *, instance_id, next_token=None, limit=None, **members) -> Any:
    """The executions of an instance, the latest first; cancelled ones only where they are asked for.

    On the last page `nextToken` is left out: one of Amazon's clients reads on at null.
    """
    instance = find_instance(call, instance_id)
    found = [one for one in call.records.children(AmcExecution, instance.instance_id) if is_wanted(call, one, members)]
    is_ascending = (members.get("sort_ascending") or "").lower() == "true"
    found.sort(key=order_of, reverse=not is_ascending)

    def read(after: str, size: int) -> list[AmcExecution]:
        behind = [one for one in found if not after or ((order_of(one) > after) == is_ascending and order_of(one) != after)]
        return behind[:size]

    page, token = paged(read, token=next_token, max_results=page_size(limit), key_of=order_of, largest=100)
    with_workflow = (members.get("include_workflow") or "").lower() == "true"
    return {"executions": [shown(call, one, with_workflow=with_workflow) for one in page], "next_token": token}


def order_of(execution: AmcExecution) -> str:
    """By when it was created, and by id among those of one moment."""
    return f"{execution.created_at.astimezone(UTC).isoformat()} {execution.execution_id}"


def is_wanted(call: Call, execution: AmcExecution, wanted: Mapping[str, Any]) -> bool:
    """Whether an execution is what a list asks for."""
    job = call.jobs.find(call.account_id, execution.job_id)
    if job is not None and job.status == "CANCELLED" and (wanted.get("include_cancelled") or "").lower() != "true":
        return False
    if wanted.get("workflow_id") not in (None, execution.workflow_id):
        return False
    earliest, latest = moment(wanted.get("min_creation_time")), moment(wanted.get("max_creation_time"))
    return (earliest is None or execution.created_at >= earliest) and (latest is None or execution.created_at <= latest)


def moment(text: str | None) -> datetime | None:
    """A time of a query string, in UTC where it says nothing else."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise MandorlaError("minCreationTime and maxCreationTime must look like 2026-01-31T00:00:00.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def update_workflow_execution(call: Call, *, instance_id, workflow_execution_id, status=None, **members) -> Any:
    """Cancel an execution; nothing else of it can be changed."""
    if status != "CANCELLED":
        find_execution(call, instance_id, workflow_execution_id)
        raise MandorlaError("Only status CANCELLED can be set: that cancels the execution.")
    return delete_workflow_execution(call, instance_id=instance_id, workflow_execution_id=workflow_execution_id)


def delete_workflow_execution(call: Call, *, instance_id, workflow_execution_id) -> Any:
    """Cancel an execution, as the guide has it: DELETE "to clear their queue". What has ended stays to be looked at."""
    execution = find_execution(call, instance_id, workflow_execution_id)
    job = call.jobs.find(call.account_id, execution.job_id)
    if job is None or job.status not in ("QUEUED", "RUNNING"):
        raise ConflictError("The execution has ended already and cannot be cancelled.")
    log_status(call.records, call.jobs.cancel(job, now=call.now))
    return {}


def get_workflow_execution_download_urls(call: Call, *, instance_id, workflow_execution_id) -> Any:
    """Where to download a result: nowhere, since results of an instance with a collaboration go to its members' buckets."""
    find_execution(call, instance_id, workflow_execution_id)
    raise MandorlaError(
        "Results of an instance with a collaboration are not downloaded: they are written to the bucket of the receiver's "
        "membership. The execution's outputS3URI says where."
    )


def shown(call: Call, execution: AmcExecution, *, with_workflow: bool) -> dict[str, Any]:
    """An execution as AMC answers."""
    job = call.jobs.find(call.account_id, execution.job_id)
    instance = find_instance(call, execution.instance_id)
    customer = call.records.find(Member, instance.aws_account_id, instance.collaboration_id)
    results = job.results if job is not None else {}
    status = STATUSES[job.status] if job is not None else "FAILED"
    kept = ("time_window_type", "time_window_time_zone", "parameter_values", "workflow_execution_timeout_seconds",
            "disable_aggregation_controls", "require_synthetic_data", "dry_run", "advertisers")  # fmt: skip
    query = execution.definition.get("sql_query")
    return {
        "workflow_execution_id": execution.execution_id,
        "workflow_id": execution.workflow_id or None,
        "status": status,
        "status_reason": (job.error_message or None) if job is not None else None,
        "sql_query": query if with_workflow else None,
        "workflow": {"workflow_id": execution.workflow_id or None, **execution.definition} if with_workflow else None,
        "create_time": written(execution.created_at),
        "last_updated_time": written((job and (job.ended_at or job.started_at)) or execution.created_at),
        "time_window_start": written(execution.window_start),
        "time_window_end": written(execution.window_end),
        **{name: execution.request.get(name) for name in kept},
        "output_s3_uri": results.get("output"),
        "acr_collaboration_id": instance.collaboration_id or None,
        "acr_customer_membership_id": (customer.membership_id or None) if customer is not None else None,
        "acr_protected_query_id": results.get("protected_query_id"),
        "output_channels": channels(customer, status) if customer is not None and customer.membership_id else None,
    }


def channels(customer: Member, status: str) -> list[dict[str, Any]]:
    """Where an execution's result goes."""
    state = {"SUCCEEDED": "AVAILABLE", "PENDING": "PENDING", "RUNNING": "PENDING"}.get(status, "FAILED")
    channel = {"type": "ACR", "acr_member_id": customer.account_id, "acr_membership_id": customer.membership_id}
    return [{"channel": channel, "status": state}]


OPERATIONS: Operations = {
    "CreateWorkflowExecution": create_workflow_execution,
    "GetWorkflowExecution": get_workflow_execution,
    "ListWorkflowExecutions": list_workflow_executions,
    "UpdateWorkflowExecution": update_workflow_execution,
    "DeleteWorkflowExecution": delete_workflow_execution,
    "GetWorkflowExecutionDownloadUrls": get_workflow_execution_download_urls,
}
