"""A real server on a loopback port, for clients that know nothing of us: boto3, the aws command, plain HTTP."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import boto3
from botocore.config import Config

from mandorla.domain.account import Credential
from mandorla.domain.limits import DEFAULT_LIMITS, Limits
from mandorla.server.listening import server_of
from mandorla.server.parts import Parts, open_parts, system_clock
from mandorla.server.settings import Settings
from mandorla.store.accounts import create_account, derive_secret
from mandorla.store.database import transaction
from mandorla.store.records import Records

ADVERTISER, PUBLISHER, STRANGER = "111122223333", "444455556666", "777788889999"
PARTIES = {ADVERTISER: "advertiser", PUBLISHER: "publisher", STRANGER: "stranger"}


# Tests share a server, so its accounts may have more than one test needs; tests of quotas ask for the real ones.
ROOMY = replace(
    DEFAULT_LIMITS,
    schema_mappings=1000,
    matching_workflows=1000,
    id_mapping_workflows=1000,
    id_namespaces=1000,
    concurrent_id_mapping_jobs=100,
    concurrent_matching_jobs=100,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A server that runs, and its three parties."""

    parts: Parts
    port: int
    keys: dict[str, tuple[str, str]]
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """Where clients send their requests."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, account_id: str = ADVERTISER, *, region: str = "us-east-1", **config: Any) -> Any:
        """A boto3 client that signs as one of the parties: the same whenever it is asked for, as one takes long to make."""
        asked = f"{service} {account_id} {region} {config}"
        if asked not in self._clients:
            key_id, secret = self.keys[account_id]
            self._clients[asked] = boto3.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                aws_access_key_id=key_id,
                aws_secret_access_key=secret,
                config=Config(retries={"max_attempts": 0}, **config),
            )
        return self._clients[asked]

    def environment(self, account_id: str = ADVERTISER) -> dict[str, str]:
        """The environment of an `aws` command that works as one of the parties."""
        key_id, secret = self.keys[account_id]
        return {
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@contextmanager
def listening(
    data: Path,
    *,
    database: str = "",
    with_worker: bool = True,
    limits: Limits = ROOMY,
    clock: Callable[[], datetime] = system_clock,
    is_new: bool = True,
    engine: str = "auto",
) -> Iterator[Listening]:
    """A server in a thread of its own, and a worker in another, until the block ends. One that `is_new` gets its accounts."""
    parts = open_parts(Settings(data=data, database=database, limits=limits, engine=engine), clock=clock)
    keys = {account_id: make_account(parts, account_id) if is_new else keys_of(parts, account_id) for account_id in PARTIES}
    server, stop = server_of(parts, port=0), Event()
    threads = [Thread(target=server.run, daemon=True)]
    threads += [Thread(target=parts.worker().work, args=(stop,), daemon=True)] if with_worker else []
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        [port] = [socket.getsockname()[1] for listener in server.servers for socket in listener.sockets]
        yield Listening(parts=parts, port=port, keys=keys)
    finally:
        server.should_exit = True
        stop.set()
        for thread in threads:
            thread.join(timeout=30)
        parts.database.dispose()


def make_account(parts: Parts, account_id: str) -> tuple[str, str]:
    """An account with its key id and secret."""
    with transaction(parts.database, writes=True) as connection:
        records = Records(connection)
        _, credential = create_account(records, name=PARTIES[account_id], account_id=account_id, now=parts.clock())
    return credential.access_key_id, derive_secret(parts.server_key, credential.access_key_id)


def keys_of(parts: Parts, account_id: str) -> tuple[str, str]:
    """The key id and secret of an account that is there."""
    with transaction(parts.database, writes=False) as connection:
        [credential] = Records(connection).owned_by(Credential, account_id)
    return credential.access_key_id, derive_secret(parts.server_key, credential.access_key_id)
