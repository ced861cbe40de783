"""The rows of files as texts, piece by piece in file order: plain CSV and Parquet text straight from the file, all else by the
engine, which says which rows cannot be read and writes numbers and dates as text.

A file that turns out irregular on the way is read on by the engine from the row on where the pieces ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow
from numba import types

from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER, Engine
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import load_byte
from mandorla.engines.on_kernels.plain_csv import PIECE_BYTES, IrregularError, PlainCsv, plain_csv
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, is_text_in_parquet, parquet_pieces
from mandorla.engines.on_kernels.texts import Texts, texts_of
from mandorla.engines.source_files import SourceFile
from mandorla.normalize.sql_trees import exp

# Any: Arrow's arrays, which have no types here.
# Less than any row of identity data has; how much memory work takes is counted in rows.
LEAST_ROW_BYTES = 64
NUL = "\0"


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Rows that any thread can read: at most so many; `read` raises IrregularError where the engine has to.

    `bytes` is about how much of the file they are.
    """

    rows: int
    bytes: int
    read: Callable[[], Iterator[Texts]]


def pieces_of(file: SourceFile, columns: Sequence[str]) -> Iterator[TextPiece] | None:
    """The pieces of a file that kernels can read; None if it is the engine's from the start."""
    plain = plain_csv(file, columns)
    if plain is not None:
        return pieces_of_csv(plain)
    return pieces_of_parquet(file, columns) if is_text_in_parquet(file, columns) else None


def pieces_of_csv(plain: PlainCsv) -> Iterator[TextPiece]:
    """The pieces of plain CSV."""
    for begin in plain.pieces():
        yield TextPiece(PIECE_BYTES // LEAST_ROW_BYTES, PIECE_BYTES, lambda begin=begin: iter([plain.read(begin)]))  # type: ignore[misc]


def pieces_of_parquet(file: SourceFile, columns: Sequence[str]) -> Iterator[TextPiece]:
    """The row groups of a Parquet file."""
    pieces = parquet_pieces(file, columns, 0, 0)
    size = file.path.stat().st_size // max(1, len(pieces))
    for piece in pieces:
        yield TextPiece(piece.rows, size, lambda piece=piece: map(clean_texts, piece.batches(ROWS_PER_BATCH)))  # type: ignore[misc]


def clean_texts(batch: pyarrow.RecordBatch) -> Texts:
    """The texts of a batch without NUL; IrregularError if one is not UTF-8."""
    try:
        batch.validate(full=True)
    except pyarrow.ArrowInvalid:
        raise IrregularError from None
    texts = texts_of(batch.columns)
    if not holds_nul(texts.starts, texts.sizes):
        return texts
    plain = [one.dictionary_decode() if pyarrow.types.is_dictionary(one.type) else one for one in batch.columns]
    return texts_of(
        [pyarrow.array([text and text.replace(NUL, "") for text in one.to_pylist()], pyarrow.string()) for one in plain]
    )


@kernel
def holds_nul(starts: Any, sizes: Any) -> bool:
    """True if a byte of some text is NUL."""
    for column in range(starts.shape[0]):
        for row in range(starts.shape[1]):
            for place in range(types.int64(sizes[column, row])):
                if load_byte(starts[column, row] + place) == types.uint8(0):
                    return True
    return False


def batches_of_engine(engine: Engine, table: str, columns: Sequence[str], *, behind: int = 0) -> Iterator[tuple[int, Texts]]:
    """The rows of an attached table behind the first so many, with their file's number, in reading order."""
    names = [exp.column(column, quoted=True) for column in columns]
    query = exp.select(FILE_NUMBER, *names).from_(table).order_by(FILE_NUMBER, ROW_NUMBER)
    if behind:
        query = query.where(exp.GT(this=exp.column(ROW_NUMBER), expression=exp.Literal.number(behind)))
    for batch in engine.batches(query):
        ends = batch.column(0).to_numpy()
        first = 0
        while first < batch.num_rows:
            number = int(ends[first])
            rows = int((ends[first:] == number).sum())
            yield number, texts_of(batch.slice(first, rows).columns[1:])
            first += rows
