"""A job ends the same, wherever its worker is killed: real processes, real kills, both databases."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from mandorla.domain.errors import ConflictError, MandorlaError
from mandorla.domain.job import JOB_LIFECYCLE, Job
from mandorla.domain.lifecycle import advance
from mandorla.domain.log_event import LogEvent, parent_of_events
from mandorla.store.database import transaction
from mandorla.store.job_queue import JobQueue
from mandorla.store.migrating import open_database
from mandorla.store.records import Records
from tests.jobs.diary_worker import STAGES, worker

ACCOUNT = "111122223333"
PLACES = [f"{when} {number}" for number in range(STAGES) for when in ("before", "after")]


def diary(job_id: str, *, subject: str = "", **arguments: Any) -> Job:
    """A job that is quickly made."""
    now = datetime.now(UTC)
    arguments = {"name": job_id, **arguments}
    return Job(account_id=ACCOUNT, job_id=job_id, kind="diary", subject=subject or job_id, created_at=now, arguments=arguments)


@contextmanager
def queue(url: str) -> Iterator[JobQueue]:
    """The jobs in one transaction."""
    engine = open_database(url)
    with transaction(engine, writes=True) as connection:
        yield JobQueue(connection)
    engine.dispose()


def written_of(url: str, job: Job) -> list[str]:
    """What was written down of a job's end."""
    with queue(url) as jobs:
        lines = Records(jobs.connection).children(LogEvent, parent_of_events(ACCOUNT, job.job_id))
    return [line.message for line in lines]


def wait_for(url: str, job_ids: list[str], restart: Any = lambda: None) -> dict[str, Job]:
    """The jobs once all have ended."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        restart()
        with queue(url) as jobs:
            found = {job_id: job for job_id in job_ids if (job := jobs.find(ACCOUNT, job_id)) is not None}
        if all(job.ended_at for job in found.values()):
            return found
        time.sleep(0.05)
    raise AssertionError({job_id: job.status for job_id, job in found.items()})


@pytest.mark.parametrize("places", [PLACES, ["while ending"]], ids=["in a stage", "while ending"])
def test_a_job_whose_worker_is_killed_anywhere_ends_the_same(database_url: str, tmp_path: Path, places: list[str]) -> None:
    jobs = [diary(f"killed-{place.replace(' ', '-')}", dies=place) for place in places]
    with queue(database_url) as waiting:
        for job in jobs:
            waiting.add(job)
    command = [sys.executable, "-m", "tests.jobs.diary_worker", str(tmp_path), database_url]
    process = [subprocess.Popen(command)]
    deaths = []

    def restart() -> None:
        if process[0].poll() is not None:
            deaths.append(process[0].returncode)
            process[0] = subprocess.Popen(command)

    try:
        ended = wait_for(database_url, [job.job_id for job in jobs], restart)
    finally:
        process[0].kill()
        process[0].wait()
    assert deaths == [-9] * len(places)
    for job in jobs:
        assert ended[job.job_id].status == "SUCCEEDED"
        assert ended[job.job_id].results == {f"stage_{number}": number for number in range(STAGES)}
        assert [(tmp_path / f"{job.job_id}.{number}").read_text() for number in range(STAGES)] == [
            f"{number} of {job.job_id}" for number in range(STAGES)
        ]
        assert written_of(database_url, job) == ["SUCCEEDED"]


def test_of_one_subject_one_job_runs_at_a_time_and_of_two_both(database_url: str, tmp_path: Path) -> None:
    with queue(database_url) as jobs:
        for job_id in ("first", "second"):
            jobs.add(diary(job_id, subject="the same"))
        jobs.add(diary("other"))
        now = datetime.now(UTC)
        claimed = [jobs.claim(worker=f"worker {number}", now=now, lease_seconds=60) for number in range(3)]
        assert [job.job_id if job else None for job in claimed] == ["first", "other", None]
        jobs.save(replace(claimed[0], status="SUCCEEDED"), worker="worker 0")
        assert [jobs.claim(worker="worker 3", now=now, lease_seconds=60).job_id] == ["second"]  # type: ignore[union-attr]
        for job in claimed[1:2]:
            jobs.cancel(job, now=now)
        jobs.cancel(jobs.find(ACCOUNT, "second"), now=now)


def test_a_failed_stage_says_why_and_a_cancelled_job_is_left_alone(database_url: str, tmp_path: Path) -> None:
    with queue(database_url) as jobs:
        jobs.add(diary("fails", fails_at=1))
        jobs.add(diary("cancelled"))
        jobs.cancel(jobs.find(ACCOUNT, "cancelled"), now=datetime.now(UTC))
    stop = Event()
    thread = Thread(target=worker(tmp_path, database_url).work, args=(stop,))
    thread.start()
    try:
        ended = wait_for(database_url, ["fails", "cancelled"])
    finally:
        stop.set()
        thread.join()
    assert (ended["fails"].status, ended["fails"].error_message) == ("FAILED", "Stage 1 cannot go on. Mend its input.")
    assert ended["fails"].results == {"stage_0": 0}
    assert ended["cancelled"].status == "CANCELLED"
    assert written_of(database_url, ended["fails"]) == ["FAILED"]
    assert not list(tmp_path.glob("cancelled.*"))


def test_what_breaks_between_jobs_does_not_end_the_worker(database_url: str, tmp_path: Path) -> None:
    hands, stop, times = worker(tmp_path, database_url), Event(), []

    def clock() -> datetime:
        """A clock that breaks twice when the worker is at work, as a database does that is away for a while."""
        times.append(datetime.now(UTC))
        if len(times) in {2, 3}:
            raise ConnectionError
        return times[-1]

    thread = Thread(target=replace(hands, clock=clock).work, args=(stop,))
    thread.start()
    try:
        while len(times) <= 3 and thread.is_alive():
            time.sleep(0.05)
        with queue(database_url) as jobs:
            jobs.add(diary("after a fault"))
        ended = wait_for(database_url, ["after a fault"])
    finally:
        stop.set()
        thread.join()
        hands.database.dispose()
    assert ended["after a fault"].status == "SUCCEEDED"


def test_a_worker_that_lost_its_claim_writes_no_more(database_url: str) -> None:
    now = datetime.now(UTC)
    with queue(database_url) as jobs:
        jobs.add(diary("slow"))
        slow = jobs.claim(worker="slow worker", now=now, lease_seconds=-1)
        again = jobs.claim(worker="quick worker", now=now, lease_seconds=60)
        assert slow is not None
        assert again is not None
        assert (slow.job_id, again.job_id) == ("slow", "slow")
        assert not jobs.save(slow, worker="slow worker")
        assert not jobs.extend("slow", worker="slow worker", now=now, lease_seconds=60)
        assert jobs.save(again, worker="quick worker")
        jobs.cancel(again, now=now)


@pytest.mark.parametrize("event", ["finished", "failed"])
def test_a_job_that_waits_can_neither_finish_nor_fail(event: str) -> None:
    with pytest.raises(ConflictError):
        advance(JOB_LIFECYCLE, "QUEUED", event)


def test_a_job_that_is_cancelled_while_it_fails_stays_cancelled(database_url: str, tmp_path: Path) -> None:
    job = diary("cancelled-while-failing")

    def cancel_and_fail(_: Any) -> dict[str, Any]:
        with queue(database_url) as jobs:
            running = jobs.find(ACCOUNT, job.job_id)
            assert running is not None
            jobs.cancel(running, now=datetime.now(UTC))
        raise MandorlaError("Too late.")

    with queue(database_url) as jobs:
        jobs.add(job)
    hands = replace(worker(tmp_path, database_url), jobs={"diary": (cancel_and_fail,)})
    assert hands.work_once()
    hands.database.dispose()
    with queue(database_url) as jobs:
        ended = jobs.find(ACCOUNT, job.job_id)
    assert ended is not None
    assert (ended.status, ended.error_message) == ("CANCELLED", "")
