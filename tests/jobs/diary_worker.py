"""A worker process whose jobs write a diary: run as a program, it does jobs until it is killed, perhaps by a stage itself."""

import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

from mandorla.domain.errors import MandorlaError
from mandorla.domain.job import Job
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.domain.log_event import LogEvent
from mandorla.jobs.stages import Stage, Work
from mandorla.jobs.worker import Worker
from mandorla.store.migrating import open_database
from mandorla.store.records import Records

STAGES = 4


def stage(number: int) -> Stage:
    """A stage that writes its line, and takes the process down once, before or after the work, where the job says so."""

    def write(work: Work) -> Mapping[str, Any]:
        die(work.data_folder, work.job, f"before {number}")
        (work.data_folder / f"{work.job.job_id}.{number}").write_text(f"{number} of {work.job.arguments['name']}")
        if work.job.arguments.get("fails_at") == number:
            raise MandorlaError(f"Stage {number} cannot go on. Mend its input.")
        die(work.data_folder, work.job, f"after {number}")
        return {f"stage_{number}": number}

    return write


def end(data_folder: Path, records: Records, job: Job) -> None:
    """Write down that the job ended, each time under another name, and die where the job says so."""
    assert job.ended_at is not None
    line = LogEvent(
        account_id=job.account_id, group=job.job_id, stream="", id=uuid4().hex, time=job.ended_at, message=job.status
    )
    records.add(line)
    die(data_folder, job, "while ending")


def die(data_folder: Path, job: Job, place: str) -> None:
    """Kill this process, as the machine would, but only once."""
    mark = data_folder / f"{job.job_id}.killed"
    if job.arguments.get("dies") == place and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


JOBS = {"diary": tuple(stage(number) for number in range(STAGES))}


def worker(data_folder: Path, database_url: str) -> Worker:
    """Hands for diaries."""
    return Worker(
        database=open_database(database_url),
        data_folder=data_folder,
        server_key=b"k" * 32,
        limits=DEFAULT_LIMITS,
        clock=lambda: datetime.now(UTC),
        jobs=JOBS,
        endings={"diary": partial(end, data_folder)},
        lease_seconds=1.0,
    )


if __name__ == "__main__":
    worker(Path(sys.argv[1]), sys.argv[2]).work(Event())
