"""The unique ids of a side: their texts, where they can be read again, and whose row a row is.

Texts lie in blocks of memory, each led by two bytes that hold its length; a row's id is the address of these, zero where a
row does not count.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.domain.errors import MandorlaError
from mandorla.engines.on_kernels.columns import NULL, column_of, text_of
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import (
    address_of,
    compare_bytes,
    copy_bytes,
    load_byte,
    load_word,
    prefetch,
    store_byte,
)
from mandorla.engines.on_kernels.memory_pages import take_pages
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.plain_text import trimmed
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed
from mandorla.normalize.plain_text import TRIMMED

# Any: numpy's arrays, whose element types Numba sees.
LENGTH_BYTES = 2
LONGEST_ID_BYTES = (1 << 16) - 1
IDS_AHEAD = 16
# A row is written as a number of four bytes, one more than it is.
MOST_ROWS = (1 << 32) - 2


@dataclass(slots=True)
class Ids:
    """The ids of a side's rows. `elsewhere[row]` is 0, or one more than the first row of the same id."""

    addresses: Any
    elsewhere: Any
    is_surplus: Any
    blocks: list[Any] = field(default_factory=list)
    unique: int = 0
    crowded: int = 0
    surplus: int = 0


def no_ids(rows: int) -> Ids:
    """The ids of so many rows, none of which is read yet; memory is taken as rows come. MandorlaError if there are too many."""
    if rows > MOST_ROWS:
        raise MandorlaError(f"One side has {rows:,} rows, and kernels map {MOST_ROWS:,} at most. Map it with --engine duckdb.")
    return Ids(numpy.zeros(rows, numpy.uint64), numpy.zeros(rows, numpy.uint32), numpy.zeros(rows, numpy.uint8))


@kernel
def length_at(address: int) -> int:
    """The length of the id at an address."""
    return types.int64(load_byte(address)) | (types.int64(load_byte(address + 1)) << 8)


@kernel
def write_id(text: int, length: int, address: int) -> int:
    """Write an id to an address; the address behind it."""
    copy_bytes(text, address + LENGTH_BYTES, length)
    return lead_id(length, address)


@part
def lead_id(length: int, address: int) -> int:
    """Write the length of an id that stands behind it; the address behind the id."""
    store_byte(address, types.uint8(length & 0xFF))
    store_byte(address + 1, types.uint8(length >> 8))
    return address + LENGTH_BYTES + length


@kernel
def lengths_of(addresses: Any) -> Any:
    """The length of each id."""
    lengths = numpy.empty(addresses.size, numpy.int32)
    for place in range(addresses.size):
        # Ids come in no order of memory.
        prefetch(types.int64(addresses[min(place + IDS_AHEAD, addresses.size - 1)]))
        lengths[place] = length_at(types.int64(addresses[place]))
    return lengths


@kernel
def compare_ids(left: int, right: int) -> int:
    """Below zero, zero or above zero as one id stands before, at or after another in byte order."""
    return compare_bytes(left + LENGTH_BYTES, length_at(left), right + LENGTH_BYTES, length_at(right))


@part
def bring_ids(ids: int, far: int, far_other: int, near: int, near_other: int) -> None:
    """Have what comparing two pairs of rows needs brought near: of the far one where its ids lie, of the near one these.

    `ids` says where the ids' addresses lie.
    """
    prefetch(ids + 8 * far)
    prefetch(ids + 8 * far_other)
    prefetch(types.int64(load_word(ids + 8 * near)))
    prefetch(types.int64(load_word(ids + 8 * near_other)))


@kernel
def bytes_of(column: Any, rows: int) -> int:
    """The bytes of all texts of a column."""
    total = 0
    for row in range(rows):
        total += max(0, text_of(address_of(column), row)[1])
    return total


@kernel
def write_ids(column: Any, is_deleted: Any, longest: int, block: int, addresses: Any, asked: Any) -> int:
    """Trim the ids of a batch into a block; the number of rows that are for the reference, which stand in `asked`."""
    undecided = 0
    for row in range(addresses.size):
        if is_deleted.size and is_deleted[row]:
            continue
        text, length = text_of(address_of(column), row)
        if length == NULL:
            continue
        written = UNDECIDED
        if length <= LONGEST_ID_BYTES:
            written = trimmed(text, length, block + LENGTH_BYTES)
        if written == UNDECIDED or written > longest:
            # What has more bytes than an id may have characters may still be one.
            asked[undecided] = row
            undecided += 1
        elif written > 0:
            addresses[row] = types.uint64(block)
            block = lead_id(written, block)
    return undecided


@kernel
def write_hashes(addresses: Any, seed: Any, lows: Any, highs: Any) -> None:
    """Write both halves of the hash of each row's id, zeros for rows without one."""
    secret = words_of_seed(seed)
    for row in range(addresses.size):
        address = types.int64(addresses[row])
        lows[row], highs[row] = types.uint64(0), types.uint64(0)
        if address != 0:
            lows[row], highs[row] = hash128(address + LENGTH_BYTES, length_at(address), secret)


def read_ids(ids: Ids, array: pyarrow.Array, first_row: int, is_deleted: Any, longest: int) -> Any:
    """Take in the ids of a batch, and give their addresses, zero for rows that do not count."""
    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    column, rows = column_of(array), len(array)
    block = numpy.empty(bytes_of(column.described, rows) + rows * LENGTH_BYTES, numpy.uint8)
    asked = numpy.empty(rows, numpy.int64)
    addresses = ids.addresses[first_row : first_row + rows]
    for room in (block, addresses):
        take_pages(room)
    undecided = write_ids(column.described, is_deleted, longest, block.ctypes.data, addresses, asked)
    ids.blocks.append(block)
    for row in asked[:undecided].tolist():
        text = TRIMMED.reference(array[row].as_py(), "")
        if text is not None and len(text) <= longest:
            raw = numpy.frombuffer(text.encode(), numpy.uint8)
            own = numpy.empty(raw.size + LENGTH_BYTES, numpy.uint8)
            write_id(raw.ctypes.data, raw.size, own.ctypes.data)
            addresses[row] = own.ctypes.data
            ids.blocks.append(own)
    return addresses


def texts_of(addresses: Any) -> pyarrow.Array:
    """The ids at addresses as an Arrow array."""
    offsets = numpy.zeros(len(addresses) + 1, numpy.int32)
    numpy.cumsum(lengths_of(addresses), out=offsets[1:])
    text = numpy.empty(int(offsets[-1]), numpy.uint8)
    copy_texts(addresses, offsets, text.ctypes.data)
    return pyarrow.StringArray.from_buffers(len(addresses), pyarrow.py_buffer(offsets), pyarrow.py_buffer(text))


@kernel
def copy_texts(addresses: Any, offsets: Any, text: int) -> None:
    """Copy each id to its place."""
    for place in range(addresses.size):
        address = types.int64(addresses[place])
        copy_bytes(address + LENGTH_BYTES, text + types.int64(offsets[place]), length_at(address))
