"""Scalars as text: in paths, query strings, headers, forms and XML they look the same, but for the format of a time."""

import base64
import math
import re
from collections.abc import Callable

from botocore.model import Shape

from mandorla.wire import timestamps
from mandorla.wire.shapes import Tree


def from_text(shape: Shape, text: str, *, timestamp_format: str) -> Tree:
    """The scalar, or the text itself when it is none of that type: the constraints then name the field and the type.

    >>> from_text(Shape("Limit", {"type": "integer"}), "25", timestamp_format="iso8601")
    25
    >>> from_text(Shape("Limit", {"type": "integer"}), "many", timestamp_format="iso8601")
    'many'
    """
    read = timestamps.READERS[timestamps.format_of(shape.serialization, timestamp_format)]
    try:
        return read(text) if shape.type_name == "timestamp" else READERS.get(shape.type_name, str)(text)
    except ValueError:
        return text


def to_text(shape: Shape, value: Tree, *, timestamp_format: str) -> str:
    """The scalar as text.

    >>> to_text(Shape("Flag", {"type": "boolean"}), True, timestamp_format="iso8601")
    'true'
    """
    if shape.type_name == "timestamp":
        return str(timestamps.WRITERS[timestamps.format_of(shape.serialization, timestamp_format)](value))
    return WRITERS.get(shape.type_name, str)(value)


def from_integer_text(text: str) -> int:
    """Stricter than `int`, which takes underscores, blanks and other scripts' digits."""
    if not re.fullmatch(r"[+-]?[0-9]{1,40}", text):
        raise ValueError("not an integer")
    return int(text)


def from_float_text(text: str) -> float:
    """A number, or one of the three words that stand for what is none."""
    if text not in NOT_NUMBERS and not re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?|[+-]?[0-9]+\.", text):
        raise ValueError("not a number")
    return float(text)


def from_boolean_text(text: str) -> bool:
    """`true` or `false`; Python clients of old sent them with a capital."""
    if text.lower() not in BOOLEANS:
        raise ValueError("not a boolean")
    return BOOLEANS[text.lower()]


def from_base64(text: str) -> bytes:
    """Bytes; lines may be broken, other strangers are refused."""
    return base64.b64decode("".join(text.split()), validate=True)


def to_float_text(value: float) -> str:
    """As JSON and XML of AWS spell it, infinite or not."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(float(value))


def to_base64(value: bytes) -> str:
    """Base64 without line breaks."""
    return base64.b64encode(value).decode("ascii")


def to_boolean_text(value: bool) -> str:
    """As every protocol spells it."""
    return "true" if value else "false"


BOOLEANS = {"true": True, "false": False}
NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
READERS: dict[str, Callable[[str], Tree]] = {
    "integer": from_integer_text,
    "long": from_integer_text,
    "float": from_float_text,
    "double": from_float_text,
    "boolean": from_boolean_text,
    "blob": from_base64,
}
WRITERS: dict[str, Callable[[Tree], str]] = {
    "float": to_float_text,
    "double": to_float_text,
    "boolean": to_boolean_text,
    "blob": to_base64,
}
