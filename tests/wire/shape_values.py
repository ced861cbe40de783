"""Values made from shapes: whatever a model allows to be said, as far as its protocol has a way to say it."""

import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore import xform_name
from botocore.model import Shape
from hypothesis import strategies as st

DEEPEST = 4

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
# XML has no way to write most control characters, and reads a carriage return as a line feed.
XML_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=6)
HEADER_TEXT = st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~/:;=?@ ", min_size=1, max_size=6).map(
    lambda text: text.strip() or "x"
)
TOKEN = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=5)
LABEL = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8)
SECONDS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
MILLISECONDS = st.tuples(SECONDS, st.integers(0, 999)).map(lambda pair: pair[0] + timedelta(milliseconds=pair[1]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT, lambda inner: st.dictionaries(TEXT, inner, max_size=2)
)

Draw = Callable[[st.SearchStrategy[Any]], Any]

SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, width=32),
    "double": st.floats(allow_nan=False),
    "blob": st.binary(max_size=8),
    "timestamp": MILLISECONDS,
}


def value_of(draw: Draw, shape: Shape, *, text: st.SearchStrategy[str], depth: int = 0) -> Any:
    """A value of a shape in a body."""
    if shape.metadata.get("document"):
        return draw(st.dictionaries(TEXT, JSON, max_size=2))
    match shape.type_name:
        case "structure":
            return {
                name: value_of(draw, shape.members[name], text=text, depth=depth + 1) for name in chosen(draw, shape, depth)
            }
        case "list":
            size = draw(st.integers(0, 2)) if depth < DEEPEST else 0
            return [value_of(draw, shape.member, text=text, depth=depth + 1) for _ in range(size)]
        case "map":
            size = draw(st.integers(0, 2)) if depth < DEEPEST else 0
            return {draw(text): value_of(draw, shape.value, text=text, depth=depth + 1) for _ in range(size)}
        case "timestamp" if shape.serialization.get("timestampFormat") == "rfc822":
            return draw(SECONDS)
        case kind:
            return draw(SCALARS.get(kind, text))


def chosen(draw: Draw, shape: Shape, depth: int) -> list[str]:
    """Members to be set: all that are required, one of a union, and some of the others."""
    names = list(shape.members)
    if shape.is_tagged_union:
        flat = [name for name in names if shape.members[name].type_name != "structure"] if depth >= DEEPEST else names
        return [draw(st.sampled_from(flat or names))]
    if depth > 3 * DEEPEST:
        return []
    optional = [name for name in names if name not in shape.required_members]
    wanted = draw(st.integers(0, 2 ** len(optional) - 1)) if depth < DEEPEST else 0
    return [*shape.required_members, *(name for bit, name in enumerate(optional) if wanted >> bit & 1)]


def top_value_of(draw: Draw, shape: Shape | None, *, text: st.SearchStrategy[str]) -> dict[str, Any]:
    """A value of an input or output, whose members may stand in paths and headers."""
    if shape is None:
        return {}
    return {name: located_value_of(draw, shape.members[name], text=text) for name in chosen(draw, shape, 0)}


def located_value_of(draw: Draw, shape: Shape, *, text: st.SearchStrategy[str]) -> Any:
    """A value as its place can hold it."""
    location = shape.serialization.get("location")
    if shape.serialization.get("hostLabel"):
        return draw(TOKEN.filter(lambda token: not token.startswith("-")))
    if location == "headers":
        return draw(st.dictionaries(TOKEN, HEADER_TEXT, max_size=2))
    texts = {"header": HEADER_TEXT, "uri": LABEL, "querystring": TEXT}.get(location or "", text)
    if location and shape.type_name == "timestamp":
        return draw(SECONDS)
    return value_of(draw, shape, text=texts)


def ours(shape: Shape, value: Any) -> Any:
    """The value under our names, with tuples for lists: the definition, written a second time."""
    if shape.metadata.get("document"):
        return value
    match shape.type_name:
        case "structure":
            return {xform_name(name): ours(shape.members[name], item) for name, item in value.items()}
        case "list":
            return tuple(ours(shape.member, item) for item in value)
        case "map":
            return {key: ours(shape.value, item) for key, item in value.items()}
        case _:
            return value
