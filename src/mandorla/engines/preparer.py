"""The promise of who prepares files in one pass: files and column plans go in, one file of data and what happened come out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mandorla.domain.limits import Limits
from mandorla.domain.progress import Report
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable, RejectedRow
from mandorla.engines.preparation_queries import PreparedValue, WrittenColumn
from mandorla.engines.source_files import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternCount:
    """Values to be counted on the way: of some columns, in rows of some countries, those that a pattern fits.

    It fits none that begins with so many digits as `unless_digits` says, so only others are looked at.
    """

    columns: tuple[str, ...]
    pattern: str
    countries: tuple[str, ...]
    unless_digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationTask:
    """What is to be prepared, and where it is written.

    `columns` are written in their order: the unique id, and `value_0`, `value_1`, … of `values`. `country_value` is the number
    of the value that says in which country a written row is read. Files that are `attached` already are read from there.
    """

    files: tuple[SourceFile, ...]
    attached: AttachedTable | None
    schema_mapping: SchemaMapping
    values: tuple[PreparedValue, ...]
    columns: tuple[WrittenColumn, ...]
    country: str
    country_value: int | None
    counted: PatternCount
    limits: Limits
    output: Path
    file_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRows:
    """What a finished preparation says of its rows.

    `rows_read` are those that could be read, `prepared` those of them with a usable unique id, `written` those of them that
    repeat no other. `without_id` are Arrow batches of file number, row number and reason. `ids_by_rows` says how many ids have
    one row that is written, two, three, …, of the ids with several rows. `tallies` are filled and rejected rows of each value,
    `counts` those of the patterns.
    """

    rows_read: int
    unreadable: tuple[RejectedRow, ...]
    without_id: tuple[Any, ...]
    prepared: int
    written: int
    duplicate_rows: int
    ids_by_rows: dict[int, int]
    tallies: tuple[tuple[int, int], ...]
    counts: tuple[int, ...]


class Preparer(Protocol):
    """Who prepares files in one pass, with the same rows as the steps on an engine."""

    def prepare(self, task: PreparationTask, progress: Report) -> PreparedRows:
        """Prepare and write; the file is whole or not there. InvalidInputError names every file that stands in the way."""
