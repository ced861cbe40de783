"""rejected.csv: each row that was left out, by file and line or row number, and why; never a value of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import csv

from mandorla.engines.engine import RejectedRow

# Only CSV files have lines; a row's number counts the rows of its file that could be read, from 1.
SCHEMA = pyarrow.schema(
    [("file", pyarrow.string()), ("line", pyarrow.int64()), ("row", pyarrow.int64()), ("reason", pyarrow.string())]
)
ROWS_AT_ONCE = 10_000


def write_rejected_rows(
    path: Path, unreadable: Sequence[RejectedRow], without_id: Iterable[Any], files: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    """Write unreadable rows and those without an id (Arrow batches of file number, row and reason); how many per reason."""
    reasons: Counter[str] = Counter()
    with csv.CSVWriter(path, SCHEMA) as writer:
        for start in range(0, len(unreadable), ROWS_AT_ONCE):
            rows = unreadable[start : start + ROWS_AT_ONCE]
            reasons.update(row.reason.partition(" (")[0] for row in rows)
            entries = [{"file": row.file, "line": row.place, "row": None, "reason": row.reason} for row in rows]
            writer.write(pyarrow.RecordBatch.from_pylist(entries, SCHEMA))
        for batch in without_id:
            numbers = pyarrow.array([number - 1 for number in batch.column(0).to_pylist()], pyarrow.int32())
            named = pyarrow.DictionaryArray.from_arrays(numbers, pyarrow.array(files)).cast(pyarrow.string())
            nothing = pyarrow.nulls(batch.num_rows, pyarrow.int64())
            row_numbers = batch.column(1).cast(pyarrow.int64())
            why = batch.column(2).cast(pyarrow.string())
            reasons.update({one["values"]: one["counts"] for one in why.value_counts().to_pylist()})
            writer.write(pyarrow.RecordBatch.from_arrays([named, nothing, row_numbers, why], schema=SCHEMA))
    return tuple(reasons.most_common())
