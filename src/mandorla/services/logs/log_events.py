"""Log events: the lines of one stream, forth and back, or those of a whole group that hold something."""

from collections.abc import Sequence
from typing import Any

from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.domain.log_event import LogEvent
from mandorla.services.call import Call, Operations
from mandorla.services.logs.filter_patterns import terms_of
from mandorla.services.logs.log_groups import events_of, group_of, order_of, refuse
from mandorla.services.paging import key_before, paged, token_after

LARGEST_PAGE = 10_000
FORTH, BACK = "f/", "b/"


def get_log_events(
    call: Call,
    *,
    log_stream_name,
    log_group_name=None,
    log_group_identifier=None,
    start_time=None,
    end_time=None,
    next_token=None,
    limit=None,
    start_from_head=None,
    **others,
) -> Any:
    """A page of a stream, the oldest event first; the last page unless the first is asked for.

    "If you have reached the end of the stream, it returns the same token you passed in."
    """
    refuse(others, allowed={"unmask": False})
    group = group_of(call, log_group_name, log_group_identifier)
    stream = [event for event in events_of(call, group) if event.stream == log_stream_name]
    if not stream:
        raise NotFoundError("The specified log stream does not exist.")
    events = [event for event in stream if is_within(event, start_time, end_time)]
    page, (before, behind) = page_of(events, next_token, is_forth=bool(start_from_head), size=limit or LARGEST_PAGE)
    return {
        "events": [shown(event) for event in page],
        "next_forward_token": FORTH + token_after(behind),
        "next_backward_token": BACK + token_after(before),
    }


def page_of(
    events: Sequence[LogEvent], token: str | None, *, is_forth: bool, size: int
) -> tuple[Sequence[LogEvent], tuple[str, str]]:
    """The events of a page, and the places before and behind it: both where it began if nothing is there."""
    place = ""
    if token is not None:
        if not token.startswith((FORTH, BACK)):
            raise MandorlaError("The specified nextToken is invalid. Leave it out to begin anew.")
        is_forth, place = token.startswith(FORTH), key_before(token[len(FORTH) :])
    if is_forth:
        page = [event for event in events if order_of(event) > place][:size]
    else:
        page = [event for event in events if token is None or order_of(event) < place][-size:]
    return page, (order_of(page[0]), order_of(page[-1])) if page else (place, place)


def filter_log_events(
    call: Call,
    *,
    log_group_name=None,
    log_group_identifier=None,
    log_stream_names=None,
    log_stream_name_prefix=None,
    start_time=None,
    end_time=None,
    filter_pattern=None,
    next_token=None,
    limit=None,
    start_from_head=None,
    interleaved=None,
    **others,
) -> Any:
    """The events of a group that hold every word of a pattern, the oldest first, whichever stream they are in."""
    refuse(others, allowed={"unmask": False})
    if log_stream_names is not None and log_stream_name_prefix is not None:
        raise MandorlaError("Give logStreamNames or logStreamNamePrefix, not both.")
    if start_from_head is False:
        raise MandorlaError("startFromHead false is not served here: the oldest event comes first. Leave it out.")
    terms = terms_of(filter_pattern or "")
    group = group_of(call, log_group_name, log_group_identifier)
    wanted = [
        event
        for event in events_of(call, group)
        if is_within(event, start_time, end_time)
        and (log_stream_names is None or event.stream in log_stream_names)
        and event.stream.startswith(log_stream_name_prefix or "")
        # GUESS: a word is found inside a longer one too; the guide's examples hold for both readings.
        and all(term in event.message for term in terms)
    ]

    def read(after: str, size: int) -> list[LogEvent]:
        return [event for event in wanted if order_of(event) > after][:size]

    page, token = paged(read, token=next_token, max_results=limit, key_of=order_of, largest=LARGEST_PAGE)
    named = [{"log_stream_name": event.stream, "event_id": event.id, **shown(event)} for event in page]
    return {"events": named, "searched_log_streams": [], "next_token": token}


def is_within(event: LogEvent, start_time: int | None, end_time: int | None) -> bool:
    """Whether it is from the start on, and before the end; of endTime: "Events with a timestamp equal to or later than this
    time are not included." """
    return (start_time is None or event.timestamp >= start_time) and (end_time is None or event.timestamp < end_time)


def shown(event: LogEvent) -> dict[str, Any]:
    """An event with its message."""
    return {"timestamp": event.timestamp, "ingestion_time": event.timestamp, "message": event.message}


OPERATIONS: Operations = {"GetLogEvents": get_log_events, "FilterLogEvents": filter_log_events}
