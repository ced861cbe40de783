"""Jobs in the database: queued once, claimed by one worker at a time, saved after every stage.

A claim is a lease: it ends by itself when a worker dies, and the job waits for the next one, at the stage it had reached.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.functions import count

from mandorla.domain.job import JOB_LIFECYCLE, Job, JobStatus
from mandorla.domain.lifecycle import advance
from mandorla.store.database import METADATA, decode, encode
from mandorla.store.records import KEY

JOBS = Table(
    "jobs",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("job_id", String(64), nullable=False, unique=True),
    Column("account_id", String(12), nullable=False),
    Column("subject", KEY, nullable=False),
    Column("status", String(16), nullable=False),
    Column("claimed_by", String(128), nullable=False, default=""),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("progress", Text, nullable=False, default=""),
    Column("document", Text, nullable=False),
)
Index("jobs_by_status", JOBS.c.status, JOBS.c.lease_until)
Index("jobs_by_subject", JOBS.c.subject, JOBS.c.number)

# Every worker asks this ten times a second, and every look at a run asks for it; so their statements are made once.
IS_LOST = and_(JOBS.c.status == "RUNNING", JOBS.c.lease_until < bindparam("now"))
WAITING = select(JOBS.c.number).where(or_(JOBS.c.status == "QUEUED", IS_LOST)).limit(1)
FIND = select(JOBS.c.document).where(JOBS.c.account_id == bindparam("account_id"), JOBS.c.job_id == bindparam("job_id"))


@dataclass(frozen=True, slots=True)
class JobQueue:
    """The jobs as one transaction sees them."""

    connection: Connection

    def add(self, job: Job) -> None:
        """Queue a job."""
        row = {"job_id": job.job_id, "account_id": job.account_id, "subject": job.subject, "status": job.status}
        self.connection.execute(insert(JOBS).values(**row, document=encode(job)))

    def find(self, account_id: str, job_id: str) -> Job | None:
        """An account's job."""
        document = self.connection.execute(FIND, {"account_id": account_id, "job_id": job_id}).scalar()
        return None if document is None else decode(Job, document)

    def of_subject(self, subject: str, *, before: int | None = None, limit: int | None = None) -> list[tuple[int, Job]]:
        """The runs of something, the latest first, each with the number that the next page starts before."""
        where = (JOBS.c.subject == subject, *((JOBS.c.number < before,) if before is not None else ()))
        query = select(JOBS.c.number, JOBS.c.document).where(*where).order_by(JOBS.c.number.desc()).limit(limit)
        return [(number, decode(Job, document)) for number, document in self.connection.execute(query)]

    def active(self, account_id: str, kind: str) -> list[Job]:
        """An account's jobs of a kind that wait or run, the oldest first."""
        where = (JOBS.c.account_id == account_id, JOBS.c.status.in_(("QUEUED", "RUNNING")))
        documents = self.connection.execute(select(JOBS.c.document).where(*where).order_by(JOBS.c.number)).scalars()
        return [job for job in (decode(Job, document) for document in documents) if job.kind == kind]

    def active_of_subject(self, subject: str) -> list[Job]:
        """The runs of something that wait or go on."""
        return [job for _, job in self.of_subject(subject) if job.status in ("QUEUED", "RUNNING")]

    def is_waiting(self, now: datetime) -> bool:
        """Whether any job waits or has lost its worker: a look that keeps nobody from writing."""
        return self.connection.execute(WAITING, {"now": now.timestamp()}).first() is not None

    def claim(self, *, worker: str, now: datetime, lease_seconds: float) -> Job | None:
        """The oldest job that may run, now this worker's for some time; None when there is nothing to do.

        A job waits while another of the same subject runs. A running job whose lease is over goes on where it was.
        """
        other = JOBS.alias()
        is_subject_busy = exists().where(
            and_(other.c.subject == JOBS.c.subject, other.c.status == "RUNNING", other.c.job_id != JOBS.c.job_id)
        )
        is_waiting = and_(JOBS.c.status == "QUEUED", ~is_subject_busy)
        query = select(JOBS.c.document).where(or_(IS_LOST, is_waiting)).order_by(JOBS.c.number).limit(1)
        query = query.with_for_update(skip_locked=True)
        document = self.connection.execute(query, {"now": now.timestamp()}).scalar()
        if document is None:
            return None
        job = decode(Job, document)
        status = advance(JOB_LIFECYCLE, "QUEUED" if job.status == "RUNNING" else job.status, "claimed")
        claimed = replace(job, status=status, started_at=job.started_at or now, attempts=job.attempts + 1)
        self.write(claimed, claimed_by=worker, lease_until=(now + timedelta(seconds=lease_seconds)).timestamp())
        return claimed

    def extend(self, job_id: str, *, worker: str, now: datetime, lease_seconds: float, progress: str = "") -> bool:
        """Hold a claim for longer; False if it is another's by now, or the job was cancelled."""
        lease_until = (now + timedelta(seconds=lease_seconds)).timestamp()
        change = update(JOBS).where(*held(job_id, worker)).values(lease_until=lease_until, progress=progress)
        return bool(self.connection.execute(change).rowcount)

    def save(self, job: Job, *, worker: str) -> bool:
        """Keep what a stage found; False if the claim is lost, and then nothing of it may count."""
        change = update(JOBS).where(*held(job.job_id, worker)).values(status=job.status, document=encode(job))
        return bool(self.connection.execute(change).rowcount)

    def cancel(self, job: Job, *, now: datetime) -> Job:
        """A job that nobody shall go on with."""
        cancelled = replace(job, status=advance(JOB_LIFECYCLE, job.status, "cancelled"), ended_at=now)
        self.write(cancelled, claimed_by="")
        return cancelled

    def progress_of(self, job_id: str) -> str:
        """What a running job is doing, in words and numbers without anybody's data."""
        return self.connection.execute(select(JOBS.c.progress).where(JOBS.c.job_id == job_id)).scalar() or ""

    def counts(self) -> Mapping[JobStatus, int]:
        """How many jobs are in each status, for the metrics."""
        counted = self.connection.execute(select(JOBS.c.status, count()).group_by(JOBS.c.status))
        return dict(tuple(row) for row in counted)

    def write(self, job: Job, **columns: Any) -> None:  # Any: values of the columns above
        """Change a job's row."""
        change = update(JOBS).where(JOBS.c.job_id == job.job_id)
        self.connection.execute(change.values(status=job.status, document=encode(job), **columns))


def held(job_id: str, worker: str) -> tuple[Any, ...]:  # Any: conditions are SQLAlchemy's
    """The condition that a job is still this worker's."""
    return JOBS.c.job_id == job_id, JOBS.c.claimed_by == worker, JOBS.c.status == "RUNNING"
