"""Tags as S3 writes them: a list of keys and values, or a query string in a header."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from mandorla.wire.errors import WireError

LONGEST_TAG_KEY, LONGEST_TAG_VALUE = (
    128,
    256,
)  # S3 user guide: "A tag key can be up to 128 Unicode characters … values up to 256"
MOST_OBJECT_TAGS = 10  # S3 user guide: "You can associate up to 10 tags with an object"


def checked_tags(tag_set: Iterable[Mapping[str, str]], *, most: int = MOST_OBJECT_TAGS) -> dict[str, str]:
    """Tags from a list. A WireError for too many, too long, or the same one twice."""
    pairs = [(item["key"], item["value"]) for item in tag_set]
    tags = dict(pairs)
    if len(tags) < len(pairs):
        raise WireError("InvalidTag", "Cannot provide multiple Tags with the same key")
    if len(tags) > most:
        raise WireError("BadRequest", f"There can be at most {most} tags; these are {len(tags)}.")
    for key, value in tags.items():
        if not 0 < len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            raise WireError("InvalidTag", "A tag's key has 1 to 128 characters, its value at most 256.")
    return tags


def tags_of_header(text: str | None) -> dict[str, str]:
    """Tags from `x-amz-tagging`.

    >>> tags_of_header("team=crm&stage=a%20b")
    {'team': 'crm', 'stage': 'a b'}
    """
    return checked_tags({"key": key, "value": value} for key, value in parse_qsl(text or "", keep_blank_values=True))


def shown_tags(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags as a list, in the order of their keys."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]
