"""Read a file into what is kept of it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import pyarrow

from mandorla.engines.on_kernels.ids import no_ids, write_hashes
from mandorla.engines.on_kernels.keys import write_keys
from mandorla.engines.on_kernels.reading import OpenedSide, Piece
from mandorla.engines.on_kernels.refreshing.kept_files import FileFacts, FileWriter, KeptFile, kept_file
from mandorla.engines.on_kernels.sides import BatchReader, in_parallel

# Any: numpy's arrays, whose element types Numba sees.


def read_file(
    pool: ThreadPoolExecutor, opened: OpenedSide, batches: BatchReader, folder: Path, *, side: str, table: int, signature: str
) -> KeptFile:
    """Read a file, opened as if it were all of its side, into a new folder."""
    keys = len(batches.keys[table])
    writer = FileWriter(folder, rows=opened.rows, keys=keys)
    try:
        counts = list(in_parallel(pool, lambda piece: read_piece(piece, batches, writer), opened.pieces))
    finally:
        writer.close()
    facts = FileFacts(
        side=side,
        table=table,
        signature=signature,
        name=folder.name,
        rows=opened.rows,
        keys=keys,
        counted=sum(counted for counted, _ in counts),
        deleted=sum(deleted for _, deleted in counts),
        rejected=len(opened.rejected_rows),
    )
    return kept_file(folder, facts)


def read_piece(piece: Piece, batches: BatchReader, writer: FileWriter) -> tuple[int, int]:
    """Keep what a piece says; how many of its rows count, and how many are marked as deleted."""
    counted = deleted = 0
    first_row = piece.first_row
    for batch in piece.batches():
        marks = batches.marks_of(piece.table, batch)
        counted += read_batch(piece.table, batch, first_row, marks, batches, writer)
        deleted += int(marks.sum())
        first_row += batch.num_rows
    return counted, deleted


def read_batch(
    table: int, batch: pyarrow.RecordBatch, first_row: int, marks: Any, batches: BatchReader, writer: FileWriter
) -> int:
    """Keep what a batch says; how many of its rows count."""
    ids, rows = no_ids(batch.num_rows), slice(first_row, first_row + batch.num_rows)
    addresses = batches.ids_of(ids, table, batch, 0, marks)
    write_hashes(addresses, batches.seed, *writer.hashes[:, rows])
    writer.write_texts(addresses, first_row)
    parts, placed = batches.parts_of(table, batch, new_parts)
    for (wanted, places), keys in zip(placed, writer.keys, strict=True):
        write_keys(parts, places, addresses, batches.seed, wanted.salt, *keys[:, rows])
    return int((addresses != 0).sum())


def new_parts(fields: int, rows: int) -> Any:
    """Room for what stands for the values of so many fields and rows."""
    return numpy.empty((fields, 2, rows), numpy.uint64)
