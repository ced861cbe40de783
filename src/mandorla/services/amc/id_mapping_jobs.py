"""The jobs of a mapping table, as AMC shows them: the same jobs that Entity Resolution shows, in AMC's words."""

from base64 import urlsafe_b64encode
from typing import Any

from mandorla.domain.amc import AmcTracking
from mandorla.domain.errors import NotFoundError
from mandorla.domain.job import Job
from mandorla.services.amc.id_mapping_tables import find_table
from mandorla.services.amc.times import written
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.job_pages import number_of

METRICS = (
    "input_records", "total_records_processed", "records_not_processed", "total_mapped_records",
    "total_mapped_source_records", "total_mapped_target_records", "unique_records_loaded",
)  # fmt: skip


def list_collaboration_id_mapping_jobs(
    call: Call, *, instance_id, id_mapping_table_id, max_results=None, next_token=None
) -> Any:
    """A table's jobs, the latest first."""
    _, _, table = find_table(call, instance_id, id_mapping_table_id)
    size = max_results or 25
    found = call.jobs.of_subject(table.workflow_arn, before=number_of(next_token or None), limit=size + 1)
    page = found[:size]
    token = urlsafe_b64encode(str(page[-1][0]).encode()).decode() if len(found) > size else None
    return {"id_mapping_table_id": table.id, "id_mapping_jobs": [summary(job) for _, job in page], "next_token": token}


def get_collaboration_id_mapping_job(call: Call, *, instance_id, id_mapping_table_id, job_id) -> Any:
    """How far a job is, and how it ended."""
    _, _, table = find_table(call, instance_id, id_mapping_table_id)
    job = call.jobs.find(table.account_id, job_id)
    if job is None or job.subject != table.workflow_arn:
        raise NotFoundError(f"The job {job_id[:60]!r} of the table {table.id} was not found.")
    counted = job.results.get("metrics") if job.status == "SUCCEEDED" else None
    metrics = {name: counted[name] for name in METRICS} if counted else None
    return {"id_mapping_job": {**summary(job), "error_details": job.error_message or None, "metrics": metrics}}


def get_collaboration_id_mapping_job_for_tracking_id(call: Call, *, instance_id, id_mapping_table_id, tracking_id) -> Any:
    """The job that a tracking id stands for, once it has begun."""
    _, _, table = find_table(call, instance_id, id_mapping_table_id)
    tracking = call.records.find(AmcTracking, call.account_id, tracking_id)
    if tracking is None or tracking.table_id != table.id:
        raise NotFoundError(f"The tracking id {tracking_id[:60]!r} of the table {table.id} was not found.")
    return {"id_mapping_job_id": tracking.job_id or None}


def summary(job: Job) -> dict[str, Any]:
    """What lists and Get both show of a job."""
    return {
        "job_id": job.job_id,
        "status": job.status if job.status != "CANCELLED" else "UNKNOWN",
        "start_time": written(job.started_at or job.created_at),
        "end_time": written(job.ended_at),
    }


OPERATIONS: Operations = {
    "ListCollaborationIdMappingJobs": list_collaboration_id_mapping_jobs,
    "GetCollaborationIdMappingJob": get_collaboration_id_mapping_job,
    "GetCollaborationIdMappingJobForTrackingId": get_collaboration_id_mapping_job_for_tracking_id,
}
