"""What a service writes down for an account to read: groups of events under a name, as CloudWatch Logs shows them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """Where an account finds the events of one thing. It outlives what it tells of."""

    account_id: str
    name: str
    creation_time: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """One line of an account's log. `id` says what happened, so that writing it down twice leaves one line."""

    account_id: str
    group: str
    stream: str
    id: str
    time: datetime
    message: str

    @property
    def key(self) -> str:
        """Its group and what happened: the owner has it once."""
        return f"{self.group} {self.id}"

    @property
    def parent(self) -> str:
        """The owner's group; another account's group of the same name is another parent."""
        return parent_of_events(self.account_id, self.group)

    @property
    def timestamp(self) -> int:
        """Its time in CloudWatch's measure, milliseconds since 1970."""
        return milliseconds_of(self.time)


def parent_of_events(account_id: str, group: str) -> str:
    """Below what the events of an account's group stand."""
    return f"{account_id} {group}"


def milliseconds_of(time: datetime) -> int:
    """A time as CloudWatch Logs says it.

    >>> from datetime import UTC
    >>> milliseconds_of(datetime(1970, 1, 2, tzinfo=UTC))
    86400000
    """
    return int(time.timestamp() * 1000)
