"""Run a job from its last finished stage: what a stage is, what it is given, and how a job ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine

from mandorla.domain.job import JOB_LIFECYCLE, Job
from mandorla.domain.lifecycle import advance
from mandorla.domain.limits import Limits
from mandorla.domain.progress import Report
from mandorla.store.database import transaction, tried
from mandorla.store.job_queue import JobQueue
from mandorla.store.objects.contents import Contents, content_folder_in
from mandorla.store.records import Records

Changed = TypeVar("Changed")


class ClaimLostError(Exception):
    """Another worker has the job, or somebody cancelled it: this one must not write another word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a stage is given. `scratch` is a folder of the job's own, kept between its stages and removed at its end;
    `engine` is the name of the one that matches people."""

    job: Job
    database: Engine
    data_folder: Path
    scratch: Path
    server_key: bytes
    limits: Limits
    clock: Callable[[], datetime]
    report: Report
    engine: str = "auto"

    @property
    def contents(self) -> Contents:
        """The bytes behind S3."""
        return content_folder_in(self.data_folder)

    @contextmanager
    def records(self, *, writes: bool = False) -> Iterator[tuple[Records, JobQueue]]:
        """The records in one transaction."""
        with transaction(self.database, writes=writes) as connection:
            yield Records(connection), JobQueue(connection)

    def changed(self, change: Callable[[Records], Changed]) -> Changed:
        """What a change of the records gives, made in one transaction, and only while the job is still to be done."""

        def once() -> Changed:
            with self.records(writes=True) as (records, jobs):
                job = jobs.find(self.job.account_id, self.job.job_id)
                if job is None or job.status != "RUNNING":
                    raise ClaimLostError
                return change(records)

        return tried(once)


# A stage returns what it found out, plain JSON, which the job keeps. It may run twice, and must then end the same:
# a crash can fall between the work and the save.
# Any: each stage has its own results.
Stage = Callable[[Work], Mapping[str, Any]]
Stages = tuple[Stage, ...]
Save = Callable[[Job], None]

# What is written down of a job that ended, in the transaction that keeps how it ended: both, or neither.
Ending = Callable[[Records, Job], None]


def run(work: Work, stages: Stages, save: Save) -> Job:
    """The job at its end. Whatever a stage raises is the caller's to turn into a failure."""
    for stage in stages[work.job.stages_done :]:
        found = tried(partial(stage, work))
        job = replace(work.job, stages_done=work.job.stages_done + 1, results={**work.job.results, **found})
        save(job)
        work = replace(work, job=job)
    finished = replace(work.job, status=advance(JOB_LIFECYCLE, work.job.status, "finished"), ended_at=work.clock())
    save(finished)
    return finished
