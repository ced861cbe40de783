"""A listening server, with a worker process beside it that is started again when it dies and ends with the server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import IO

import uvicorn

from mandorla.server.app import build
from mandorla.server.parts import Parts
from mandorla.server.settings import Settings

SECONDS_BEFORE_ANOTHER_WORKER = 0.5
SECONDS_BETWEEN_LOOKS = 0.01


def listen(parts: Parts) -> None:
    """Answer requests until told to stop."""
    settings = parts.settings
    with worker_process(settings):
        server_of(parts, port=settings.port).run()


@contextmanager
def serving(parts: Parts, *, port: int, log: Path) -> Iterator[int]:
    """A server in a thread, and a worker process that writes into a log, until the block ends; gives the port, a free one
    for 0."""
    server = server_of(parts, port=port)
    thread = Thread(target=server.run, daemon=True)
    with log.open("ab") as written, worker_process(parts.settings, log=written):
        thread.start()
        while not server.started:
            thread.join(SECONDS_BETWEEN_LOOKS)
        try:
            yield next(socket.getsockname()[1] for listener in server.servers for socket in listener.sockets)
        finally:
            server.should_exit = True
            thread.join()


def server_of(parts: Parts, *, port: int) -> uvicorn.Server:
    """A server that is not running yet."""
    config = uvicorn.Config(
        build(parts),
        host=parts.settings.host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


@contextmanager
def worker_process(settings: Settings, *, log: IO[bytes] | None = None) -> Iterator[None]:
    """A worker for as long as the block runs. It reads from a pipe of ours, and ends when that ends, however we do.

    It writes what it has to say into `log`, or beside what we say.
    """
    command = [sys.executable, "-m", "mandorla", "worker", "--data", str(settings.data_folder)]
    command += ["--database", settings.database] if settings.database else []
    command += ["--engine", settings.engine]
    over = Event()
    process = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log)]

    def look_after() -> None:
        while not over.wait(SECONDS_BEFORE_ANOTHER_WORKER):
            if process[0].poll() is not None:
                process[0] = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log)

    thread = Thread(target=look_after, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        process[0].terminate()
        process[0].wait()
