"""Results as Athena writes them: every value as text in double quotes, NULL as nothing between two commas."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

# Any: values of every type that a query can give.


def text_of(value: Any) -> str | None:
    """A value as Athena prints it.

    >>> text_of(True), text_of(1.0), text_of(1e10), text_of([1, None]), text_of({"a": 1}), text_of(b"ab")
    ('true', '1.0', '1.0E10', '[1, null]', '{a=1}', '61 62')
    """
    if value is None:
        return None
    writer = next((WRITERS[kind] for kind in type(value).__mro__ if kind in WRITERS), None)
    return writer(value) if writer is not None else str(value)


def float_text(value: float) -> str:
    """As Java prints a double: plain between 10^-3 and 10^7, with an exponent beyond."""
    if math.isnan(value) or math.isinf(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = repr(value)
        return plain if "e" not in plain else format(Decimal(plain), "f")
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    first, *rest = (str(digit) for digit in digits)
    return f"{'-' if value < 0 else ''}{first}.{''.join(rest) or '0'}E{exponent + len(rest)}"


def timestamp_text(value: datetime) -> str:
    """To the millisecond, with the zone if it has one."""
    zone = " UTC" if value.tzinfo is not None else ""
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}{zone}"


def row_text(value: Mapping[Any, Any]) -> str:
    """A row or a map."""
    return "{" + ", ".join(f"{inner_text(name)}={inner_text(one)}" for name, one in value.items()) + "}"


def list_text(value: Sequence[Any]) -> str:
    """An array."""
    return f"[{', '.join(inner_text(one) for one in value)}]"


def inner_text(value: Any) -> str:
    """A value within another."""
    text = text_of(value)
    return "null" if text is None else text


def bytes_text(value: bytes) -> str:
    """Bytes in pairs of hexadecimal digits."""
    return value.hex(" ")


WRITERS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    float: float_text,
    datetime: timestamp_text,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: str,
    dict: row_text,
    list: list_text,
    tuple: list_text,
    bytes: bytes_text,
    Decimal: lambda value: format(value, "f"),
}


def csv_line(texts: Iterable[str | None]) -> str:
    """A line of a result file.

    >>> csv_line(["a", None, 'b"c', ""])
    '"a",,"b""c",""\\n'
    """
    return ",".join("" if text is None else '"' + text.replace('"', '""') + '"' for text in texts) + "\n"


FIELD = re.compile(rb'(?:"([^"]*(?:""[^"]*)*)")?([,\n])')


def rows_in(line_bytes: bytes) -> Iterator[tuple[list[str | None], int]]:
    """The rows of a result file from the start of one on, as far as they are whole, each with the place of its end.

    >>> list(rows_in(b'"a",,""\\n"cut'))
    [(['a', None, ''], 8)]
    """
    row: list[str | None] = []
    place = 0
    while (found := FIELD.match(line_bytes, place)) is not None:
        value, end = found.groups()
        row.append(None if value is None else value.decode().replace('""', '"'))
        place = found.end()
        if end == b"\n":
            yield row, place
            row = []


# DuckDB's types as Athena names them, with the precision that its results tell.
RESULT_TYPES: Mapping[str, tuple[str, int]] = {
    "VARCHAR": ("varchar", 2147483647),
    "BIGINT": ("bigint", 19),
    "HUGEINT": ("bigint", 19),
    "UBIGINT": ("bigint", 19),
    "INTEGER": ("integer", 10),
    "UINTEGER": ("bigint", 19),
    "SMALLINT": ("smallint", 5),
    "TINYINT": ("tinyint", 3),
    "DOUBLE": ("double", 17),
    "FLOAT": ("float", 17),
    "BOOLEAN": ("boolean", 0),
    "DATE": ("date", 0),
    "TIME": ("time", 3),
    "TIMESTAMP": ("timestamp", 3),
    "TIMESTAMP_S": ("timestamp", 3),
    "TIMESTAMP_MS": ("timestamp", 3),
    "TIMESTAMP_NS": ("timestamp", 3),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", 3),
    "INTERVAL": ("interval day to second", 0),
    "BLOB": ("varbinary", 1073741824),
    "JSON": ("json", 0),
    "UUID": ("varchar", 2147483647),
}


def result_type(duckdb_type: str) -> tuple[str, int, int]:
    """Athena's name of a type, its precision and its scale.

    >>> result_type("DECIMAL(10,2)"), result_type("INTEGER[]"), result_type("STRUCT(a INTEGER)"), result_type("BIGINT")
    (('decimal', 10, 2), ('array', 0, 0), ('row', 0, 0), ('bigint', 19, 0))
    """
    decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", duckdb_type)
    if decimal:
        return "decimal", int(decimal[1]), int(decimal[2])
    if duckdb_type.endswith("]"):
        return "array", 0, 0
    for start, name in (("STRUCT", "row"), ("MAP", "map")):
        if duckdb_type.startswith(start):
            return name, 0, 0
    name, precision = RESULT_TYPES.get(duckdb_type, ("varchar", 2147483647))
    return name, precision, 0
