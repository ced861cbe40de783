"""One API request that passed authentication: who made it, when and where, and what a handler may use to answer it."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from mandorla.domain.account import Caller
from mandorla.domain.arn import Arn
from mandorla.domain.limits import Limits
from mandorla.store.job_queue import JobQueue
from mandorla.store.objects.contents import Contents
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.uploads import Uploads
from mandorla.store.records import Records

# Any: handlers' parameters and results are the service model's; a test holds every handler to its operation.
Handler = Callable[..., Any]
Operations = Mapping[str, Handler]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Everything is given: a handler reads no clock, draws no randomness and opens nothing by itself.

    `records` and `jobs` are one transaction, kept when the handler returns and forgotten when it raises. On PostgreSQL a
    call may be run again after two transactions met, so a handler changes nothing but them before it returns.
    """

    caller: Caller
    region: str
    now: datetime
    request_id: str
    records: Records
    jobs: JobQueue
    contents: Contents
    limits: Limits
    server_key: bytes

    @property
    def objects(self) -> Objects:
        """The objects in the call's transaction."""
        return Objects(self.records.connection)

    @property
    def uploads(self) -> Uploads:
        """The multipart uploads in the call's transaction."""
        return Uploads(self.records.connection)

    @property
    def account_id(self) -> str:
        """The caller's account."""
        return self.caller.account_id

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of the caller's in the call's region."""
        return str(Arn(service=service, region=self.region, account_id=self.account_id, resource=resource))

    def new_uuid(self) -> str:
        """An id as Clean Rooms makes them."""
        return str(uuid4())

    def new_hex_id(self) -> str:
        """An id as Entity Resolution makes them: 32 hexadecimal digits."""
        return secrets.token_hex(16)
