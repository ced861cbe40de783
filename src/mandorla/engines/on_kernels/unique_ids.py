"""The unique ids of a batch as a preparation writes them: trimmed, refused where there is none or it is too long, hashed."""

from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import load_byte
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.plain_text import trimmed
from mandorla.engines.on_kernels.prepared_values import Laid, Written
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed
from mandorla.engines.on_kernels.texts import Texts, text_in
from mandorla.normalize.plain_text import TRIMMED

# Any: numpy's arrays, whose element types Numba sees.
# What is wrong with a row's id.
USABLE, MISSING, TOO_LONG = range(3)


@dataclass(frozen=True, slots=True)
class UniqueIds:
    """The ids of a batch: as they are written, both halves of their hashes, and what is wrong with each."""

    written: Written
    hashes: Any
    faults: Any


@kernel
def write_unique_ids(
    starts: Any, sizes: Any, seed: Any, longest: int, out: int, written_starts: Any, written_sizes: Any,
    hashes: Any, faults: Any, asked: Any,
) -> int:  # fmt: skip
    """Trim the ids of a batch from `out` on; the number of rows that are for the reference, which stand in `asked`."""
    undecided = 0
    secret = words_of_seed(seed)
    for row in range(starts.size):
        written_sizes[row], faults[row] = NULL, MISSING
        if sizes[row] == NULL:
            continue
        count = trimmed(starts[row], types.int64(sizes[row]), out)
        if count == UNDECIDED:
            asked[undecided] = row
            undecided += 1
        elif count > 0:
            faults[row] = TOO_LONG
            if is_short(out, count, longest):
                faults[row] = USABLE
                written_starts[row], written_sizes[row] = out, count
                hashes[0, row], hashes[1, row] = hash128(out, count, secret)
                out += count
    return undecided


@part
def is_short(text: int, length: int, longest: int) -> bool:
    """True of a text of at most so many characters; a character of UTF-8 begins with a byte that continues none."""
    if length <= longest:
        return True
    count = 0
    for place in range(length):
        count += (load_byte(text + place) & types.uint8(0xC0)) != types.uint8(0x80)
    return count <= longest


@kernel
def hash_ids(rows: Any, starts: Any, sizes: Any, seed: Any, hashes: Any) -> None:
    """The hashes of ids that the reference trimmed."""
    for place in range(rows.size):
        if sizes[place] != NULL:
            hashes[0, rows[place]], hashes[1, rows[place]] = hash128(starts[place], sizes[place], seed)


def unique_ids_of(texts: Texts, column: int, seed: Any, longest: int) -> UniqueIds:
    """The ids that stand in a column of a batch."""
    rows, starts, sizes = texts.rows, texts.starts[column], texts.sizes[column]
    out = numpy.empty(int(numpy.maximum(sizes, 0).sum(dtype=numpy.int64)) * 2 + 128, numpy.uint8)
    written = Written(numpy.empty(rows, numpy.int64), numpy.empty(rows, numpy.int32), None, [out])
    ids = UniqueIds(written, numpy.empty((2, rows), numpy.uint64), numpy.empty(rows, numpy.uint8))
    asked = numpy.empty(rows, numpy.int64)
    count = write_unique_ids(
        starts, sizes, seed, longest, out.ctypes.data, written.starts, written.sizes, ids.hashes, ids.faults, asked
    )  # fmt: skip
    if count:
        rows_asked = asked[:count]
        answers = [TRIMMED.reference(text_in(texts, column, row) or "", "") for row in rows_asked.tolist()]
        laid = Laid([text.encode() if text and len(text) <= longest else None for text in answers])
        written.starts[rows_asked], written.sizes[rows_asked] = laid.starts, laid.sizes
        written.kept.append(laid)
        hash_ids(rows_asked, laid.starts, laid.sizes, seed, ids.hashes)
        ids.faults[rows_asked] = [MISSING if not text else TOO_LONG if len(text) > longest else USABLE for text in answers]
    return ids
