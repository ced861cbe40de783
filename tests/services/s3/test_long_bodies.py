"""Bodies that are longer than the server may grow, through a server of its own process; and bodies that end too early."""

import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.conftest import REPOSITORY
from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.services.s3.places import new_bucket

LENGTH = 200 * 1024 * 1024
MOST_GROWTH = 48 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A server's process, and a client of it."""

    pid: int
    client: Any

    def peak(self) -> int:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """`mandorla serve`, as a user starts it."""
    data = tmp_path_factory.mktemp("serve")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    mandorla = [sys.executable, "-m", "mandorla"]
    made = subprocess.run(
        [*mandorla, "account", "create", "a", "--json", "--data", str(data)], env=environment, capture_output=True, check=True
    )
    account = json.loads(made.stdout)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*mandorla, "serve", "--data", str(data), "--port", str(port)], env=environment)
    try:
        wait_for(port)
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id=account["accessKeyId"],
            aws_secret_access_key=account["secretAccessKey"],
        )
        client.create_bucket(Bucket="long")
        yield Process(server.pid, client)
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def digest_of(path: Path) -> str:
    """What tells one long file from another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.mark.parametrize("threshold", [8 * 1024 * 1024, LENGTH + 1], ids=["in parts", "in one"])
def test_a_long_file_goes_up_and_comes_back_through_little_memory(process: Process, tmp_path: Path, threshold: int) -> None:
    sent, got, piece = tmp_path / "sent", tmp_path / "got", os.urandom(1024 * 1024)
    with sent.open("wb") as file:
        for number in range(LENGTH // len(piece)):
            file.write(number.to_bytes(8) + piece[8:])
    process.client.put_object(Bucket="long", Key="short", Body=piece)
    before = process.peak()
    process.client.upload_file(str(sent), "long", "k", Config=TransferConfig(multipart_threshold=threshold))
    process.client.download_file("long", "k", str(got), Config=TransferConfig(multipart_threshold=threshold))
    assert digest_of(got) == digest_of(sent)
    assert process.peak() - before < MOST_GROWTH


def test_a_body_that_ends_too_early_leaves_nothing(server: Listening) -> None:
    bucket, folder = new_bucket(server), server.parts.settings.data_folder / "objects"
    before = {path for path in folder.rglob("*") if path.is_file()}
    with raw_put(server, bucket, length=1_000_000) as connection:
        connection.sendall(b"x" * 500_000)
        deadline = time.monotonic() + 10
        while {path for path in folder.rglob("*") if path.is_file()} == before and time.monotonic() < deadline:
            time.sleep(0.01)
    deadline = time.monotonic() + 10
    while {path for path in folder.rglob("*") if path.is_file()} != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert {path for path in folder.rglob("*") if path.is_file()} == before
    assert server.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(("account_id", "status"), [(ADVERTISER, b"100"), (PUBLISHER, b"403")])
def test_a_client_that_asks_first_is_told_before_it_sends(server: Listening, account_id: str, status: bytes) -> None:
    with raw_put(server, new_bucket(server), length=10, account_id=account_id, Expect="100-continue") as connection:
        assert connection.recv(100).split()[1] == status


def test_who_was_refused_before_sending_goes_on_with_the_next_request(server: Listening) -> None:
    client = server.client("s3", max_pool_connections=1)
    bucket = new_bucket(server)
    for key in ("first", "second"):
        with pytest.raises(client.exceptions.NoSuchBucket):
            client.put_object(Bucket=f"{bucket}-absent", Key=key, Body=b"three")
        client.put_object(Bucket=bucket, Key=key, Body=b"three")
    assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 2


def raw_put(server: Listening, bucket: str, *, length: int, account_id: str = ADVERTISER, **more: str) -> socket.socket:
    """A connection that has sent the head of a signed PutObject, and nothing of its body."""
    key_id, secret = server.keys[account_id]
    headers = {"Content-Length": str(length), "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    request = AWSRequest("PUT", f"{server.endpoint}/{bucket}/k", headers=headers)
    S3SigV4Auth(Credentials(key_id, secret), "s3", "us-east-1").add_auth(request)
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    lines = [
        f"{name}: {value}" for name, value in (dict(request.headers) | more | {"Host": f"127.0.0.1:{server.port}"}).items()
    ]
    connection.sendall("\r\n".join([f"PUT /{bucket}/k HTTP/1.1", *lines, "", ""]).encode())
    return connection
