"""The mapping as a file: source ids in byte order, each with its target id and its rule."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from numba import types
from pyarrow import csv, parquet

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import LENGTH_BYTES, Ids, length_at
from mandorla.engines.on_kernels.joining import NOBODY
from mandorla.engines.on_kernels.keys import ROW_MASK, RULE_SHIFT
from mandorla.engines.on_kernels.memory import copy_bytes, prefetch
from mandorla.engines.on_kernels.ordering import byte_order
from mandorla.engines.whole_file import whole_file

# Any: numpy's arrays, whose element types Numba sees.
ROWS_PER_GROUP, IDS_AHEAD = 250_000, 16
SCHEMA = pyarrow.schema([pyarrow.field(name, pyarrow.string(), nullable=False) for name in ("source_id", "target_id", "rule")])


def write_mapping(
    pool: ThreadPoolExecutor, best: Any, sources: Ids, targets: Ids, rule_names: dict[int, str], output: Path
) -> dict[int, int]:
    """Write the mapping beside its place, then rename; how many source ids each rule mapped, by the rule's number."""
    rows = numpy.flatnonzero(best != numpy.uint64(NOBODY))
    rows = rows[byte_order(sources.addresses[rows], pool)]
    chosen = best[rows]
    numbers = (chosen >> numpy.uint64(RULE_SHIFT)).astype(numpy.int64)
    batches = ordered(pool, rows, chosen, numbers, sources, targets, rule_names)
    with whole_file(output) as aside, writer_of(aside, output.suffix.lower()) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return {number: count for number, count in enumerate(numpy.bincount(numbers).tolist()) if count}


def writer_of(path: Path, suffix: str) -> Any:
    """What writes record batches: Parquet as every engine writes it, or CSV for a file called so."""
    if suffix == ".csv":
        return csv.CSVWriter(path, SCHEMA, write_options=csv.WriteOptions(quoting_style="needed"))
    # Only source ids are in order, so only of them a reader learns something from the least and the greatest.
    told = {"use_dictionary": ["rule"], "write_statistics": ["source_id"]}
    return parquet.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1, **told)


def ordered(
    pool: ThreadPoolExecutor,
    rows: Any,
    chosen: Any,
    numbers: Any,
    sources: Ids,
    targets: Ids,
    rule_names: dict[int, str],
) -> Iterator[pyarrow.RecordBatch]:
    """The mapping batch by batch; the next is made while one is written."""
    names, kept = addresses_of([rule_names.get(number, "") for number in range(max(rule_names, default=0) + 1)])

    def batch(start: int) -> pyarrow.RecordBatch:
        part = slice(start, start + ROWS_PER_GROUP)
        target_rows = (chosen[part] & numpy.uint64(ROW_MASK)).astype(numpy.int64)
        columns = [
            texts_of(sources.addresses[rows[part]]),
            texts_of(targets.addresses[target_rows]),
            texts_of(names[numbers[part]]),
        ]
        del kept[len(names) :]  # Named here, so that the addresses of the names hold.
        return pyarrow.record_batch(columns, schema=SCHEMA)

    return pool.map(batch, range(0, len(rows), ROWS_PER_GROUP))


def addresses_of(texts: Sequence[str]) -> tuple[Any, list[Any]]:
    """The addresses of texts laid out as ids are, and what keeps them there."""
    raw = [text.encode() for text in texts]
    kept = [numpy.frombuffer(len(one).to_bytes(LENGTH_BYTES, "little") + one, numpy.uint8) for one in raw]
    return numpy.array([one.ctypes.data for one in kept], numpy.uint64), kept


def texts_of(addresses: Any) -> pyarrow.Array:
    """The ids at addresses as an Arrow array."""
    offsets = numpy.empty(len(addresses) + 1, numpy.int32)
    text = numpy.empty(place_texts(addresses, offsets), numpy.uint8)
    copy_texts(addresses, offsets, text.ctypes.data)
    return pyarrow.StringArray.from_buffers(len(addresses), pyarrow.py_buffer(offsets), pyarrow.py_buffer(text))


@kernel
def place_texts(addresses: Any, offsets: Any) -> int:
    """Where each id begins among all of them; their bytes together."""
    total = types.int64(0)
    for place in range(addresses.size):
        # Ids come in no order of memory.
        prefetch(types.int64(addresses[min(place + IDS_AHEAD, addresses.size - 1)]))
        offsets[place] = total
        total += length_at(types.int64(addresses[place]))
    offsets[addresses.size] = total
    return total


@kernel
def copy_texts(addresses: Any, offsets: Any, text: int) -> None:
    """Copy each id to its place."""
    for place in range(addresses.size):
        prefetch(types.int64(addresses[min(place + IDS_AHEAD, addresses.size - 1)]))
        address = types.int64(addresses[place])
        copy_bytes(address + LENGTH_BYTES, text + types.int64(offsets[place]), length_at(address))
