"""How the server bears metadata calls, and what the guide's flow costs it: two tables from one run.

`.venv/bin/python -m benchmarks.server_load [--clients 16] [--seconds 20]`: a server of its own process with SQLite in a
temporary folder; clients are threads of this process, each with one connection, that send requests signed beforehand, so that
what is measured is the server. Of four calls one makes a schema mapping, which is on the disk before it is answered, and three
read. Latency is the client's. The guide is what `tests/story/guide.py` plays, on its sample tables, with boto3; the server's
work is the CPU time of its process, its worker and the processes that queries run in, from when all of them have started.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.story.guide import Party, play

FIELDS = [
    {"fieldName": "customer_id", "type": "UNIQUE_ID"},
    {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email"},
]
TICKS = os.sysconf("SC_CLK_TCK")
PORT = 4799
# A server at rest looks for jobs: it uses less than so much of a second.
IDLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Signed:
    """A request that is ready to send."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def signed(credentials: Credentials, method: str, path: str, document: object = None) -> Signed:
    """A request to Entity Resolution, signed now."""
    body = b"" if document is None else json.dumps(document).encode()
    request = AWSRequest(method, f"http://127.0.0.1:{PORT}{path}", {"Content-Type": "application/json"}, body)
    SigV4Auth(credentials, "entityresolution", "us-east-1").add_auth(request)
    return Signed(method, path, dict(request.headers), body)


def calls_of(credentials: Credentials, client: int, count: int) -> Iterator[Signed]:
    """One call that writes, then three that read, and again."""
    for number in range(count):
        name = f"load-{client}-{number // 4}"
        if number % 4 == 0:
            yield signed(credentials, "POST", "/schemas", {"schemaName": name, "mappedInputFields": FIELDS})
        else:
            yield signed(credentials, "GET", f"/schemas/{name}")


def send_all(calls: list[Signed], until: float, taken: list[tuple[str, float]], faults: list[int]) -> None:
    """Send calls over one connection until the time is up; how long each took."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    for call in calls:
        started = time.perf_counter()
        if started > until:
            return
        connection.request(call.method, call.path, body=call.body, headers=call.headers)
        answer = connection.getresponse()
        answer.read()
        taken.append((call.method, time.perf_counter() - started))
        if answer.status != 200:
            faults.append(answer.status)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all that come from it, those that have ended too."""
    total = 0.0
    for one in family_of(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15]) / TICKS
    return total


def family_of(pid: int) -> list[int]:
    """A process, those that its main thread has started, and those that these have."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(one for child in children for one in family_of(child))]


def quantile(values: list[float], share: float) -> float:
    """The value that a share of all stays below, in milliseconds."""
    return statistics.quantiles(values, n=1000)[round(share * 1000) - 1] * 1000


def load(pid: int, credentials: Credentials, clients: int, seconds: float) -> None:
    """Print the table of metadata calls."""
    prepared = [list(calls_of(credentials, client, int(seconds * 150))) for client in range(clients)]
    taken: list[list[tuple[str, float]]] = [[] for _ in range(clients)]
    faults: list[int] = []
    before, started = cpu_seconds(pid), time.perf_counter()
    threads = [
        threading.Thread(target=send_all, args=(calls, started + seconds, mine, faults))
        for calls, mine in zip(prepared, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, spent = time.perf_counter() - started, cpu_seconds(pid) - before
    every = [one for mine in taken for one in mine]
    print(f"\n| {clients} clients, {os.cpu_count()} cores | calls/s | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: |")
    for name, method in (("all", ""), ("writes", "POST"), ("reads", "GET")):
        times = [took for how, took in every if method in ("", how)]
        print(f"| {name} | {len(times) / elapsed:.0f} | {quantile(times, 0.5):.1f} | {quantile(times, 0.99):.1f} |")
    print(f"\n{len(every)} calls, {len(faults)} refused; the server used {spent / elapsed:.2f} cores.")


def guide(pid: int, data: str) -> None:
    """Print what the guide costs, from an empty account to an answer."""
    advertiser, publisher = (party_of(data, name) for name in ("advertiser", "publisher"))
    starting = wait_for_rest(pid)
    before, started = cpu_seconds(pid), time.perf_counter()
    play(advertiser, publisher)
    elapsed, spent = time.perf_counter() - started, cpu_seconds(pid) - before
    print("\n| the guide on its sample tables | seconds |\n| --- | ---: |")
    print(f"| the server's work, its worker and queries included | {spent:.2f} |")
    print(f"| on the clock, boto3 and its waiting included | {elapsed:.2f} |")
    print(f"| before all that: to start the server, its worker and the process that queries come from | {starting:.2f} |")


def wait_for_rest(pid: int) -> float:
    """Until all processes have started and do no more than look for work; what starting took of the processor."""
    used = cpu_seconds(pid)
    while True:
        time.sleep(1)
        before, used = used, cpu_seconds(pid)
        if used - before < IDLE_SECONDS:
            return used


def party_of(data: str, name: str) -> Party:
    """A new account of the server."""
    keys = created(data, name)
    return Party(
        name=name,
        account_id=keys["accountId"],
        endpoint=f"http://127.0.0.1:{PORT}",
        access_key_id=keys["accessKeyId"],
        secret_access_key=keys["secretAccessKey"],
    )


def created(data: str, name: str) -> dict[str, str]:
    """A new account and its keys."""
    command = [sys.executable, "-m", "mandorla", "account", "create", name, "--data", data, "--json"]
    keys: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return keys


def main() -> None:
    """Start a server, play the guide's flow, then load it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mandorla-load-") as data:
        keys = created(data, "load")
        environment = {**os.environ, "MANDORLA_LIMIT_SCHEMA_MAPPINGS": "1000000"}
        command = [sys.executable, "-m", "mandorla", "serve", "--port", str(PORT), "--data", data]
        server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            wait_for_server()
            credentials = Credentials(keys["accessKeyId"], keys["secretAccessKey"])
            guide(server.pid, data)
            load(server.pid, credentials, options.clients, options.seconds)
        finally:
            server.terminate()
            server.wait()


def wait_for_server() -> None:
    """Until it answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=1)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server does not answer.")


if __name__ == "__main__":
    main()
