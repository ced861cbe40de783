"""The promise of an engine: attach files as tables, run named steps, give rows, write a file. Nothing asks which one it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mandorla.engines.source_files import SourceFile
from mandorla.normalize.sql_trees import exp

# Every attached table has these two columns besides its own: which file, and which row in it, both counted from 1.
FILE_NUMBER = "file_number"
ROW_NUMBER = "row_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read. `place` is the line of a CSV file or the row of a Parquet file, counted from 1."""

    file: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedTable:
    """A table that queries can name: its columns are text, in the order of the file."""

    name: str
    columns: tuple[str, ...]
    row_count: int
    rejected_rows: tuple[RejectedRow, ...]


class Engine(Protocol):
    """What runs queries. It offers every normalizer's reference as a function, and `text_key(text)`: the 128 bits of the
    text's MD5 as one value, NULL of NULL."""

    name: str
    lacks: frozenset[str]

    def attach(self, name: str, files: Sequence[SourceFile], columns: Sequence[str]) -> AttachedTable:
        """Make files a table of text columns with FILE_NUMBER and ROW_NUMBER. InvalidInputError names a broken file."""

    def keep(self, name: str, query: exp.Query) -> int:
        """Run a query once and keep its rows under a name; the number of rows."""

    def remove(self, name: str, places: str) -> None:
        """Take the rows out of a kept table whose `place` stands in another."""

    def define(self, name: str, query: exp.Query) -> None:
        """Give a query a name without running it."""

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """All rows of a query that has few."""

    def batches(self, query: exp.Query) -> Iterator[Any]:
        """The rows of a query of any size, as Arrow record batches."""

    def write(self, query: exp.Query, path: Path, file_format: str = "parquet") -> int:
        """Write a query's rows, in its order, to a Parquet (zstd) or CSV file that appears whole or not at all."""

    def close(self) -> None:
        """Give back memory and temporary files."""
