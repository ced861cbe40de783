"""The three ways a service model writes a time, and where each is the default."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Smithy: "http-date" in headers, "date-time" in labels and query strings; in bodies each protocol has its own default.
IN_HEADERS = "rfc822"
IN_PATHS_AND_QUERY_STRINGS = "iso8601"
IN_XML_AND_FORMS = "iso8601"
IN_JSON = "unixtimestamp"

Written = str | int | float


def from_iso8601(written: Written) -> datetime:
    """A time with an offset or, without one, in UTC.

    >>> from_iso8601("2026-01-02T03:04:05.678Z")
    datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(written, str):
        raise ValueError("not text")
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def from_rfc822(written: Written) -> datetime:
    """The time of an HTTP header.

    >>> from_rfc822("Fri, 02 Jan 2026 03:04:05 GMT").isoformat()
    '2026-01-02T03:04:05+00:00'
    """
    if not isinstance(written, str):
        raise ValueError("not text")
    moment = parsedate_to_datetime(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def from_unix_timestamp(written: Written) -> datetime:
    """Seconds since 1970, with a fraction or without.

    >>> from_unix_timestamp(1.25).isoformat()
    '1970-01-01T00:00:01.250000+00:00'
    """
    if isinstance(written, bool) or (isinstance(written, str) and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", written)):
        raise ValueError("not a number")
    try:
        return EPOCH + timedelta(microseconds=round(float(written) * 1_000_000))
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def to_iso8601(moment: datetime) -> Written:
    """With milliseconds only where there are some.

    >>> to_iso8601(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), to_iso8601(datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC))
    ('2026-01-02T03:04:05Z', '2026-01-02T03:04:05.678Z')
    """
    precision = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def to_rfc822(moment: datetime) -> Written:
    """Whole seconds, in GMT.

    >>> to_rfc822(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    'Fri, 02 Jan 2026 03:04:05 GMT'
    """
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def to_unix_timestamp(moment: datetime) -> Written:
    """Whole seconds as an integer, else milliseconds as a fraction.

    >>> to_unix_timestamp(EPOCH), to_unix_timestamp(EPOCH + timedelta(milliseconds=1250))
    (0, 1.25)
    """
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    return milliseconds / 1000 if milliseconds % 1000 else milliseconds // 1000


READERS: dict[str, Callable[[Written], datetime]] = {
    "iso8601": from_iso8601,
    "rfc822": from_rfc822,
    "unixtimestamp": from_unix_timestamp,
}
WRITERS: dict[str, Callable[[datetime], Written]] = {
    "iso8601": to_iso8601,
    "rfc822": to_rfc822,
    "unixtimestamp": to_unix_timestamp,
}


def format_of(serialization: dict[str, str], default: str) -> str:
    """The format a shape asks for, or the place's default; models spell `unixTimestamp` in two ways."""
    return serialization.get("timestampFormat", default).lower()
