"""The program as its users run it: `mandorla serve` on a free port, accounts made by its command, `aws` beside it."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AWS = Path(sys.executable).parent / "aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running server, and how to speak to it."""

    data: Path
    port: int
    process: "subprocess.Popen[bytes]"
    database: str = ""

    @property
    def endpoint(self) -> str:
        """Where clients send their requests."""
        return f"http://127.0.0.1:{self.port}"

    def mandorla(self, *arguments: str) -> Any:
        """What a command of ours answers with --json."""
        command = [sys.executable, "-m", "mandorla", *arguments, *places(self.data, self.database), "--json"]
        return json.loads(run(command, {}))

    def party(self, name: str, account_id: str) -> "Shell":
        """The shell of a new account."""
        keys = self.mandorla("account", "create", name, "--account-id", account_id)
        environment = {
            "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }
        return Shell(name=name, account_id=account_id, environment=environment, folder=self.data.parent / name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """A party's shell: its keys in the environment, its payloads in a folder, the stock `aws` command."""

    name: str
    account_id: str
    environment: Mapping[str, str]
    folder: Path

    def aws(self, *arguments: str) -> Any:
        """What a command answers; nothing where it says nothing."""
        said = run([str(AWS), *arguments], self.environment)
        return json.loads(said) if said.strip().startswith(("{", "[")) else said

    def refused(self, *arguments: str) -> str:
        """What a command says that goes wrong."""
        done = subprocess.run(
            [str(AWS), *arguments], env={**os.environ, **self.environment}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode != 0, done.stdout
        return done.stderr

    def file(self, name: str, content: Any) -> str:
        """A payload as a file, named as the command wants it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return f"file://{path}"

    def until(self, *arguments: str, at: str, ends: tuple[str, ...]) -> Any:
        """The answer of a command once the status at a path is one of the ends; asked again, as a user would."""
        deadline = time.monotonic() + 120
        while True:
            said = self.aws(*arguments)
            status = said
            for name in at.split("."):
                status = status[name]
            if status in ends:
                return said
            assert time.monotonic() < deadline, said
            time.sleep(0.2)


def run(command: list[str], environment: Mapping[str, str]) -> str:
    """A command's output when it goes well."""
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command[1:5]}: {done.stderr}"
    return done.stdout


@contextmanager
def serving(data: Path, database: str = "") -> Iterator[Program]:
    """A server of its own process, with its worker, until the block ends."""
    program = start(data, free_port(), database)
    try:
        yield program
    finally:
        program.process.terminate()
        program.process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def places(data: Path, database: str) -> list[str]:
    """The options that say where everything is."""
    return ["--data", str(data), *(["--database", database] if database else [])]


def start(data: Path, port: int, database: str = "") -> Program:
    """A server's process, once it answers."""
    command = [sys.executable, "-m", "mandorla", "serve", "--port", str(port), *places(data, database)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return Program(data=data, port=port, process=process, database=database)
        except OSError:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
