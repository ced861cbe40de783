"""A workflow's jobs in pages, the latest first."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.domain.job import Job
from mandorla.services.call import Call


def page_of_jobs(call: Call, subject: str, *, next_token: str | None, max_results: int | None) -> dict[str, Any]:
    """What ListMatchingJobs and ListIdMappingJobs answer with."""
    size = min(max_results or 25, 25)
    found = call.jobs.of_subject(subject, before=number_of(next_token), limit=size + 1)
    page = found[:size]
    token = urlsafe_b64encode(str(page[-1][0]).encode()).decode() if len(found) > size else None
    return {"jobs": [summary(job) for _, job in page], "next_token": token}


def number_of(token: str | None) -> int | None:
    """The number that a page begins before."""
    if token is None:
        return None
    try:
        return int(urlsafe_b64decode(token))
    except (Error, ValueError) as error:
        raise MandorlaError("nextToken is not one that this service gave out. Leave it out.") from error


def summary(job: Job) -> dict[str, Any]:
    """What lists and Get both show of a job."""
    started = job.started_at or job.created_at
    return {"job_id": job.job_id, "status": job.status, "start_time": started, "end_time": job.ended_at}
