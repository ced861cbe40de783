"""Log groups and their streams: where the caller's account finds what was written down for it."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.domain.log_event import LogEvent, LogGroup, milliseconds_of, parent_of_events
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged, paged_in_order

LARGEST_PAGE = 50
GROUP_CLASS = "STANDARD"


def describe_log_groups(
    call: Call, *, log_group_name_prefix=None, log_group_name_pattern=None, next_token=None, limit=None, **others
) -> Any:
    """The caller's log groups in the order of their names, of those that begin so, or hold that."""
    if log_group_name_prefix is not None and log_group_name_pattern is not None:
        raise MandorlaError("Give logGroupNamePrefix or logGroupNamePattern, not both.")
    refuse(others, allowed={"log_group_class": GROUP_CLASS, "include_linked_accounts": False})
    prefix, pattern = log_group_name_prefix or "", (log_group_name_pattern or "").lower()

    def read(after: str, size: int) -> list[LogGroup]:
        groups = call.records.owned_by(LogGroup, call.account_id, after=after)
        return [one for one in groups if one.name.startswith(prefix) and pattern in one.name.lower()][:size]

    page, token = paged(read, token=next_token, max_results=limit, key_of=lambda one: one.key, largest=LARGEST_PAGE)
    return {"log_groups": [shown(call, group) for group in page], "next_token": token}


def describe_log_streams(
    call: Call,
    *,
    log_group_name=None,
    log_group_identifier=None,
    log_stream_name_prefix=None,
    order_by=None,
    descending=None,
    next_token=None,
    limit=None,
) -> Any:
    """The streams of a group by name, or by the time of their last event."""
    is_by_time = order_by == "LastEventTime"
    if is_by_time and log_stream_name_prefix is not None:
        raise MandorlaError("Streams in the order of LastEventTime cannot be chosen by logStreamNamePrefix.")
    group = group_of(call, log_group_name, log_group_identifier)
    streams = [
        stream_shown(call, group, name, list(events))
        for name, events in groupby(sorted(events_of(call, group), key=lambda one: one.stream), key=lambda one: one.stream)
        if name.startswith(log_stream_name_prefix or "")
    ]
    by = "last_event_timestamp" if is_by_time else "log_stream_name"
    streams.sort(key=lambda one: (one[by], one["log_stream_name"]), reverse=bool(descending))
    page, token = paged_in_order(streams, token=next_token, max_results=limit, largest=LARGEST_PAGE)
    return {"log_streams": page, "next_token": token}


def group_of(call: Call, name: str | None, identifier: str | None) -> LogGroup:
    """The caller's group of a name or an ARN, one of both; NotFoundError in the same words for another account's."""
    if (name is None) == (identifier is None):
        raise MandorlaError("Give logGroupName or logGroupIdentifier, one of both.")
    wanted = name or (identifier or "").removeprefix(call.arn("logs", "log-group:"))
    group = call.records.find(LogGroup, call.account_id, wanted)
    if group is None:
        raise NotFoundError("The specified log group does not exist.")
    return group


def events_of(call: Call, group: LogGroup) -> list[LogEvent]:
    """Everything in a group, the oldest first."""
    return sorted(call.records.children(LogEvent, parent_of_events(call.account_id, group.name)), key=order_of)


def order_of(event: LogEvent) -> str:
    """By time, and by what happened among those of one moment."""
    return f"{event.timestamp:015d} {event.id}"


def refuse(others: dict[str, Any], *, allowed: dict[str, Any]) -> None:
    """MandorlaError for what would choose or show something else than is done here."""
    for name, value in others.items():
        if value is not None and value != allowed.get(name):
            raise MandorlaError(f"{name} is not served here. Leave it out.")


def shown(call: Call, group: LogGroup) -> dict[str, Any]:
    """A group as it is listed."""
    arn = call.arn("logs", f"log-group:{group.name}")
    return {
        "log_group_name": group.name,
        "creation_time": milliseconds_of(group.creation_time),
        "metric_filter_count": 0,
        "arn": f"{arn}:*",
        "log_group_arn": arn,
        "stored_bytes": stored_bytes(events_of(call, group)),
        "log_group_class": GROUP_CLASS,
    }


def stream_shown(call: Call, group: LogGroup, name: str, events: Sequence[LogEvent]) -> dict[str, Any]:
    """A stream as it is listed; its events are in the order of time."""
    first, last = events[0].timestamp, events[-1].timestamp
    return {
        "log_stream_name": name,
        "creation_time": first,
        "first_event_timestamp": first,
        "last_event_timestamp": last,
        "last_ingestion_time": last,
        "arn": call.arn("logs", f"log-group:{group.name}:log-stream:{name}"),
        "stored_bytes": stored_bytes(events),
    }


def stored_bytes(events: Iterable[LogEvent]) -> int:
    """CloudWatch's quotas: an event counts as its message in UTF-8, "plus 26 bytes for each log event"."""
    return sum(len(event.message.encode()) + 26 for event in events)


OPERATIONS: Operations = {"DescribeLogGroups": describe_log_groups, "DescribeLogStreams": describe_log_streams}
