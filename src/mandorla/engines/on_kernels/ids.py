"""The unique ids of a side: their texts, where they can be read again, and whose row a row is.

Texts lie in blocks of memory, each led by two bytes that hold its length; a row's id is the address of these, zero where a
row does not count.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.columns import NULL, column_of, text_of
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.keys import bucket_of, entries_of, power_of_two
from mandorla.engines.on_kernels.memory import (
    address_of,
    compare_bytes,
    copy_bytes,
    load_byte,
    load_word,
    prefetch,
    store_byte,
    store_word,
)
from mandorla.engines.on_kernels.normalizers.numbering import UNDECIDED
from mandorla.engines.on_kernels.normalizers.plain_text import trimmed
from mandorla.engines.on_kernels.runs import Bucket, Runs
from mandorla.engines.on_kernels.scattering import AT, BEGIN, ROWS_PER_BLOCK, is_short, next_place
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed
from mandorla.normalize.plain_text import TRIMMED

# Any: numpy's arrays, whose element types Numba sees.
LENGTH_BYTES = 2
LONGEST_ID_BYTES = (1 << 16) - 1
IDS_AHEAD = 16
# An entry of an id is a word: one more than its row, and above it the bits of its hash that follow those of its bucket.
ID_ENTRY_BYTES, HASH_SHIFT = 8, 32
AFTER_ROW, HASH_MASK = (1 << HASH_SHIFT) - 1, 0xFFFFFFFF << HASH_SHIFT


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
    """The ids of so many rows, none of which is read yet; memory is taken as rows come."""
    return Ids(numpy.zeros(rows, numpy.uint64), numpy.zeros(rows, numpy.uint32), numpy.zeros(rows, numpy.uint8))


def runs_of_ids(keys: Runs, file: Path) -> Runs:
    """Runs for the ids of the side that these keys are of: in as many buckets, in the same memory, or in a file."""
    return Runs(keys.bits, file, keys.memory, ID_ENTRY_BYTES)


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
def scatter_ids(addresses: Any, seed: Any, first_row: int, first: int, bits: int, nexts: Any, owners: Any, room: Any) -> int:
    """Write the entries of a batch's ids from the first row on; at which row the room ended."""
    secret = words_of_seed(seed)
    block = numpy.empty((2, ROWS_PER_BLOCK), numpy.uint64)
    for begin in range(first, addresses.size, ROWS_PER_BLOCK):
        if is_short(room):
            return begin
        used = 0
        for row in range(begin, min(begin + ROWS_PER_BLOCK, addresses.size)):
            address = types.int64(addresses[row])
            if address != 0:
                block[0, used], _ = hash128(address + LENGTH_BYTES, length_at(address), secret)
                block[1, used] = types.uint64(first_row + row)
                used += 1
        scatter_rows(block, used, bits, nexts, owners, room)
    return addresses.size


@kernel
def scatter_hashes(hashes: int, rows: int, first_row: int, first: int, bits: int, nexts: Any, owners: Any, room: Any) -> int:
    """Write the entries of the ids of so many rows, from the first on, whose hashes stand at an address; else the same."""
    block = numpy.empty((2, ROWS_PER_BLOCK), numpy.uint64)
    for begin in range(first, rows, ROWS_PER_BLOCK):
        if is_short(room):
            return begin
        used = 0
        for row in range(begin, min(begin + ROWS_PER_BLOCK, rows)):
            low = load_word(hashes + 8 * row)
            block[0, used], block[1, used] = low, types.uint64(first_row + row)
            used += types.int64(low != types.uint64(0))
        scatter_rows(block, used, bits, nexts, owners, room)
    return rows


@part
def scatter_rows(block: Any, used: int, bits: int, nexts: Any, owners: Any, room: Any) -> None:
    """Write the first rows of a block to the buckets of their ids' hashes."""
    hashes, rows, at_nexts, at_owners, at = block[0], block[1], address_of(nexts), address_of(owners), room[AT]
    begin = room[BEGIN]
    for place in range(used):
        bucket = bucket_of(hashes[place], bits)
        to, at = next_place(at_nexts, bucket, 0, at, at_owners, begin)
        tag = (hashes[place] << types.uint64(bits)) & types.uint64(HASH_MASK)
        store_word(to, tag | (rows[place] + types.uint64(1)))
        store_word(at_nexts + 8 * bucket, types.uint64(to + ID_ENTRY_BYTES))
    room[AT] = at


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
    # Normalizing may write more than it keeps; the room behind the last id is for that.
    block = numpy.empty(bytes_of(column.described, rows) * 2 + (rows + 64) * LENGTH_BYTES + 64, numpy.uint8)
    asked = numpy.empty(rows, numpy.int64)
    addresses = ids.addresses[first_row : first_row + rows]
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


@kernel
def group_rows(slices: Any, ids: Any, limit: int, is_exact: bool, elsewhere: Any, crowded_rows: Any) -> tuple[int, int, int]:
    """Find the rows of one id in a bucket: ids, ids with more rows than the limit, and the rows of those in `crowded_rows`.

    `elsewhere` learns of each row that is not the first of its id. Ids are told apart by their hashes, and compared when all of
    the bucket are known: they lie far away, and come near while others are compared. If two ids share a hash, there are -1
    ids; with `is_exact` each is compared at once.
    """
    total = entries_of(slices)
    size = power_of_two(2 * total)
    slots, counts = numpy.zeros(size, numpy.uint64), numpy.empty(size, numpy.int32)
    # The rows that are not the first of their id, and the slots of their ids: few.
    others, slots_of_others = numpy.empty(total, numpy.int64), numpy.empty(total, numpy.int64)
    at_ids, mask = address_of(ids), size - 1
    unique = crowded = listed = used = 0
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = load_word(slices[stretch, 0] + place * ID_ENTRY_BYTES)
            tag = entry & types.uint64(HASH_MASK)
            slot = types.int64(entry >> types.uint64(HASH_SHIFT)) & mask
            while True:
                held = slots[slot]
                if held == types.uint64(0):
                    break
                is_same = held & types.uint64(HASH_MASK) == tag
                if is_same and (not is_exact or is_one_id(at_ids, row_in(entry), row_in(held))):
                    break
                slot = (slot + 1) & mask
            if held == types.uint64(0):
                unique += 1
                slots[slot], counts[slot] = entry, 1
                continue
            others[used], slots_of_others[used] = max(row_in(entry), row_in(held)), slot
            used += 1
            slots[slot] = min(entry, held)
            counts[slot] += 1
            crowded += counts[slot] == limit + 1
    for place in range(used):
        far, near = min(place + 2 * IDS_AHEAD, used - 1), min(place + IDS_AHEAD, used - 1)
        prefetch(at_ids + 8 * others[far])
        prefetch(at_ids + 8 * row_in(slots[slots_of_others[far]]))
        prefetch(types.int64(load_word(at_ids + 8 * others[near])))
        prefetch(types.int64(load_word(at_ids + 8 * row_in(slots[slots_of_others[near]]))))
        row, slot = others[place], slots_of_others[place]
        first = row_in(slots[slot])
        if not is_one_id(at_ids, row, first):
            return -1, 0, 0
        elsewhere[row] = types.uint32(first + 1)
        if abs(counts[slot]) > limit:
            crowded_rows[listed, 0], crowded_rows[listed, 1] = first, row
            listed += 1
        if counts[slot] > limit:
            # Once for each such id, its first row too.
            crowded_rows[listed, 0], crowded_rows[listed, 1] = first, first
            listed += 1
            counts[slot] = -counts[slot]
    return unique, crowded, listed


@part
def row_in(entry: int) -> int:
    """The row that an entry of an id stands for."""
    return types.int64(entry & types.uint64(AFTER_ROW)) - 1


@part
def is_one_id(ids: int, row: int, other: int) -> bool:
    """Whether two rows have the same id; `ids` says where the ids' addresses lie."""
    return compare_ids(types.int64(load_word(ids + 8 * row)), types.int64(load_word(ids + 8 * other))) == 0


def group_bucket(bucket: Bucket, ids: Ids, limit: int) -> tuple[int, int, Any]:
    """The ids of a bucket, those with more rows than the limit, and the surplus rows."""
    crowded_rows = numpy.empty((bucket.count, 2), numpy.int64)
    for is_exact in (False, True):
        unique, crowded, listed = group_rows(bucket.slices, ids.addresses, limit, is_exact, ids.elsewhere, crowded_rows)
        if unique >= 0:
            break
    return unique, crowded, surplus_of(crowded_rows[:listed], limit) if listed else crowded_rows[:0, 0]


def surplus_of(crowded_rows: Any, limit: int) -> Any:
    """Of pairs of an id's first row and a row, the rows beyond the first ones of each id.

    >>> surplus_of(numpy.array([[3, 9], [3, 3], [4, 4], [3, 5]]), 2)
    array([9])
    """
    by_id = crowded_rows[numpy.lexsort((crowded_rows[:, 1], crowded_rows[:, 0]))]
    owners = by_id[:, 0]
    starts = numpy.searchsorted(owners, owners)
    return by_id[numpy.arange(len(owners)) - starts >= limit, 1]
