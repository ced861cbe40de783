"""What a file's bytes say of its format and columns: CSV and Parquet, as the classifiers of a Glue crawler see them.

Nothing of a value leaves this file: what comes out are names, types and counts.
"""

import csv
import io
import re
import zlib
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow
from pyarrow import parquet

from mandorla.domain.glue_table import GlueColumn
from mandorla.engines.source_files import GZIP_MAGIC

SAMPLE_BYTES = 1 << 20
MOST_ROWS = 2000

# Glue developer guide, "Built-in CSV classifier": "The built-in CSV classifier parses CSV file contents … checks for the
# following delimiters: Comma (,) Pipe (|) Tab (\t) Semicolon (;) Ctrl-A (\u0001)".
DELIMITERS = (",", "|", "\t", ";", "\x01")

# How many of the rows must have as many fields as most have. GUESS: Glue says "heuristics"; a file of ours would settle it.
ROWS_ALIKE = 0.8

# The same guide: "Except for the last column, every column in a potential header has content that is fewer than 150
# characters".
LONGEST_HEADER = 149
LONGEST_NAME = 255  # Glue's service model: NameString

# GUESS: a plus makes a text of a number, or phones would lose theirs; a crawl of AWS's would settle it.
WHOLE_NUMBER = re.compile(r"-?[0-9]+")
NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
BIGINT = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredSchema:
    """A file's format and columns. A delimiter stands only with CSV, as do the other members below it."""

    file_format: Literal["csv", "parquet"]
    columns: tuple[GlueColumn, ...]
    compression: Literal["none", "gzip"] = "none"
    record_count: int = 0
    delimiter: str = ""
    has_header: bool = False
    is_quoted: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in their order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The text that a CSV file begins with, how many of the file's bytes that is, and how many it has."""

    text: str
    byte_count: int
    size: int
    is_gzipped: bool

    @property
    def is_whole(self) -> bool:
        """Whether the file has no more."""
        return self.byte_count >= self.size


def inferred_csv(start: bytes, *, size: int) -> InferredSchema | None:
    """The schema of a CSV file of so many bytes that begins so; None for what is none."""
    sample = sample_of(start, size)
    return inferred_text(sample) if sample is not None else None


def sample_of(start: bytes, size: int) -> Sample | None:
    """The text that the bytes are, unpacked where they are packed; None for what is no text in UTF-8."""
    is_gzipped = start.startswith(GZIP_MAGIC)
    unpacking = zlib.decompressobj(wbits=31)
    try:
        sample = unpacking.decompress(start, SAMPLE_BYTES) if is_gzipped else start[:SAMPLE_BYTES]
        byte_count = len(start) - len(unpacking.unconsumed_tail) if is_gzipped else len(sample)
        text = getincrementaldecoder("utf-8-sig")().decode(sample, final=byte_count >= size)
    except (zlib.error, UnicodeDecodeError):
        return None
    return None if "\0" in text else Sample(text=text, byte_count=byte_count, size=size, is_gzipped=is_gzipped)


def inferred_text(sample: Sample) -> InferredSchema | None:
    """The schema of the text that a CSV file begins with."""
    text = sample.text
    tried = [(delimiter, rows_of(text, delimiter, is_whole=sample.is_whole)) for delimiter in DELIMITERS]
    delimiter, rows = max(tried, key=lambda one: likeness(one[1]))
    if likeness(rows) == (0.0, 0):
        return None
    width = width_of(rows)
    header, body = rows[0], [row for row in rows[1:] if len(row) == width]
    has_header = len(header) == width and is_header(header, body)
    columns = columns_of(header if has_header else (), body if has_header else [row for row in rows if len(row) == width])
    estimate = len(rows) if sample.is_whole else sample.size * text.count("\n") // max(sample.byte_count, 1)
    return InferredSchema(
        file_format="csv",
        columns=columns,
        compression="gzip" if sample.is_gzipped else "none",
        record_count=max(estimate - has_header, 0),
        delimiter=delimiter,
        has_header=has_header,
        is_quoted=re.search(rf'(^|{re.escape(delimiter)})"', text, re.MULTILINE) is not None,
    )


def rows_of(text: str, delimiter: str, *, is_whole: bool) -> list[list[str]]:
    """The first rows; a last one that was cut off is left out."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > MOST_ROWS and not is_whole:
                return rows
    except csv.Error:
        return []
    return rows if is_whole else rows[:-1]


def width_of(rows: Sequence[Sequence[str]]) -> int:
    """How many fields most rows have."""
    [(width, _)] = Counter(len(row) for row in rows).most_common(1)
    return width


def likeness(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """How much a delimiter speaks for itself: zero for rows that are no table.

    "To be classified as CSV, the table schema must have at least two columns and two rows of data."

    >>> likeness([["id", "name"], ["1", "x"]]), likeness([["id,name"], ["1,x"]])
    ((1.0, 2), (0.0, 0))
    """
    if len(rows) < 2:
        return 0.0, 0
    width = width_of(rows)
    alike = sum(len(row) == width for row in rows) / len(rows)
    return (alike, width) if width >= 2 and alike >= ROWS_ALIKE else (0.0, 0)


def is_header(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a first row holds names, by the four sentences of the guide, the last of which decides most often.

    "The header row must be sufficiently different from the data rows. To determine this, one or more of the rows must parse as
    other than STRING type. If all columns are of type STRING, then the first row of data is not sufficiently different from
    subsequent rows to be used as the header."

    >>> is_header(["id", "name"], [["1", "x"]]), is_header(["id", "name"], [["a", "x"]]), is_header(["1", "name"], [["1", "x"]])
    (True, False, False)
    """
    *inner, last = header
    if any(not name.strip() or len(name) > LONGEST_HEADER for name in inner) or len(last) > LONGEST_NAME:
        return False
    if any(type_of_values([name]) != "string" for name in header) or not all(name.isprintable() for name in header):
        return False
    return any(type_of_values(column) != "string" for column in zip(*body, strict=True))


def type_of_values(values: Sequence[str]) -> str:
    """The narrowest of Glue's types that holds every value; empty ones say nothing.

    >>> type_of_values(["1", "", "02"]), type_of_values(["1", "2.5"]), type_of_values(["1", "x"]), type_of_values([""])
    ('bigint', 'double', 'string', 'string')
    """
    filled = [value.strip() for value in values if value.strip()]
    if filled and all(WHOLE_NUMBER.fullmatch(value) and len(value) < 21 and int(value) in BIGINT for value in filled):
        return "bigint"
    return "double" if filled and all(NUMBER.fullmatch(value) for value in filled) else "string"


def columns_of(header: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[GlueColumn, ...]:
    """The columns: named by the header in lower case, or `col0`, `col1`, … without one."""
    width = len(header) or len(body[0])
    names = [name.strip().lower() or f"col{place}" for place, name in enumerate(header)] or [f"col{n}" for n in range(width)]
    typed = [type_of_values(column) for column in zip(*body, strict=True)] or ["string"] * width
    return tuple(GlueColumn(name, type_name) for name, type_name in zip(unlike(names), typed, strict=True))


def unlike(names: Sequence[str]) -> list[str]:
    """The names, each once. GUESS: a number behind the second; Glue's guide does not say.

    >>> unlike(["id", "email", "id"])
    ['id', 'email', 'id_2']
    """
    given: list[str] = []
    for name in names:
        number, free = 1, name
        while free in given:
            number += 1
            free = f"{name}_{number}"
        given.append(free)
    return given


def inferred_parquet(path: Path) -> InferredSchema | None:
    """The schema in a Parquet file's footer; None for what is none."""
    try:
        with parquet.ParquetFile(path) as file:
            schema, record_count = file.schema_arrow, file.metadata.num_rows
    except (pyarrow.ArrowException, OSError):
        return None
    columns = tuple(
        GlueColumn(name, glue_type(field.type))
        for name, field in zip(unlike([name.lower() for name in schema.names]), schema, strict=True)
    )
    return InferredSchema(file_format="parquet", columns=columns, record_count=record_count) if columns else None


PLAIN_TYPES = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": "decimal(20,0)",
    "halffloat": "float",
    "float": "float",
    "double": "double",
    "date32[day]": "date",
    "date64[ms]": "date",
    "binary": "binary",
    "large_binary": "binary",
    "time32[ms]": "int",
    "time64[us]": "bigint",
    "time64[ns]": "bigint",
}


def glue_type(arrow_type: pyarrow.DataType) -> str:
    """A column's type as Hive writes it.

    >>> glue_type(pyarrow.list_(pyarrow.struct([("a", pyarrow.int32())])))
    'array<struct<a:int>>'
    """
    types = pyarrow.types
    if types.is_dictionary(arrow_type):
        return glue_type(arrow_type.value_type)
    if types.is_timestamp(arrow_type):
        return "timestamp"
    if types.is_decimal(arrow_type):
        return f"decimal({arrow_type.precision},{arrow_type.scale})"
    if types.is_map(arrow_type):
        return f"map<{glue_type(arrow_type.key_type)},{glue_type(arrow_type.item_type)}>"
    if types.is_list(arrow_type) or types.is_large_list(arrow_type) or types.is_fixed_size_list(arrow_type):
        return f"array<{glue_type(arrow_type.value_type)}>"
    if types.is_struct(arrow_type):
        members = ",".join(f"{field.name.lower()}:{glue_type(field.type)}" for field in arrow_type)
        return f"struct<{members}>"
    return "binary" if types.is_fixed_size_binary(arrow_type) else PLAIN_TYPES.get(str(arrow_type), "string")


def is_similar(one: InferredSchema, other: InferredSchema) -> bool:
    """Whether two files may be parts of one table.

    CSV is read by position, so its columns must be the same ones; Parquet is read by name, and there "very similar" is enough:
    seven of ten names.
    """
    if (one.file_format, one.compression, one.delimiter) != (other.file_format, other.compression, other.delimiter):
        return False
    if one.file_format == "csv":
        return one.names == other.names and one.has_header == other.has_header
    shared = set(one.names) & set(other.names)
    return len(shared) >= 0.7 * max(len(one.names), len(other.names))


def merged(one: InferredSchema, other: InferredSchema) -> InferredSchema:
    """The schema of a table that has both files."""
    types = {column.name: column.type for column in one.columns}
    for column in other.columns:
        known = types.get(column.name, column.type)
        types[column.name] = known if known == column.type else wider(known, column.type)
    return replace(
        one,
        columns=tuple(GlueColumn(name, type_name) for name, type_name in types.items()),
        record_count=one.record_count + other.record_count,
        is_quoted=one.is_quoted or other.is_quoted,
    )


WIDTHS = ("tinyint", "smallint", "int", "bigint", "float", "double")


def wider(one: str, other: str) -> str:
    """A type that holds the values of both.

    >>> wider("bigint", "double"), wider("date", "int")
    ('double', 'string')
    """
    if one in WIDTHS and other in WIDTHS:
        return max(one, other, key=WIDTHS.index)
    return "string"
