"""Run a job from its last finished stage: what a stage is, what it is given, and how a job ends."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from mandorla.domain.job import JOB_LIFECYCLE, Job
from mandorla.domain.lifecycle import advance
from mandorla.domain.limits import Limits
from mandorla.domain.progress import Report
from mandorla.store.database import transaction
from mandorla.store.job_queue import JobQueue
from mandorla.store.objects.contents import Contents, content_folder_in
from mandorla.store.records import Records


class ClaimLostError(Exception):
    """Another worker has the job, or somebody cancelled it: this one must not write another word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a stage is given. `scratch` is a folder of the job's own, kept between its stages and removed at its end."""

    job: Job
    database: Engine
    data_folder: Path
    scratch: Path
    server_key: bytes
    limits: Limits
    clock: Callable[[], datetime]
    report: Report

    @property
    def contents(self) -> Contents:
        """The bytes behind S3."""
        return content_folder_in(self.data_folder)

    @contextmanager
    def records(self, *, writes: bool = False) -> Iterator[tuple[Records, JobQueue]]:
        """The records in one transaction."""
        with transaction(self.database, writes=writes) as connection:
            yield Records(connection), JobQueue(connection)


# A stage returns what it found out, plain JSON, which the job keeps. It may run twice, and must then end the same:
# a crash can fall between the work and the save.
# Any: each stage has its own results.
Stage = Callable[[Work], Mapping[str, Any]]
Stages = tuple[Stage, ...]
Save = Callable[[Job], None]


def run(work: Work, stages: Stages, save: Save) -> Job:
    """The job at its end. Whatever a stage raises is the caller's to turn into a failure."""
    for stage in stages[work.job.stages_done :]:
        found = stage(work)
        job = replace(work.job, stages_done=work.job.stages_done + 1, results={**work.job.results, **found})
        save(job)
        work = replace(work, job=job)
    finished = replace(work.job, status=advance(JOB_LIFECYCLE, work.job.status, "finished"), ended_at=work.clock())
    save(finished)
    return finished
