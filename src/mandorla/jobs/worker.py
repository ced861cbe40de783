"""The loop of a worker: claim a job, hold the claim while its stages run, save after each, say how it ended."""

import logging
import os
import shutil
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

from sqlalchemy import Engine

from mandorla.domain.errors import MandorlaError
from mandorla.domain.job import JOB_LIFECYCLE, Job
from mandorla.domain.lifecycle import advance
from mandorla.domain.limits import Limits
from mandorla.jobs.chores import Chore, Round
from mandorla.jobs.stages import ClaimLostError, Ending, Stages, Work, run
from mandorla.store.database import committed, is_worth_another_try, transaction
from mandorla.store.job_queue import JobQueue
from mandorla.store.objects.contents import content_folder_in
from mandorla.store.objects.sweeping import clear_leftovers, sweep
from mandorla.store.records import Records

Done = TypeVar("Done")

LEASE_SECONDS = 15.0
IDLE_SECONDS = 0.1
SECONDS_BETWEEN_SWEEPS = 60.0
SECONDS_BETWEEN_CHORES = 1.0
# After something broke that is no job's fault: a database that is away for a while, say.
SECONDS_AFTER_A_FAULT = 1.0

# A job that took its worker down so often would do so again.
MOST_ATTEMPTS = 5

LOG = logging.getLogger("mandorla.jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process's hands. `jobs` are the stages of every kind of job, `endings` what is written down of those that ended,
    `chores` what is seen to in between."""

    database: Engine
    data_folder: Path
    server_key: bytes
    limits: Limits
    clock: Callable[[], datetime]
    jobs: Mapping[str, Stages]
    endings: Mapping[str, Ending] = field(default_factory=dict)
    chores: tuple[Chore, ...] = ()
    engine: str = "auto"
    lease_seconds: float = LEASE_SECONDS
    name: str = f"{socket.gethostname()}:{os.getpid()}"

    def work(self, stop: Event) -> None:
        """Do jobs until told to stop; in between, remove the bytes of objects that nobody names any more.

        What breaks on the way is logged, and does not end the worker: whoever waits for a job would wait for good.
        """
        contents = content_folder_in(self.data_folder)
        clear_leftovers(self.database, contents, now=self.clock())
        next_sweep = next_chores = time.monotonic()  # the time of day may be set back
        while not stop.is_set():
            try:
                if time.monotonic() >= next_chores:
                    self.do_chores()
                    next_chores = time.monotonic() + SECONDS_BETWEEN_CHORES
                if time.monotonic() >= next_sweep:
                    is_more = sweep(self.database, contents, now=self.clock()) > 0
                    next_sweep = time.monotonic() + (0 if is_more else SECONDS_BETWEEN_SWEEPS)
                if not self.work_once():
                    stop.wait(IDLE_SECONDS)
            except Exception as error:  # noqa: BLE001  # its text may hold a person's value
                LOG.error("the worker's round broke: %s", type(error).__name__)
                stop.wait(SECONDS_AFTER_A_FAULT)

    def do_chores(self) -> None:
        """See to everything once; what one chore raises must not keep the others from their turn."""
        for chore in self.chores:
            try:
                with transaction(self.database, writes=True) as connection:
                    chore(
                        Round(
                            records=Records(connection),
                            jobs=JobQueue(connection),
                            contents=content_folder_in(self.data_folder),
                            data_folder=self.data_folder,
                            limits=self.limits,
                            server_key=self.server_key,
                            now=self.clock(),
                        )
                    )
            except Exception as error:  # noqa: BLE001  # it comes round again; its text may hold a person's value
                if not is_worth_another_try(error):
                    LOG.error("chore %s broke: %s", getattr(chore, "__name__", "?"), type(error).__name__)

    def work_once(self) -> bool:
        """Do one job, if one waits."""
        with transaction(self.database, writes=False) as connection:
            if not JobQueue(connection).is_waiting(self.clock()):
                return False
        job = self.in_queue(lambda queue: queue.claim(worker=self.name, now=self.clock(), lease_seconds=self.lease_seconds))
        if job is None:
            return False
        LOG.info("job %s (%s) claimed at stage %d", job.job_id, job.kind, job.stages_done)
        try:
            with self.kept_claim(job) as report:
                ended = self.ended(job, report)
            LOG.info("job %s (%s) is %s", ended.job_id, ended.kind, ended.status)
        except ClaimLostError:
            LOG.warning("job %s (%s) is no longer ours", job.job_id, job.kind)
            if not self.is_cancelled(job):
                return True
        shutil.rmtree(self.scratch_of(job), ignore_errors=True)
        return True

    def ended(self, job: Job, report: Callable[[str, int, int], None]) -> Job:
        """Run the job's stages; what they raise makes it a failed one."""
        if job.attempts > MOST_ATTEMPTS:
            return self.failed(job, f"The job ended its worker {MOST_ATTEMPTS} times. The server's log says how.")
        scratch = self.scratch_of(job)
        scratch.mkdir(parents=True, exist_ok=True)
        work = Work(
            job=job,
            database=self.database,
            data_folder=self.data_folder,
            scratch=scratch,
            server_key=self.server_key,
            limits=self.limits,
            clock=self.clock,
            report=report,
            engine=self.engine,
        )
        try:
            return run(work, self.jobs[job.kind], self.save)
        except MandorlaError as error:
            return self.failed(job, error.message)
        except ClaimLostError:
            raise
        except Exception as error:  # noqa: BLE001  # a job's fault must not end the worker; its text may hold a person's value
            places = "; ".join(f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-5:])
            LOG.error("job %s (%s) broke: %s at %s", job.job_id, job.kind, type(error).__name__, places)
            return self.failed(job, "An internal error ended the job. The server's log holds its place under the job's id.")

    def failed(self, job: Job, message: str) -> Job:
        """The job with the reason why it ended; ClaimLostError if it was cancelled meanwhile."""
        latest = self.in_queue(lambda queue: queue.find(job.account_id, job.job_id)) or job
        if latest.status != "RUNNING":
            raise ClaimLostError
        status = advance(JOB_LIFECYCLE, latest.status, "failed")
        failed = replace(latest, status=status, ended_at=self.clock(), error_message=message)
        self.save(failed)
        return failed

    def save(self, job: Job) -> None:
        """Keep the job, if it is still ours, and with its end what is to be written down of that."""

        def saved(queue: JobQueue) -> bool:
            is_ours, ending = queue.save(job, worker=self.name), self.endings.get(job.kind)
            if is_ours and job.ended_at is not None and ending is not None:
                ending(Records(queue.connection), job)
            return is_ours

        if not self.in_queue(saved):
            raise ClaimLostError

    def is_cancelled(self, job: Job) -> bool:
        """Whether nobody will go on with the job, so that what lies in its folder is of no use."""
        latest = self.in_queue(lambda queue: queue.find(job.account_id, job.job_id))
        return latest is None or latest.status == "CANCELLED"

    @contextmanager
    def kept_claim(self, job: Job) -> Iterator[Callable[[str, int, int], None]]:
        """Extend the lease from a thread of its own while the work lasts; gives the function that reports progress."""
        over, doing = Event(), [""]

        def report(words: str, done: int, total: int) -> None:
            doing[0] = f"{words} {done}/{total}"

        def extended(queue: JobQueue, *, now: datetime, progress: str) -> bool:
            return queue.extend(job.job_id, worker=self.name, now=now, lease_seconds=self.lease_seconds, progress=progress)

        def extend() -> None:
            while not over.wait(self.lease_seconds / 3):
                try:
                    self.in_queue(partial(extended, now=self.clock(), progress=doing[0]))
                except Exception as error:  # noqa: BLE001  # it comes round again before the lease ends
                    LOG.error("job %s (%s) could not extend its claim: %s", job.job_id, job.kind, type(error).__name__)

        thread = Thread(target=extend, daemon=True)
        thread.start()
        try:
            yield report
        finally:
            over.set()
            thread.join()

    def scratch_of(self, job: Job) -> Path:
        """The job's own folder."""
        return self.data_folder / "scratch" / job.job_id

    def in_queue(self, do: Callable[[JobQueue], Done]) -> Done:
        """What something gives that is done with the jobs in one transaction; again where only two transactions met."""
        return committed(self.database, lambda connection: do(JobQueue(connection)))
