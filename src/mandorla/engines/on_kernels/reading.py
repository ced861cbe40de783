"""The tables of a side as batches of text columns, in file order: Parquet text straight from the file, all else by DuckDB.

DuckDB reads CSV, says which rows cannot be read, and writes numbers and dates as text, so both engines see the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from mandorla.engines.engine import ROW_NUMBER, Engine, RejectedRow
from mandorla.engines.mapper import SourceTable
from mandorla.engines.on_kernels.column_chunks import page_batches, places_of
from mandorla.engines.on_kernels.page_headers import UnknownPageError
from mandorla.engines.source_files import SourceFile
from mandorla.normalize.sql_trees import exp

# Any: Parquet metadata, which PyArrow does not type.
ROWS_PER_BATCH = 1 << 17
# A dictionary pays where its values are few: then each is normalized once instead of once a row.
BYTES_OF_A_DICTIONARY_INDEX = 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of one file of a table that can be read on their own. `first_row` counts from 0 over all of the side's files.

    `batches` is asked for so many rows at once; what an engine reads comes as the engine has it.
    """

    table: int
    first_row: int
    rows: int
    batches: Callable[[int], Iterator[pyarrow.RecordBatch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSide:
    """A side's tables, opened: the rows that can be read, those that cannot, and the pieces of each."""

    rows: int
    rejected_rows: tuple[RejectedRow, ...]
    pieces: tuple[Piece, ...]


def opened_side(
    engine: Callable[[], Engine], side: str, tables: Sequence[SourceTable], needed: Sequence[Sequence[str]]
) -> OpenedSide:
    """Open the tables of a side, of each the columns that are needed; an engine attaches what is not text in Parquet.

    InvalidInputError names a broken file.
    """
    pieces: list[Piece] = []
    rejected: list[RejectedRow] = []
    rows = 0
    for number, (table, columns) in enumerate(zip(tables, needed, strict=True), start=1):
        for place, file in enumerate(table.files, start=1):
            name, every = f"{side}_{number}_{place}", table.schema_mapping.column_names
            found = opened_file(engine, name, file, columns, every, table=number - 1, first_row=rows)
            rejected.extend(found.rejected_rows)
            pieces.extend(found.pieces)
            rows += found.rows
    return OpenedSide(rows=rows, rejected_rows=tuple(rejected), pieces=tuple(pieces))


def opened_file(
    engine: Callable[[], Engine],
    name: str,
    file: SourceFile,
    needed: Sequence[str],
    every: Sequence[str],
    *,
    table: int,
    first_row: int,
) -> OpenedSide:
    """Open one file of a table as if it were the whole side, but for its first row; `name` is what the engine calls it.

    Of every column that is mapped, those that are `needed` are read.
    """
    if is_text_in_parquet(file, needed):
        found = parquet_pieces(file, needed, table, first_row)
        return OpenedSide(rows=sum(piece.rows for piece in found), rejected_rows=(), pieces=tuple(found))
    # All columns: which rows can be read does not depend on the rules.
    attached = engine().attach(name, [file], every)
    batches = attached_batches(engine(), name, needed)
    piece = Piece(table=table, first_row=first_row, rows=attached.row_count, batches=batches)
    return OpenedSide(rows=attached.row_count, rejected_rows=tuple(attached.rejected_rows), pieces=(piece,))


def is_text_in_parquet(file: SourceFile, columns: Sequence[str]) -> bool:
    """Whether kernels can read the columns as they stand."""
    if file.file_format != "parquet":
        return False
    schema = parquet.read_schema(file.path)
    types = [schema.field(file.header_of(column)).type for column in columns]
    plain = [one.value_type if pyarrow.types.is_dictionary(one) else one for one in types]
    return all(
        pyarrow.types.is_string(one) or pyarrow.types.is_large_string(one) or pyarrow.types.is_string_view(one) for one in plain
    )


def parquet_pieces(file: SourceFile, columns: Sequence[str], table: int, first_row: int) -> list[Piece]:
    """The row groups of a Parquet file."""
    metadata = parquet.read_metadata(file.path)
    headers = [file.header_of(column) for column in columns]
    pieces = []
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        batches = group_batches(file.path, metadata, group, headers, columns)
        pieces.append(Piece(table=table, first_row=first_row, rows=rows, batches=batches))
        first_row += rows
    return pieces


def group_batches(
    path: Path, metadata: Any, group: int, headers: Sequence[str], columns: Sequence[str]
) -> Callable[[int], Iterator[pyarrow.RecordBatch]]:
    """How to read one row group: from its pages, and what kernels do not read there by PyArrow."""

    def read(rows: int) -> Iterator[pyarrow.RecordBatch]:
        places, done = places_of(metadata, group, headers), 0
        try:
            for arrays in page_batches(path, metadata, group, places, rows) if places is not None else ():
                yield pyarrow.RecordBatch.from_arrays(arrays, names=list(columns))
                done += len(arrays[0])
        except UnknownPageError:
            places = None
        if places is None:
            yield from rest_by_arrow(rows, done)

    def rest_by_arrow(rows: int, done: int) -> Iterator[pyarrow.RecordBatch]:
        few = few_valued(metadata.row_group(group), headers)
        with parquet.ParquetFile(path, metadata=metadata, read_dictionary=few, pre_buffer=False) as file:
            for batch in file.iter_batches(rows, row_groups=[group], columns=headers, use_threads=False):
                skipped = min(done, batch.num_rows)
                done -= skipped
                if skipped < batch.num_rows:
                    yield batch.slice(skipped).select(headers).rename_columns(columns)

    return read


def few_valued(group: Any, headers: Sequence[str]) -> list[str]:
    """The columns of a row group that are worth reading as dictionaries."""
    found = []
    for place in range(group.num_columns):
        column = group.column(place)
        is_listed = column.path_in_schema in headers and any("DICTIONARY" in one for one in column.encodings)
        if is_listed and column.total_uncompressed_size < BYTES_OF_A_DICTIONARY_INDEX * column.num_values:
            found.append(column.path_in_schema)
    return found


def attached_batches(engine: Engine, name: str, columns: Sequence[str]) -> Callable[[int], Iterator[pyarrow.RecordBatch]]:
    """How to read an attached table, in the order of its rows."""
    query = exp.select(*(exp.column(column, quoted=True) for column in columns)).from_(name).order_by(ROW_NUMBER)
    return lambda _: engine.batches(query)
