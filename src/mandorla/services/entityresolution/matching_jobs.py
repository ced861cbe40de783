"""Matching jobs: one run of a matching workflow each, queued here and run in stages by a worker (`matching_stages.py`)."""

from typing import Any

from mandorla.domain.errors import ConflictError, LimitError, NotFoundError
from mandorla.domain.job import Job
from mandorla.domain.workflows import MatchingWorkflow
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.job_pages import page_of_jobs, summary
from mandorla.services.entityresolution.matching_workflows import MATCHING


def start_matching_job(call: Call, *, workflow_name) -> Any:
    """Queue a run of a workflow; ConflictError while one runs, LimitError while the account has enough others."""
    workflow = call.records.get(MatchingWorkflow, call.account_id, workflow_name)
    running = call.jobs.active(workflow.account_id, MATCHING)
    if any(job.subject == workflow.workflow_arn for job in running):
        raise ConflictError(f"The workflow {workflow.workflow_name} is currently running. Wait for its job to end.")
    if len(running) >= call.limits.concurrent_matching_jobs:
        raise LimitError(f"An account can run {call.limits.concurrent_matching_jobs} matching job at a time.")
    job = Job(
        account_id=workflow.account_id,
        job_id=call.new_hex_id(),
        kind=MATCHING,
        subject=workflow.workflow_arn,
        created_at=call.now,
        region=call.region,
        arguments={"workflow_name": workflow.workflow_name},
    )
    call.jobs.add(job)
    return {"job_id": job.job_id}


def get_matching_job(call: Call, *, workflow_name, job_id) -> Any:
    """How far a job is, and how it ended."""
    workflow = call.records.get(MatchingWorkflow, call.account_id, workflow_name)
    job = call.jobs.find(call.account_id, job_id)
    if job is None or job.subject != workflow.workflow_arn:
        raise NotFoundError(f"The job {job_id} of {workflow.workflow_name} was not found.")
    return {
        **summary(job),
        "metrics": job.results.get("metrics") if job.status == "SUCCEEDED" else None,
        "error_details": {"error_message": job.error_message} if job.error_message else None,
    }


def list_matching_jobs(call: Call, *, workflow_name, next_token=None, max_results=None) -> Any:
    """A workflow's jobs, the latest first."""
    workflow = call.records.get(MatchingWorkflow, call.account_id, workflow_name)
    return page_of_jobs(call, workflow.workflow_arn, next_token=next_token, max_results=max_results)


OPERATIONS: Operations = {
    "StartMatchingJob": start_matching_job,
    "GetMatchingJob": get_matching_job,
    "ListMatchingJobs": list_matching_jobs,
}
