"""Work that takes long and must survive a crash: what is to be done, how far it is, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

JobStatus = Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]

# What changes a job's status, as (status, event) -> status. "Lease lost" is a worker that died or hung.
JOB_LIFECYCLE: dict[tuple[JobStatus, str], JobStatus] = {
    ("QUEUED", "claimed"): "RUNNING",
    ("QUEUED", "cancelled"): "CANCELLED",
    ("RUNNING", "lease lost"): "QUEUED",
    ("RUNNING", "finished"): "SUCCEEDED",
    ("RUNNING", "failed"): "FAILED",
    ("RUNNING", "cancelled"): "CANCELLED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of something. `arguments` say what was asked for; `results` gather what its stages found out.

    `subject` is the ARN of what runs (a workflow, a crawler): of one subject at most one job runs at a time.
    """

    account_id: str
    job_id: str
    kind: str
    subject: str
    created_at: datetime
    region: str = "us-east-1"
    status: JobStatus = "QUEUED"
    stages_done: int = 0
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    # Any: each kind of job has its own arguments and results, plain JSON, read by its own stages.
    arguments: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[str, Any] = field(default_factory=dict)
    error_message: str = ""

    @property
    def key(self) -> str:
        """Its id."""
        return self.job_id

    @property
    def parent(self) -> str:
        """What it is a run of."""
        return self.subject
