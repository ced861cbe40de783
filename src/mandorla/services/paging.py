"""Pages of a list: a token is the key after which the next page begins, wrapped so that nobody takes it for more."""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from typing import TypeVar

from mandorla.domain.errors import MandorlaError

Item = TypeVar("Item")


def token_after(key: str) -> str:
    """The token of a page that begins behind a key.

    >>> key_before(token_after("schema-25"))
    'schema-25'
    """
    return urlsafe_b64encode(key.encode()).decode()


def key_before(token: str | None) -> str:
    """The key that a page begins behind; a MandorlaError for a token that nobody gave out."""
    try:
        return b64decode((token or "").encode(), altchars=b"-_", validate=True).decode()
    except (Error, UnicodeError) as error:
        raise MandorlaError(
            "nextToken is not one that this service gave out. Leave it out to begin with the first page."
        ) from error


def paged_in_order(
    items: Sequence[Item], *, token: str | None, max_results: int | None, largest: int
) -> tuple[Sequence[Item], str | None]:
    """A page of a short list whose order is no order of keys; its token is a place in it.

    >>> page, token = paged_in_order("cab", token=None, max_results=2, largest=100)
    >>> page, paged_in_order("cab", token=token, max_results=2, largest=100)
    ('ca', ('b', None))
    """
    place = key_before(token) or "0"
    if not place.isdecimal():
        raise MandorlaError("nextToken is not one that this service gave out. Leave it out to begin with the first page.")
    start, size = int(place), min(max_results or largest, largest)
    is_more = start + size < len(items)
    return items[start : start + size], token_after(str(start + size)) if is_more else None


def paged(
    read: Callable[[str, int], Sequence[Item]],
    *,
    token: str | None,
    max_results: int | None,
    key_of: Callable[[Item], str],
    largest: int,
) -> tuple[Sequence[Item], str | None]:
    """A page, and the token of the next one if there is more. `read(after, limit)` lists in the order of keys."""
    size = min(max_results or largest, largest)
    found = read(key_before(token), size + 1)
    page = found[:size]
    return page, token_after(key_of(page[-1])) if len(found) > size else None
