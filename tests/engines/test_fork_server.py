"""Forks answer what they are asked, know nothing else, and are gone when whoever asked is."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mandorla.engines.fork_server import ALONE, ForkServer, fork_server
from mandorla.engines.sandbox import Output, Question, ask

ENDLESS = "SELECT SUM(a.range * b.range % 7) FROM range(100000000) a, range(1000000) b"
ASKED_ENDLESSLY = f"""
import sys
from pathlib import Path
from mandorla.engines.sandbox import Question, ask
ask(Question(sql="{ENDLESS}", tables=(), mappings=(), folder=Path.cwd(), outputs=()), seconds=600, should_stop=lambda: False)
"""


def asked(folder: Path, sql: str) -> str:
    """The answer as text."""
    folder.mkdir(exist_ok=True)
    output = folder / "out.csv"
    ask(
        Question(sql=sql, tables=(), mappings=(), folder=folder, outputs=(Output(output, "CSV"),)),
        seconds=60,
        should_stop=lambda: False,
    )
    return output.read_text()


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def servers_of(pid: int) -> list[int]:
    """The fork servers that a process has started; a child has its own command line only once it runs its program."""
    return [one for one in children_of(pid) if "fork_server" in Path(f"/proc/{one}/cmdline").read_text()]


def wait_for(is_so, seconds: float = 60) -> None:
    """Until something holds."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only its exit code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_questions_at_once_have_their_own_answers(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: asked(tmp_path / str(number), f"SELECT {number} AS n"), range(16)))
    assert answers == [f'"n"\n{number}\n' for number in range(16)]


def test_no_two_forks_draw_the_same(tmp_path: Path) -> None:
    assert len({asked(tmp_path, "SELECT uuid()::VARCHAR || random()") for _ in range(4)}) == 4


def test_there_is_nothing_to_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of our environment reaches it, and it has one thread, for forks have no more."""
    monkeypatch.setenv("MANDORLA_DATABASE", "postgresql://someone:s3cret@127.0.0.1/room")
    server = ForkServer()
    try:
        with server.forked("sandbox", tmp_path) as fork:  # it answers as soon as all is loaded
            pid = server_of_fork(fork.pid)
            environment = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
            assert dict(one.split("=", 1) for one in environment) == ALONE
            assert len(os.listdir(f"/proc/{pid}/task")) == 1
            wait_for(lambda: "socket" not in "".join(opened_by(fork.pid)))  # it could ask for forks
    finally:
        server.close()


def opened_by(pid: int) -> list[str]:
    """What a process has open."""
    folder = Path(f"/proc/{pid}/fd")
    return [os.readlink(folder / one) for one in os.listdir(folder)]


def server_of_fork(pid: int) -> int:
    """The process that has forked another."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_server_that_died_is_followed_by_another(tmp_path: Path) -> None:
    asked(tmp_path, "SELECT 1 AS n")
    [server] = servers_of(os.getpid())
    os.kill(server, signal.SIGKILL)
    assert asked(tmp_path, "SELECT 2 AS n") == '"n"\n2\n'


def test_a_fork_that_breaks_says_so(tmp_path: Path) -> None:
    with fork_server().forked("sandbox", tmp_path) as fork:
        fork.give(b"no question")
        while (said := fork.said_within(1)) is None:
            pass
    assert (said, fork.ended_with) == (b"", 1)


def test_nothing_goes_on_for_a_worker_that_is_gone(tmp_path: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", ASKED_ENDLESSLY], cwd=tmp_path)
    try:
        wait_for(lambda: any(children_of(server) for server in servers_of(worker.pid)))
        [server] = servers_of(worker.pid)
        [fork] = children_of(server)
    finally:
        worker.kill()
        worker.wait()
    wait_for(lambda: not is_running(server) and not is_running(fork))
