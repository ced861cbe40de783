"""A listening server, with a worker process beside it that is started again when it dies and ends with the server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import uvicorn

from mandorla.server.app import build
from mandorla.server.parts import Parts
from mandorla.server.settings import Settings

SECONDS_BEFORE_ANOTHER_WORKER = 0.5


def listen(parts: Parts) -> None:
    """Answer requests until told to stop."""
    settings = parts.settings
    with worker_process(settings):
        server_of(parts, port=settings.port).run()


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
def worker_process(settings: Settings) -> Iterator[None]:
    """A worker for as long as the block runs. It reads from a pipe of ours, and ends when that ends, however we do."""
    command = [sys.executable, "-m", "mandorla", "worker", "--data", str(settings.data_folder)]
    command += ["--database", settings.database] if settings.database else []
    over = Event()
    process = [subprocess.Popen(command, stdin=subprocess.PIPE)]

    def look_after() -> None:
        while not over.wait(SECONDS_BEFORE_ANOTHER_WORKER):
            if process[0].poll() is not None:
                process[0] = subprocess.Popen(command, stdin=subprocess.PIPE)

    thread = Thread(target=look_after, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        process[0].terminate()
        process[0].wait()
