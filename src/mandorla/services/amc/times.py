"""Times as AMC writes them: texts, in UTC, to the second."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def written(time: datetime | None) -> str | None:
    """A time as text; None of None.

    >>> written(datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    return None if time is None else time.astimezone(UTC).strftime(FORMAT)
