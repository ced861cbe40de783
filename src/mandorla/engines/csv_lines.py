"""Where the rows of a CSV file stand, for people: the line as an editor numbers it, and the row as one counts below the header.

Engines name a row by a byte or by how many they could read before it; a value with a line break in it makes the three differ.
"""

import csv
import gzip
import io
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from mandorla.engines.source_files import GZIP_MAGIC

CHUNK = 1 << 20
LONGEST_FIELD = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """A row below the header. `row` counts all of them from 1, `readable` those that an engine could read; None for others."""

    line: int
    row: int
    readable: int | None


def unpacked(path: Path) -> BinaryIO:
    """The bytes of a CSV file, whether or not it is gzipped."""
    with path.open("rb") as stream:
        is_gzipped = stream.read(2) == GZIP_MAGIC
    return cast(BinaryIO, gzip.open(path)) if is_gzipped else path.open("rb")


def lines_at(path: Path, offsets: Sequence[int]) -> list[int]:
    """The lines, from 1, in which the rows at these ascending byte offsets begin; blank lines before a row are passed over."""
    lines: list[int] = []
    line, start, chunk = 1, 0, b""
    with unpacked(path) as stream:
        for offset in offsets:
            while offset >= start + len(chunk) and (following := stream.read(CHUNK)):
                line += breaks_in(chunk)
                start, chunk = start + len(chunk), following
            before, rest = chunk[: offset - start], chunk[offset - start :]
            blank = rest[: len(rest) - len(rest.lstrip(b"\r\n"))]
            lines.append(line + breaks_in(before) + breaks_in(blank))
    return lines


def breaks_in(text: bytes) -> int:
    """The line breaks in a piece of a file: line feeds, or carriage returns where there are no others."""
    return text.count(b"\n") or text.count(b"\r")


def with_line_feeds(path: Path, target: Path) -> None:
    """Write a CSV file anew with one kind of line ends: files put together from several often have both."""
    with unpacked(path) as stream, target.open("wb") as written:
        was_return = False
        while chunk := stream.read(CHUNK):
            # A pair that is torn apart by the end of a chunk is one line end.
            piece = chunk[1:] if was_return and chunk.startswith(b"\n") else chunk
            written.write(piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
            was_return = chunk.endswith(b"\r")


def numbered_rows(path: Path, unreadable_lines: Container[int]) -> Iterator[CsvRow]:
    """Every row below the header, in order. `unreadable_lines` are the lines in which rows begin that the engine left out."""
    readable = row = 0
    with unpacked(path) as stream, long_fields():
        reader = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline=""))
        line, is_header = 1, True
        for fields in reader:
            begins, line = line, reader.line_num + 1
            if not fields:
                continue
            if is_header:
                is_header = False
                continue
            row += 1
            is_readable = begins not in unreadable_lines
            readable += is_readable
            yield CsvRow(line=begins, row=row, readable=readable if is_readable else None)


@contextmanager
def long_fields() -> Iterator[None]:
    """Lift the limit that Python's reader has for one field, which is a setting of the whole process."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
