"""rejected.csv: each row that was left out, by file, line and row number, and why; never a value of it."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from mandorla.engines.csv_lines import numbered_rows
from mandorla.engines.engine import RejectedRow
from mandorla.engines.source_files import SourceFile

# Only CSV files have lines. A row's number counts all rows of its file below the header, from 1.
COLUMNS = ("file", "line", "row", "reason")


@dataclass(frozen=True, slots=True)
class RowWithoutId:
    """A row that could be read: its file's number, its own among the readable ones there, and what is wrong with its id."""

    file_number: int
    row_number: int
    reason: str


def write_rejected_rows(
    path: Path, unreadable: Sequence[RejectedRow], without_id: Iterable[Any], files: Sequence[SourceFile]
) -> tuple[tuple[str, int], ...]:
    """Write unreadable rows and those without an id (Arrow batches of file number, row and reason); how many per reason."""
    reasons: Counter[str] = Counter()
    by_file = groupby(rows_of(without_id), key=attrgetter("file_number"))
    following = next(by_file, None)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, file in enumerate(files, start=1):
            rows = following[1] if following is not None and following[0] == number else iter(())
            unread = {one.place: one.reason for one in unreadable if one.file == str(file.path)}
            for place, reason in rejected_of(file, unread, rows):
                reasons[reason.partition(" (")[0]] += 1
                writer.writerow([file.path, *place, reason])
            if following is not None and following[0] == number:
                following = next(by_file, None)
    return tuple(reasons.most_common())


def rows_of(batches: Iterable[Any]) -> Iterator[RowWithoutId]:
    """The rows of Arrow batches."""
    for batch in batches:
        yield from map(RowWithoutId, *(column.to_pylist() for column in batch.columns))


def rejected_of(
    file: SourceFile, unreadable: dict[int, str], without_id: Iterator[RowWithoutId]
) -> Iterator[tuple[tuple[int | None, int], str]]:
    """The rows of one file that were left out, in their order: line and row, and the reason.

    A CSV file is read once more, up to its last such row: only so do all get the numbers that a person finds them by.
    """
    if file.file_format == "parquet":
        yield from (((None, row.row_number), row.reason) for row in without_id)
        return
    following = next(without_id, None)
    left = len(unreadable)
    if following is None and not left:
        return
    for one in numbered_rows(file.path, unreadable.keys()):
        if one.readable is None:
            left -= 1
            yield (one.line, one.row), unreadable[one.line]
        elif following is not None and one.readable == following.row_number:
            yield (one.line, one.row), following.reason
            following = next(without_id, None)
        if following is None and not left:
            return
