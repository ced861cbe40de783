"""How far a question is and why it failed, in Clean Rooms' words."""

from mandorla.domain.job import Job

TIMED_OUT = "ran for longer than"
STATUSES = {"QUEUED": "SUBMITTED", "RUNNING": "STARTED", "SUCCEEDED": "SUCCESS", "FAILED": "FAILED", "CANCELLED": "CANCELLED"}


def status_of(job: Job) -> str:
    """A job's status in Clean Rooms' words."""
    return "TIMED_OUT" if job.status == "FAILED" and TIMED_OUT in job.error_message else STATUSES[job.status]


def error_code(message: str) -> str:
    """Clean Rooms' code for why a query failed."""
    if "is not authorized to" in message:
        return "RESOURCE_ACCESS_DENIED"
    if "MEMORY" in message or "more memory" in message or TIMED_OUT in message:
        return "INSUFFICIENT_COMPUTE"
    return "INTERNAL_ERROR" if message.startswith("An internal error") else "INVALID_RESOURCE"
