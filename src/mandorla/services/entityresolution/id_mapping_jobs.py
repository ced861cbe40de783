"""ID mapping jobs: one run of a workflow each, queued here and run in stages by a worker (`id_mapping_stages.py`)."""

from typing import Any

from mandorla.domain.errors import ConflictError, LimitError, NotFoundError
from mandorla.domain.id_mapping import IdMappingJobMetrics
from mandorla.domain.job import Job
from mandorla.domain.workflows import IdMappingWorkflow
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.id_mapping_workflows import ID_MAPPING, find_workflow, mapping_of
from mandorla.services.entityresolution.id_namespaces import require_role
from mandorla.services.entityresolution.job_pages import page_of_jobs, summary

METRICS = tuple(IdMappingJobMetrics.__dataclass_fields__)


def start_id_mapping_job(call: Call, *, workflow_name, output_source_config=(), job_type=None) -> Any:
    """Queue a run of a workflow."""
    workflow = find_workflow(call, workflow_name)
    for output in output_source_config:
        require_role(call, output["role_arn"])
    job = queue_job(call, workflow, job_type=job_type, outputs=tuple(output_source_config))
    answer = {"job_id": job.job_id, "job_type": job.arguments["job_type"]}
    return {**answer, "output_source_config": output_source_config or None}


def queue_job(
    call: Call,
    workflow: IdMappingWorkflow,
    *,
    job_type: str | None,
    outputs: tuple[Any, ...] = (),
    is_limited: bool = True,
) -> Job:
    """A job of a workflow that can run; ConflictError while one runs, LimitError while the account has enough others.

    The account's quota does not bind what AMC starts by itself (`is_limited` false): its jobs wait in the queue.

    "INCREMENTAL … is the default job type if the ID mapping workflow was created … with incrementalRunConfig specified";
    otherwise it is BATCH.
    """
    running = call.jobs.active(workflow.account_id, ID_MAPPING)
    if any(job.subject == workflow.workflow_arn for job in running):
        raise ConflictError(f"The workflow {workflow.workflow_name} is currently running. Wait for its job to end.")
    if is_limited and len(running) >= call.limits.concurrent_id_mapping_jobs:
        raise LimitError(
            f"An account can run {call.limits.concurrent_id_mapping_jobs} ID mapping job at a time. Wait for the other to end."
        )
    mapping_of(call.records, workflow, is_written=bool(outputs))
    default = "INCREMENTAL" if workflow.incremental_run_config else "BATCH"
    job = Job(
        account_id=workflow.account_id,
        job_id=call.new_hex_id(),
        kind=ID_MAPPING,
        subject=workflow.workflow_arn,
        created_at=call.now,
        region=call.region,
        arguments={"job_type": job_type or default, "outputs": [*outputs], "workflow_name": workflow.workflow_name},
    )
    call.jobs.add(job)
    return job


def get_id_mapping_job(call: Call, *, workflow_name, job_id) -> Any:
    """How far a job is, and how it ended."""
    workflow = find_workflow(call, workflow_name)
    job = call.jobs.find(call.account_id, job_id)
    if job is None or job.subject != workflow.workflow_arn:
        raise NotFoundError(f"The job {job_id} of {workflow.workflow_name} was not found.")
    metrics = job.results.get("metrics")
    return {
        **summary(job),
        "metrics": {name: metrics[name] for name in METRICS} if metrics and job.status == "SUCCEEDED" else None,
        "error_details": {"error_message": job.error_message} if job.error_message else None,
        "output_source_config": job.arguments["outputs"] or None,
        "job_type": job.arguments["job_type"],
    }


def list_id_mapping_jobs(call: Call, *, workflow_name, next_token=None, max_results=None) -> Any:
    """A workflow's jobs, the latest first."""
    workflow = find_workflow(call, workflow_name)
    return page_of_jobs(call, workflow.workflow_arn, next_token=next_token, max_results=max_results)


OPERATIONS: Operations = {
    "StartIdMappingJob": start_id_mapping_job,
    "GetIdMappingJob": get_id_mapping_job,
    "ListIdMappingJobs": list_id_mapping_jobs,
}
