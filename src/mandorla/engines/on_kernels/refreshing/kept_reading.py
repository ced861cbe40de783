"""Read files into what is kept of them: many files a piece a thread, few of them all threads a piece."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.domain.progress import Report
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import no_ids, write_hashes
from mandorla.engines.on_kernels.keys import RULE_SHIFT, addresses_of_parts, key_of
from mandorla.engines.on_kernels.memory import address_of, hold
from mandorla.engines.on_kernels.parallel import in_parallel, in_turn
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, OpenedSide, Piece
from mandorla.engines.on_kernels.refreshing.kept_files import KEY_WORDS, FileFacts, FileWriter, KeptFile, kept_file
from mandorla.engines.on_kernels.seeded_hash import salted, words_of_seed
from mandorla.engines.on_kernels.sides import BatchReader, Wanted

# Any: numpy's arrays, whose element types Numba sees.
# From so many pieces for each thread on, no thread waits for another's piece for long.
PIECES_PER_THREAD = 4
ROWS_OF_A_SHARE = 1 << 14
# So many shares of a piece are read at most before somebody takes them.
SHARES_AHEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to be read, opened as if it were all of its side, and where to keep it."""

    opened: OpenedSide
    batches: BatchReader
    path: Path
    side: str
    table: int
    signature: str

    def writer(self) -> FileWriter:
        """What writes it down."""
        return FileWriter(self.path, rows=self.opened.rows, keys=len(self.batches.keys[self.table]))

    def kept(self, writer: FileWriter, counts: Iterable[tuple[int, int]]) -> KeptFile:
        """What was kept of it; of each batch it is known how many rows count, and how many are marked as deleted."""
        counted, deleted = (sum(numbers) for numbers in zip((0, 0), *counts, strict=True))
        facts = FileFacts(
            side=self.side,
            table=self.table,
            signature=self.signature,
            name=self.path.name,
            rows=self.opened.rows,
            keys=len(self.batches.keys[self.table]),
            entries=writer.entries,
            counted=counted,
            deleted=deleted,
            rejected=len(self.opened.rejected_rows),
        )
        return kept_file(self.path.parent, facts)


def read_files(pool: ThreadPoolExecutor, threads: int, files: Sequence[NewFile], progress: Report) -> list[KeptFile]:
    """Read files, several at the same time."""
    writers = [file.writer() for file in files]
    counts: list[list[tuple[int, int]]] = [[] for _ in files]
    pieces = [(number, piece) for number, file in enumerate(files) for piece in file.opened.pieces]
    rows = ROWS_PER_BATCH if len(pieces) >= PIECES_PER_THREAD * threads else ROWS_OF_A_SHARE

    # Whoever reads a piece waits for its shares; were they the same threads, all could wait for each other.
    with ThreadPoolExecutor(threads) as sharers:

        def read(numbered: tuple[int, Piece]) -> None:
            number, piece = numbered
            counts[number].extend(read_piece(sharers, piece, files[number].batches, writers[number], rows))

        for done, _ in enumerate(in_parallel(pool, read, pieces)):
            progress("normalizing", done, len(pieces))
    return [file.kept(writer, counted) for file, writer, counted in zip(files, writers, counts, strict=True)]


def read_piece(
    sharers: ThreadPoolExecutor, piece: Piece, batches: BatchReader, writer: FileWriter, rows: int
) -> list[tuple[int, int]]:
    """Keep what a piece says, so many rows at once; of each share, how many rows count, and how many are marked as deleted.

    Others take the shares of a shared piece, while this thread reads on.
    """
    read = lambda share: read_rows(piece.table, share[1], share[0], batches, writer)  # noqa: E731
    shares = shares_of(piece, rows)
    return list(map(read, shares) if rows == ROWS_PER_BATCH else in_turn(sharers, read, shares, ahead=SHARES_AHEAD))


def shares_of(piece: Piece, rows: int) -> Iterator[tuple[int, pyarrow.RecordBatch]]:
    """The rows of a piece, so many at once, and the number of each one's first row."""
    first_row = piece.first_row
    for batch in piece.batches(rows):
        for start in range(0, batch.num_rows, rows):
            yield first_row + start, batch.slice(start, rows)
        first_row += batch.num_rows


def read_rows(
    table: int, batch: pyarrow.RecordBatch, first_row: int, batches: BatchReader, writer: FileWriter
) -> tuple[int, int]:
    """Keep what a batch says; how many of its rows count, and how many are marked as deleted."""
    ids, rows, wanted = no_ids(batch.num_rows), batch.num_rows, batches.keys[table]
    marks = batches.marks_of(table, batch)
    addresses = batches.ids_of(ids, table, batch, 0, marks)
    hashes = numpy.empty((2, rows), numpy.uint64)
    write_hashes(addresses, batches.seed, hashes[0], hashes[1])
    parts, keys_of_parts = batches.parts_of(table, batch, new_parts)
    placed = list(keys_of_parts)
    keys, firsts = numpy.empty((len(KEY_WORDS), rows * len(wanted) + 1), numpy.uint64), numpy.empty(rows, numpy.uint64)
    used = write_row_keys(parts, *described(placed), addresses, batches.seed, first_row, keys, firsts)
    writer.write(first_row, addresses, hashes, keys[:, :used], firsts)
    return int((addresses != 0).sum()), int(marks.sum())


def described(placed: Sequence[tuple[Wanted, Any]]) -> tuple[Any, Any, Any]:
    """Keys for a kernel: each one's salt and its rule's number, then the places of all fields, and where each key's begin."""
    words = numpy.array([(wanted.salt, wanted.rule_number) for wanted, _ in placed], numpy.int64).reshape(len(placed), 2)
    fields = numpy.concatenate([numpy.zeros(0, numpy.int64), *(places for _, places in placed)])
    return words, fields, numpy.cumsum([0, *(len(places) for _, places in placed)], dtype=numpy.int64)


def new_parts(fields: int, rows: int) -> Any:
    """Room for what stands for the values of so many fields and rows."""
    return numpy.empty((fields, 2, rows), numpy.uint64)


@kernel
def write_row_keys(
    parts: Any, words: Any, fields: Any, starts: Any, ids: Any, seed: Any, first_row: int, keys: Any, firsts: Any
) -> int:
    """Write the keys that each row has, row by row; how many there are. `firsts` learns where each row's begin.

    `parts` is as `scatter_keys` has it, and so is which rows have a key.
    """
    columns, secret = addresses_of_parts(parts, fields), words_of_seed(seed)
    at_columns, used = address_of(columns), types.int64(0)
    for row in range(ids.size):
        firsts[row] = types.uint64(used)
        for key in range(words.shape[0]):
            begin, end, salt = starts[key], starts[key + 1], types.uint64(words[key, 0])
            low, high = key_of(at_columns + 16 * begin, end - begin, row, salted(secret, salt))
            # Written in any case, and kept if it is whole: which rows have a key, no processor could foretell.
            keys[0, used], keys[1, used] = low, high
            keys[2, used] = types.uint64((words[key, 1] << RULE_SHIFT) | (first_row + row))
            used += types.int64((low != types.uint64(0)) & (ids[row] != types.uint64(0)))
    hold(columns)
    return used
