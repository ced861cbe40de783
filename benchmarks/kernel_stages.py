"""What each stage of a match by kernels takes on one thread, beside what the machine could do at best in the same minute.

Stages are told apart by the progress that a match reports. What is decoded alone is decoded by the product's own reader.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from pyarrow import parquet

from mandorla.domain.rules_payload import rules_from
from mandorla.engines.arguments import schema_of
from mandorla.engines.mapper import MappingTask, SourceTable
from mandorla.engines.on_kernels.column_chunks import CODECS, chunk_at
from mandorla.engines.on_kernels.keys import ENTRY_BYTES
from mandorla.engines.on_kernels.mapper import KernelMapper
from mandorla.engines.on_kernels.page_headers import page_headers
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, opened_side
from mandorla.engines.on_kernels.sha256 import BLOCK_BYTES, DIGEST_BYTES, digest_blocks
from mandorla.engines.source_files import source_files
from mandorla.match.compile import MatchingModel

# Any: Parquet metadata and numpy's arrays, which have no types to name.
SIDES = ("source", "target")
READING = ("normalizing the source", "normalizing the target")
KEYS_PER_ROW = 6
BLOCKS, COPIED_BYTES, TURNS = 1 << 14, 1 << 28, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`limit` says in words what the machine cannot go below, and `least_seconds` what that takes."""

    name: str
    seconds: float
    limit: str
    least_seconds: float


def main() -> None:
    """Prints a table as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    tables = [table_of(options.folder, side) for side in SIDES]
    rows, values = values_of(tables)
    taken = stages_of(options.folder, tables, options.output)
    decoding = least(lambda: decode(tables))
    byte_seconds = seconds_per_byte()
    mapping, again = parquet.read_table(options.output), options.output.with_suffix(".again")
    stages = [
        Stage(
            name="decode",
            seconds=decoding,
            limit="the codec alone",
            least_seconds=least(lambda: decompress(tables)),
        ),
        Stage(
            name="normalize, hash, part into buckets, group by id",
            seconds=sum(taken[name] for name in READING) - decoding,
            limit="SHA-256 of every value",
            least_seconds=values * seconds_per_digest(),
        ),
        Stage(
            name="join",
            seconds=taken["matching"],
            limit=f"{KEYS_PER_ROW} entries a row, read once",
            least_seconds=rows * KEYS_PER_ROW * ENTRY_BYTES * byte_seconds,
        ),
        Stage(
            name="sort and write",
            seconds=taken["letting the first rule win"] + taken["writing"],
            limit="PyArrow writes what is ready",
            least_seconds=least(lambda: write_again(mapping, again)),
        ),
    ]
    again.unlink()
    sys.stdout.write(json.dumps({"remarks": table(stages, rows), "seconds": {stage.name: stage.seconds for stage in stages}}))


def table(stages: list[Stage], rows: int) -> list[str]:
    """The stages as a Markdown table."""
    whole = sum(stage.seconds for stage in stages)
    lines = [
        f"Kernels on one thread, warm, {rows:,} rows of both tables in {whole:.2f} s; the least of several turns:",
        "",
        "| stage | seconds | rows/s | the limit | rows/s at the limit | reached |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for stage in stages:
        reached = stage.least_seconds / stage.seconds
        rates = f"{rows / stage.seconds:,.0f} | {stage.limit} | {rows / stage.least_seconds:,.0f}"
        lines.append(f"| {stage.name} | {stage.seconds:.2f} | {rates} | {reached:.0%} |")
    return [*lines, ""]


def table_of(folder: Path, side: str) -> SourceTable:
    """One side's table."""
    return SourceTable(
        files=source_files([folder / f"{side}.parquet"]), schema_mapping=schema_of(folder / f"{side}-schema.json")
    )


def stages_of(folder: Path, tables: list[SourceTable], output: Path) -> dict[str, float]:
    """Seconds by stage of the quickest of several matches."""
    task = MappingTask(
        sources=(tables[0],),
        targets=(tables[1],),
        rules=rules_from(json.loads((folder / "rules.json").read_text())),
        model=MatchingModel(),
        output=output,
    )
    quickest: dict[str, float] = {}
    for _ in range(TURNS):
        taken = timed(task)
        if not quickest or sum(taken.values()) < sum(quickest.values()):
            quickest = taken
    return quickest


def timed(task: MappingTask) -> dict[str, float]:
    """Seconds by stage: from one report of progress to the next the time belongs to what the first of them names.

    A side's pieces are reported when they are done, so what comes before the first report is the source's.
    """
    taken: dict[str, float] = {}
    last = [READING[0], time.perf_counter()]

    def moved(stage: str, _done: float, _total: float) -> None:
        now = time.perf_counter()
        done = stage if stage in READING else last[0]
        taken[done] = taken.get(done, 0) + now - last[1]
        last[:] = stage, now

    mapper = KernelMapper(threads=1)
    try:
        mapper.map_ids(task, moved)
    finally:
        mapper.close()
    taken[last[0]] = taken.get(last[0], 0) + time.perf_counter() - last[1]
    return taken


def pieces_of(tables: list[SourceTable]) -> list[Any]:
    """The pieces of both sides, none of which needs an engine."""

    def no_engine() -> Any:
        raise AssertionError("the benchmark's tables are text in Parquet")

    return [
        piece
        for side, one in zip(SIDES, tables, strict=True)
        for piece in opened_side(no_engine, side, [one], [one.schema_mapping.column_names]).pieces
    ]


def decode(tables: list[SourceTable]) -> None:
    """Read all columns, and do nothing with them."""
    for piece in pieces_of(tables):
        for _ in piece.batches(ROWS_PER_BATCH):
            pass


def values_of(tables: list[SourceTable]) -> tuple[int, int]:
    """The rows of both tables, and the values in all their columns but those of the ids."""
    rows = values = 0
    for piece in pieces_of(tables):
        for batch in piece.batches(ROWS_PER_BATCH):
            rows += batch.num_rows
            values += sum(len(column) - column.null_count for column in batch.columns) - batch.num_rows
    return rows, values


def decompress(tables: list[SourceTable]) -> None:
    """Only open the pages of all columns."""
    for one in tables:
        for file in one.files:
            metadata = parquet.read_metadata(file.path)
            with file.path.open("rb", buffering=0) as stream:
                for group in range(metadata.num_row_groups):
                    for place in range(metadata.num_columns):
                        open_pages(stream.fileno(), metadata.row_group(group).column(place))


def open_pages(handle: int, column: Any) -> None:
    """Decompress the pages of a column chunk."""
    chunk, codec = chunk_at(handle, column), pyarrow.Codec(CODECS[column.compression])
    for header in page_headers(chunk.address, chunk.size)[0]:
        codec.decompress(chunk.slice(header.body, header.end - header.body), header.plain_bytes)


def seconds_per_digest() -> float:
    """What a SHA-256 of a short text takes on one core."""
    blocks, digests = numpy.zeros(BLOCKS * BLOCK_BYTES + 64, numpy.uint8), numpy.zeros(BLOCKS * DIGEST_BYTES + 64, numpy.uint8)
    return least(lambda: digest_blocks(blocks.ctypes.data, BLOCKS, digests.ctypes.data)) / BLOCKS


def seconds_per_byte() -> float:
    """What a byte of memory takes to be read or written in a row on one core."""
    read, written = numpy.ones(COPIED_BYTES, numpy.uint8), numpy.zeros(COPIED_BYTES, numpy.uint8)
    return least(lambda: numpy.copyto(written, read)) / (2 * COPIED_BYTES)


def write_again(rows: pyarrow.Table, path: Path) -> None:
    """Write a mapping as the product writes it."""
    parquet.write_table(rows, path, compression="zstd", compression_level=1, use_dictionary=["rule"])


def least(run: Callable[[], object]) -> float:
    """The seconds of the quickest of several turns."""
    taken = []
    for _ in range(TURNS):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    main()
