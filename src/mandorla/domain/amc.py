"""Amazon Marketing Cloud: accounts and clients of the Ads side, and instances with the collaboration behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcAccount:
    """An AMC account (`ENTITY…`) in a marketplace; `account_id` is the AWS account of the party behind it."""

    account_id: str
    amc_account_id: str
    account_name: str
    marketplace_id: str
    created_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its id on the Ads side."""
        return self.amc_account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcClient:
    """A client of Login with Amazon. Its secret and refresh token are derived from its id and the server's key."""

    account_id: str
    client_id: str
    created_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Client ids are unique over all accounts."""
        return self.client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentCode:
    """An authorization code that was traded for tokens, and cannot be again."""

    account_id: str
    code: str
    spent_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """The code."""
        return self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcPublisher:
    """Which account is AMC's own on this server: it creates collaborations, and its TARGET is what people are mapped to."""

    account_id: str
    parent: str = ""

    @property
    def key(self) -> str:
        """There is one."""
        return "publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcInstance:
    """An instance. With `collaboration_id` it is backed by a collaboration; `partners` are further accounts in it.

    `is_room_wanted` until it has the collaboration that was asked for. `advertiser_updates` are all that ever changed its
    `advertisers`, the oldest first.
    """

    account_id: str
    instance_id: str
    instance_name: str
    amc_account_id: str
    advertiser_name: str | None
    aws_account_id: str
    s3_bucket_name: str
    collaboration_id: str
    collaboration_name: str
    partners: tuple[str, ...]
    idempotency_token: str
    created_at: datetime
    partner_names: tuple[str, ...] = ()
    is_room_wanted: bool = False
    advertisers: tuple[Mapping[str, Any], ...] = ()  # Any: members of the service model
    advertiser_updates: tuple[Mapping[str, Any], ...] = ()
    parent: str = ""

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcMappingTable:
    """What AMC knows of an ID mapping table beside what Clean Rooms does: when it was refreshed and looked after.

    `seen` are the source's objects, by name and ETag, for which a job was queued last.
    """

    account_id: str
    table_id: str
    instance_id: str
    refreshed_at: datetime
    looked_at: datetime
    seen: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The table's id."""
        return self.table_id

    @property
    def parent(self) -> str:
        """The instance."""
        return self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcTracking:
    """A populate that could not begin at once; `job_id` is empty until it does."""

    account_id: str
    tracking_id: str
    table_id: str
    job_id: str
    created_at: datetime

    @property
    def key(self) -> str:
        """Its id."""
        return self.tracking_id

    @property
    def parent(self) -> str:
        """The table."""
        return self.table_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcWorkflow:
    """A query with its parameters, under a name, in an instance. `definition` is as it was given, under our names."""

    account_id: str
    instance_id: str
    workflow_id: str
    definition: Mapping[str, Any]  # Any: members of the service model
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> str:
        """Its instance and its id."""
        return f"{self.instance_id}/{self.workflow_id}"

    @property
    def parent(self) -> str:
        """The instance."""
        return self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcExecution:
    """One run of a workflow: the workflow as it was then, what was asked beside it, and the job that runs it."""

    account_id: str
    instance_id: str
    execution_id: str
    workflow_id: str
    definition: Mapping[str, Any]  # Any: members of the service model
    request: Mapping[str, Any]
    job_id: str
    window_start: datetime
    window_end: datetime
    created_at: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.execution_id

    @property
    def parent(self) -> str:
        """The instance."""
        return self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcSchedule:
    """When a workflow runs by itself. `next_run` is when it does next."""

    account_id: str
    instance_id: str
    schedule_id: str
    workflow_id: str
    definition: Mapping[str, Any]  # Any: members of the service model
    next_run: datetime
    created_at: datetime

    @property
    def key(self) -> str:
        """Its instance and its id."""
        return f"{self.instance_id}/{self.schedule_id}"

    @property
    def parent(self) -> str:
        """The instance."""
        return self.instance_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcAudience:
    """Users whom a query selects, handed to the publisher; `definition` is what was asked for, under our names.

    `job_id` is the run that makes it, or made it last; `size` is about how many users it had then.
    """

    account_id: str
    instance_id: str
    audience_id: str
    definition: Mapping[str, Any]  # Any: members of the service model
    job_id: str
    window_start: datetime
    window_end: datetime
    created_at: datetime
    refreshed_at: datetime | None = None
    size: int = 0

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.audience_id

    @property
    def parent(self) -> str:
        """The instance."""
        return self.instance_id
