"""A real PostgreSQL server of the machine's own packages, on a loopback port, in a temporary folder."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import psycopg


def server_programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """A server until the block ends; gives the URL of its first database."""
    folder = Path(mkdtemp(prefix="postgres-", dir="/tmp"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, user)
    as_user = {"user": user} if os.geteuid() == 0 else {}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    initialize = [programs / "initdb", "-D", folder / "data", "-U", "mandorla", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(initialize, check=True, capture_output=True, cwd=folder, **as_user)
    command = [programs / "postgres", "-D", folder / "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", f"unix_socket_directories={folder}", "-c", "max_connections=200"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user)
    url = f"postgresql://mandorla@127.0.0.1:{port}/postgres"
    try:
        wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown; at SIGTERM it would wait for its clients to go
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str) -> None:
    """Until the server takes connections."""
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def new_database(url: str) -> str:
    """The URL of a fresh database on the same server."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # the name is ours
    return url.rpartition("/")[0] + f"/{name}"
