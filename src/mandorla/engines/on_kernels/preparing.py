"""Preparation by kernels, in one pass: texts of the files, values as they are written, rows seen before, pages of the output.

    files ─▶ pieces of texts ─▶ ids and values (any thread) ─▶ duplicates (in order) ─▶ pages (any thread) ─▶ the file

The rows are those of the reference engine, which reads what is not plain.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import numpy
import pyarrow

from mandorla.domain.progress import Report, unheard
from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER, Engine, RejectedRow
from mandorla.engines.on_kernels.csv_text import CsvText
from mandorla.engines.on_kernels.freed_memory import keep_freed_memory
from mandorla.engines.on_kernels.kept_kernels import PREPARING, are_compiled, note_compiled
from mandorla.engines.on_kernels.normalizers import WORDS
from mandorla.engines.on_kernels.parquet_pages import ParquetPages
from mandorla.engines.on_kernels.plain_csv import IrregularError
from mandorla.engines.on_kernels.prepared_batches import Batch, BatchReader
from mandorla.engines.on_kernels.seen_rows import SeenRows
from mandorla.engines.on_kernels.smallest_preparations import smallest_preparations
from mandorla.engines.on_kernels.texts_of_files import TextPiece, batches_of_engine, pieces_of
from mandorla.engines.on_kernels.unique_ids import MISSING, USABLE
from mandorla.engines.preparation_queries import LONG_ID, NO_ID
from mandorla.engines.preparer import PreparationTask, PreparedRows
from mandorla.engines.scratch import Scratch
from mandorla.engines.whole_file import whole_file

# Any: Arrow's and numpy's arrays, whose element types Numba sees.
WRITERS: dict[str, Any] = {"parquet": ParquetPages, "csv": CsvText}
# So many rows are in work at most, or one piece.
ROWS_IN_WORK = 400_000
UNIQUE_ID = "unique_id"
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Tally:
    """What was counted so far."""

    rows_read: int = 0
    prepared: int = 0
    without_id: list[Any] = field(default_factory=list)
    unreadable: list[RejectedRow] = field(default_factory=list)


class KernelPreparer:
    """Prepares files in one pass. The engine, asked for where a file is not plain, stays its owner's."""

    def __init__(self, engine: Callable[[], Engine], *, threads: int | None = None) -> None:
        self._engine = engine
        self._threads = threads or os.cpu_count() or 1

    def prepare(self, task: PreparationTask, progress: Report) -> PreparedRows:
        """Prepare and write, in the promised rows."""
        if not are_compiled(PREPARING):
            progress("compiling the kernels, once on this machine", 0, 1)
            with Scratch(None) as folder:
                for one in smallest_preparations(folder.path):
                    self.write(one, unheard)
            note_compiled(WORDS, PREPARING)
        return self.write(task, progress)

    def write(self, task: PreparationTask, progress: Report) -> PreparedRows:
        """Prepare and write beside the output, then rename; kernels that were not compiled yet are compiled on the way."""
        keep_freed_memory()
        names = [column.name for column in task.columns]
        required = [column.column == UNIQUE_ID for column in task.columns]
        with whole_file(task.output) as aside:
            writer = WRITERS[task.file_format](aside, names, required)
            with closing(writer), ThreadPoolExecutor(self._threads) as pool:
                prepared = Pass(self._engine, task, pool, writer, progress, most_waiting=2 * self._threads).run()
        return prepared


class Pass:
    """One pass over all files."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        task: PreparationTask,
        pool: ThreadPoolExecutor,
        writer: Any,
        progress: Report,
        *,
        most_waiting: int,
    ) -> None:
        self._engine, self._task, self._pool, self._writer, self._progress = engine, task, pool, writer, progress
        self._rows, self._most_waiting = BatchReader(task), most_waiting
        self._seen, self._tally = SeenRows(pool), Tally()
        self._tallies = numpy.zeros((len(task.values), 2), numpy.int64)
        self._counts = numpy.zeros(len(task.counted.columns), numpy.int64)
        self._encoding: deque[Future[Any]] = deque()
        self._doing, self._bytes, self._bytes_done = "preparing", 0, 0

    def run(self) -> PreparedRows:
        """Read every file, and write what is left of it."""
        task, tally = self._task, self._tally
        sizes = [file.path.stat().st_size for file in task.files]
        self._bytes = sum(sizes)
        if task.attached is not None:
            tally.unreadable += task.attached.rejected_rows
            self.read_by_engine(task.attached.name)
        else:
            for number, file in enumerate(task.files, start=1):
                self._doing = f"preparing {file.path.name}"
                self.read_file(number)
                self._bytes_done = sum(sizes[:number])
        self.write_encoded(until=0)
        return PreparedRows(
            rows_read=tally.rows_read,
            unreadable=tuple(tally.unreadable),
            without_id=tuple(tally.without_id),
            prepared=tally.prepared,
            written=self._writer.rows,
            duplicate_rows=self._seen.duplicate_rows,
            ids_by_rows=self._seen.ids_by_rows(),
            tallies=tuple((int(filled), int(rejected)) for filled, rejected in self._tallies),
            counts=tuple(map(int, self._counts)),
        )

    def read_file(self, number: int) -> None:
        """Read a file by kernels, and by the engine from where they cannot go on."""
        file, columns = self._task.files[number - 1], self._task.schema_mapping.column_names
        pieces = pieces_of(file, columns)
        row = 0
        if pieces is not None:
            try:
                for batches in self.in_order(pieces):
                    for batch in batches:
                        self.take(batch, number, row)
                        row += batch.row_hashes.size
                return
            except IrregularError:
                pass
        name = f"file_{number}"
        attached = self._engine().attach(name, [file], columns)
        self._tally.unreadable += attached.rejected_rows
        self.read_by_engine(name, number, behind=row)

    def read_by_engine(self, table: str, number: int | None = None, *, behind: int = 0) -> None:
        """Read an attached table, which holds one file of this number, or all of them."""
        batches = batches_of_engine(self._engine(), table, self._task.schema_mapping.column_names, behind=behind)
        numbers: deque[int] = deque()

        def pieces() -> Iterator[TextPiece]:
            for file_number, texts in batches:
                numbers.append(number or file_number)
                yield TextPiece(texts.rows, 0, lambda texts=texts: iter([texts]))  # type: ignore[misc]

        current, row = number, behind
        for [batch] in self.in_order(pieces()):
            if numbers[0] != current:
                current, row = numbers[0], 0
            self.take(batch, numbers.popleft(), row)
            row += batch.row_hashes.size

    def in_order(self, pieces: Iterator[TextPiece]) -> Iterator[list[Batch]]:
        """The batches of each piece; further pieces are read meanwhile."""
        waiting: deque[tuple[TextPiece, Future[list[Batch]]]] = deque()
        in_work = 0
        following = next(pieces, None)
        try:
            while following is not None or waiting:
                while following is not None and (not waiting or in_work + following.rows <= ROWS_IN_WORK):
                    waiting.append((following, self._pool.submit(self._rows.read, following)))
                    in_work += following.rows
                    following = next(pieces, None)
                piece, future = waiting.popleft()
                batches = future.result()
                if piece.bytes and not self._bytes_done:
                    # Others have about as many rows a byte as the first piece.
                    rows = sum(batch.row_hashes.size for batch in batches)
                    self._seen.expect(rows * self._bytes // piece.bytes)
                yield batches
                in_work -= piece.rows
                self._bytes_done = min(self._bytes_done + piece.bytes, self._bytes)
                self._progress(self._doing, self._bytes_done // MEGABYTE, max(1, self._bytes // MEGABYTE))
        finally:
            for _, future in waiting:
                future.cancel()

    def take(self, batch: Batch, file_number: int, first_row: int) -> None:
        """Count a batch's rows in reading order, and have those written that repeat no earlier one."""
        faults = batch.ids.faults
        kept = (faults == USABLE).astype(numpy.uint8)
        self._tally.rows_read += kept.size
        self._tally.prepared += int(kept.sum())
        faulty = numpy.flatnonzero(faults != USABLE)
        if faulty.size:
            self._tally.without_id.append(self.rejected(faults[faulty], file_number, first_row + faulty))
        self._tallies += numpy.array([value.tally[:2] for value in batch.values], numpy.int64).reshape(-1, 2)
        self._counts += numpy.array(batch.counts, numpy.int64)
        self._seen.see(batch.ids.hashes, batch.row_hashes, kept)
        columns = [
            batch.ids.written if one.column == UNIQUE_ID else batch.values[value_number(one.column)]
            for one in self._task.columns
        ]
        self._encoding.append(self._pool.submit(self._writer.encoded, columns, kept != 0))
        self.write_encoded(until=self._most_waiting)

    def rejected(self, faults: Any, file_number: int, rows: Any) -> pyarrow.RecordBatch:
        """Rows without a usable id, as the engine's query tells them: file, row and reason."""
        reasons = pyarrow.array([NO_ID, LONG_ID.format(self._task.limits.unique_id_length)])
        columns = [
            pyarrow.array(numpy.full(rows.size, file_number)),
            pyarrow.array(rows + 1),
            reasons.take(pyarrow.array((faults != MISSING).astype(numpy.int64))),
        ]
        return pyarrow.record_batch(columns, names=[FILE_NUMBER, ROW_NUMBER, "reason"])

    def write_encoded(self, *, until: int) -> None:
        """Write what is encoded, in order, until so many batches wait at most."""
        while self._encoding and (len(self._encoding) > until or self._encoding[0].done()):
            self._writer.append(self._encoding.popleft().result())


def value_number(column: str) -> int:
    """The number of a value by the name of its column.

    >>> value_number("value_12")
    12
    """
    return int(column.removeprefix("value_"))
