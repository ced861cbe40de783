"""Time windows of executions: from AMC's word for one to its first and last moment."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mandorla.domain.errors import MandorlaError

# Data is kept for thirteen months.
EARLIEST = timedelta(days=396)


def window_of(request: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Start and end, in UTC, of what an execution reads; MandorlaError for a window that is none.

    >>> now = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
    >>> [str(one.date()) for one in window_of({"time_window_type": "MOST_RECENT_WEEK"}, now)]
    ['2026-03-03', '2026-03-10']
    >>> [str(one.date()) for one in window_of({"time_window_type": "PREVIOUS_MONTH"}, now)]
    ['2026-02-01', '2026-03-01']
    """
    zone = zone_of(request.get("time_window_time_zone"))
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    month = midnight.replace(day=1)
    match request.get("time_window_type") or "MOST_RECENT_DAY":
        case "EXPLICIT":
            found = explicit(request, zone)
        case "MOST_RECENT_WEEK":
            found = midnight - timedelta(days=7), midnight
        case "CURRENT_MONTH":
            found = month, midnight + timedelta(days=1)
        case "PREVIOUS_MONTH":
            found = (month - timedelta(days=1)).replace(day=1), month
        case "ALL":
            found = midnight - EARLIEST, midnight + timedelta(days=1)
        case _:
            found = midnight - timedelta(days=1), midnight
    return found[0].astimezone(UTC), found[1].astimezone(UTC)


def zone_of(name: str | None) -> tzinfo:
    """A time zone by its name."""
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MandorlaError("timeWindowTimeZone is no time zone that is known, such as America/New_York.") from error


def explicit(request: Mapping[str, Any], zone: tzinfo) -> tuple[datetime, datetime]:
    """The window that a request spells out."""
    found = []
    for name, wire_name in (("time_window_start", "timeWindowStart"), ("time_window_end", "timeWindowEnd")):
        text = request.get(name)
        if not text:
            raise MandorlaError(f"{wire_name} is missing, which timeWindowType EXPLICIT needs.")
        try:
            time = datetime.fromisoformat(text)
        except ValueError as error:
            raise MandorlaError(f"{wire_name} is no time such as 2026-01-31T00:00:00.") from error
        found.append(time if time.tzinfo else time.replace(tzinfo=zone))
    if found[0] >= found[1]:
        raise MandorlaError("timeWindowStart must lie before timeWindowEnd.")
    return found[0], found[1]
