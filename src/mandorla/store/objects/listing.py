"""Keys in pages, in the order of their UTF-8 bytes. What a delimiter rolls up is jumped over, not read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement


class Keyed(Protocol):
    """Something under a key."""

    @property
    def key(self) -> str:
        """Its key."""
        ...


Item = TypeVar("Item", bound=Keyed)

# From conditions on the key, and a number, to so many of the first items in the order of keys.
Read = Callable[[list[Any], int], Sequence[Item]]  # Any: conditions are SQLAlchemy's

FIRST_BATCH, BATCH_AFTER_GROUP, LARGEST_BATCH = 16, 2, 1000
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items and common prefixes, together at most so many as were asked for. `next_after` is None on the last page."""

    items: tuple[Item, ...]
    common_prefixes: tuple[str, ...]
    next_after: str | None


def page_of(read: Read[Item], key: ColumnElement[str], *, limit: int, prefix: str, after: str, delimiter: str) -> Page[Item]:
    """One page. S3, ListObjectsV2: "CommonPrefixes … All of the keys that roll up into a common prefix count as a single
    return when calculating the number of returns"."""
    found = entries(read, key, prefix=prefix, after=after, delimiter=delimiter, largest_batch=min(LARGEST_BATCH, limit + 1))
    return cut(found, limit)


def cut(found: Iterable[Item | str], limit: int) -> Page[Item]:
    """The first entries as a page; one more than the page holds says that there is another."""
    taken = list(islice(found, limit + 1))
    kept = taken[:limit]
    last = kept[-1] if len(taken) > limit and kept else None
    return Page(
        items=tuple(entry for entry in kept if not isinstance(entry, str)),
        common_prefixes=tuple(entry for entry in kept if isinstance(entry, str)),
        next_after=last if last is None or isinstance(last, str) else last.key,
    )


def entries(
    read: Read[Item], key: ColumnElement[str], *, prefix: str, after: str, delimiter: str, largest_batch: int
) -> Iterator[Item | str]:
    """Items and common prefixes in order, read in batches that grow as long as nothing rolls up."""
    end = successor_of(prefix)
    within = [key >= prefix] if prefix else []
    within += [key < end] if end is not None else []
    batch, last = FIRST_BATCH, after
    while True:
        behind = [key > last]
        if last and common_prefix(last, prefix, delimiter) == last:
            beyond = successor_of(last)
            if beyond is None:
                return
            behind = [key >= beyond]
        size, group = min(batch, largest_batch), ""
        items = read([*within, *behind], size)
        for item in items:
            group = common_prefix(item.key, prefix, delimiter)
            last = group or item.key
            yield group or item
            if group:
                break
        if not group and len(items) < size:
            return
        batch = BATCH_AFTER_GROUP if group else batch * 4


def common_prefix(key: str, prefix: str, delimiter: str) -> str:
    """What the delimiter makes of a key: everything to its first place behind the prefix; empty if it is not there.

    >>> common_prefix("photos/2026/a.jpg", "photos/", "/"), common_prefix("photos/a.jpg", "photos/", "/")
    ('photos/2026/', '')
    """
    place = key.find(delimiter, len(prefix)) if delimiter and key.startswith(prefix) else -1
    return key[: place + len(delimiter)] if place >= 0 else ""


def successor_of(prefix: str) -> str | None:
    """The first text behind all that begin with the prefix; None if there is none. Surrogates are no characters.

    >>> successor_of("photos/"), successor_of("a\\ud7ff"), successor_of("a\\U0010ffff"), successor_of("")
    ('photos0', 'a\\ue000', 'b', None)
    """
    kept = prefix.rstrip(LAST_CHARACTER)
    if not kept:
        return None
    code = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if 0xD800 <= code < 0xE000 else code)
