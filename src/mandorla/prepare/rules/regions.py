"""The guide: "For the current deployment, only us-east-1 region is supported"."""

import re
from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.payload import Json, Payload

CODE = "REGION"
REGION_OF_ARN = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d):")


def findings(payload: Payload) -> Iterator[Finding]:
    """ARNs of other Regions, wherever they stand."""
    for member, text in texts_in(payload.document):
        found = REGION_OF_ARN.match(text)
        if found and found[1] != "us-east-1":
            what = f"the ARN is of {found[1]}; only us-east-1 is supported"
            yield Finding(code=CODE, where=payload.where(member), what=what, mend="use resources of us-east-1")


def texts_in(document: Json, member: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document with its place.

    >>> list(texts_in({"a": [{"b": "x"}]}))
    [('a[0].b', 'x')]
    """
    if isinstance(document, str):
        yield member, document
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from texts_in(value, f"{member}.{name}" if member else str(name))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from texts_in(value, f"{member}[{number}]")
