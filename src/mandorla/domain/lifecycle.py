"""A life cycle is a table from (status, event) to status; one function reads them all."""

from collections.abc import Mapping
from typing import TypeVar

from mandorla.domain.errors import ConflictError

Status = TypeVar("Status", bound=str)


def advance(lifecycle: Mapping[tuple[Status, str], Status], status: Status, event: str) -> Status:
    """The next status; ConflictError where the table has none.

    >>> advance({("QUEUED", "claimed"): "RUNNING"}, "QUEUED", "claimed")
    'RUNNING'
    """
    if (status, event) not in lifecycle:
        raise ConflictError(f"What is {status} cannot be {event}.")
    return lifecycle[status, event]
