"""Processes that know nothing but their program: forks of one that has loaded the libraries and was never shown anything.

To start Python and to load what a query needs takes longer than most queries. So one process does it ahead, with nothing of our
environment, and forks for each question:

    worker ── run, a pipe to read, a pipe to write ─▶ fork server ── fork ─▶ program, which ends with its answer
           ── end ─▶ kills and reaps it

Messages are lines; each is answered before the next is read. When the worker is gone, so are the fork server and its forks.
"""

import atexit
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from select import select
from threading import Lock

START = "from mandorla.engines.fork_server import main; main()"
# A fork takes one thread along, so libraries must not start others: NumPy's for algebra, PyArrow's for freed memory.
ALONE = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
# What forks find loaded. Other programs load what more they need.
LOADED = "mandorla.engines.sandbox"
LINE_BYTES = 1 << 16
PIECE_BYTES = 1 << 16


class ForkServer:
    """The process that forks, seen from whoever asks. Threads may ask at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def start(self) -> None:
        """Let it load, without waiting for that."""
        with self._lock:
            self._started()

    @contextmanager
    def forked(self, program: str, folder: Path) -> Iterator["Fork"]:
        """A fork that runs `main` of a module of this folder, where `folder` is; it is gone when the block ends."""
        for_it, ours = os.pipe()
        from_it, its = os.pipe()
        try:
            fork = Fork(int(self._asked(f"run {program} {folder.absolute()}", for_it, its)), to=ours, said_at=from_it)
        except BaseException:
            for handle in (ours, from_it):
                os.close(handle)
            raise
        finally:
            for handle in (for_it, its):
                os.close(handle)
        try:
            yield fork
        finally:
            fork.close()
            fork.ended_with = int(self._asked(f"end {fork.pid}"))

    def close(self) -> None:
        """End it, and with it all that it has forked."""
        with self._lock:
            self._forget()

    def _asked(self, words: str, *handles: int) -> str:
        """What it answers. If it has died, another is asked, once."""
        with self._lock:
            try:
                return self._exchange(words, handles)
            except OSError:
                self._forget()
                return self._exchange(words, handles)

    def _exchange(self, words: str, handles: tuple[int, ...]) -> str:
        line = self._started()
        socket.send_fds(line, [f"{words}\n".encode()], handles)
        answer = line.recv(LINE_BYTES)
        if not answer:
            raise ConnectionResetError
        return answer.decode()

    def _started(self) -> socket.socket:
        if self._line is None:
            self._line, its = socket.socketpair()
            with its:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-c", START],
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=ALONE,
                )
        return self._line

    def _forget(self) -> None:
        if self._line is not None and self._process is not None:
            self._line.close()
            self._process.wait()
        self._line = self._process = None


class Fork:
    """A fork that runs: it is given bytes once, and says bytes until it ends."""

    def __init__(self, pid: int, *, to: int, said_at: int) -> None:
        self.pid = pid
        self.ended_with: int | None = None
        self._to, self._said_at = to, said_at
        self._said = bytearray()

    def give(self, given: bytes) -> None:
        """Write to its standard input, and end that; it must read all before it says anything."""
        with suppress(BrokenPipeError), open(self._to, "wb") as stream:
            self._to = -1
            stream.write(given)

    def said_within(self, seconds: float) -> bytes | None:
        """All that it has said, if it ends within that time; None if it does not."""
        while select([self._said_at], [], [], seconds)[0]:
            piece = os.read(self._said_at, PIECE_BYTES)
            if not piece:
                return bytes(self._said)
            self._said += piece
        return None

    def close(self) -> None:
        """Let go of its pipes."""
        for handle in (self._to, self._said_at):
            if handle >= 0:
                os.close(handle)


@cache
def fork_server() -> ForkServer:
    """The one of this process."""
    server = ForkServer()
    atexit.register(server.close)
    return server


def main() -> None:
    """Fork when told to, until the one that tells is gone."""
    import_module(LOADED)
    gc.freeze()  # nothing is ever freed of what is loaded: forks share its memory as long as nobody writes to it
    line, forks = socket.socket(fileno=0), set[int]()
    try:
        while True:
            words, handles, _, _ = socket.recv_fds(line, LINE_BYTES, 2)
            if not words:
                break
            verb, _, rest = words.decode().rstrip("\n").partition(" ")
            line.sendall(str(forked(line, rest, handles, forks) if verb == "run" else ended(int(rest), forks)).encode())
    finally:
        for pid in forks:
            os.kill(pid, signal.SIGKILL)


def forked(line: socket.socket, words: str, handles: list[int], forks: set[int]) -> int:
    """The id of a process that runs a program in a folder, reading from one pipe and writing to the other."""
    program, _, folder = words.partition(" ")
    pid = os.fork()
    if pid == 0:
        line.detach()
        run(program, folder, handles)
    for handle in handles:
        os.close(handle)
    forks.add(pid)
    return pid


def run(program: str, folder: str, handles: list[int]) -> None:
    """Become the program; this does not return."""
    code = 1
    try:
        for place, handle in enumerate(handles):
            os.dup2(handle, place)
            os.close(handle)
        os.chdir(folder)
        import_module(f"mandorla.engines.{program}").main()
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


def ended(pid: int, forks: set[int]) -> int:
    """Make sure that a fork is gone; how it ended. One that another has forked, which died, is not ours to end."""
    if pid not in forks:
        return -signal.SIGKILL
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    forks.discard(pid)
    return os.waitstatus_to_exitcode(status)
