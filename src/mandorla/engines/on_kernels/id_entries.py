"""Entries of ids, in buckets of their hashes; there the rows of one id find each other."""

from pathlib import Path
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.ids import IDS_AHEAD, LENGTH_BYTES, Ids, bring_ids, compare_ids, length_at
from mandorla.engines.on_kernels.keys import bucket_of, entries_of, power_of_two
from mandorla.engines.on_kernels.memory import address_of, hold, load_word, store_word
from mandorla.engines.on_kernels.runs import Bucket, Runs
from mandorla.engines.on_kernels.scattering import AT, BEGIN, ROWS_PER_BLOCK, is_short, next_place
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed

# Any: numpy's arrays, whose element types Numba sees.
# An entry of an id is a word: one more than its row, and above it the bits of its hash that follow those of its bucket.
ID_ENTRY_BYTES, HASH_SHIFT = 8, 32
AFTER_ROW, HASH_MASK = (1 << HASH_SHIFT) - 1, 0xFFFFFFFF << HASH_SHIFT
# Of entries of different ids one in eight shares its mark with another.
MARKS_PER_ENTRY = 8


def runs_of_ids(keys: Runs, file: Path) -> Runs:
    """Runs for the ids of the side that these keys are of: in as many buckets, in the same memory, or in a file."""
    return Runs(keys.bits, file, keys.memory, ID_ENTRY_BYTES)


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
    """The same of so many rows whose ids' hashes stand at an address, zero where a row does not count."""
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
def group_rows(slices: Any, ids: Any, limit: int, is_exact: bool, elsewhere: Any, crowded_rows: Any) -> tuple[int, int, int]:
    """Find the rows of one id in a bucket: ids, ids with more rows than the limit, and the rows of those in `crowded_rows`.

    `elsewhere` learns of each row that is not the first of its id. Ids are told apart by their hashes, and compared when all of
    the bucket are known: they lie far away, and come near while others are compared. If two ids share a hash, there are -1
    ids; with `is_exact` each is compared at once.
    """
    entries = entries_in_doubt(slices)
    size = power_of_two(2 * entries.size)
    slots, counts = numpy.zeros(size, numpy.uint64), numpy.empty(size, numpy.int32)
    # The rows that are not the first of their id, and the slots of their ids: few.
    others, slots_of_others = numpy.empty(entries.size, numpy.int64), numpy.empty(entries.size, numpy.int64)
    at_ids, at_slots = address_of(ids), address_of(slots)
    unique = entries_of(slices) - entries.size
    crowded = listed = used = 0
    for entry in entries:
        slot = slot_of_id(entry, at_slots, size - 1, at_ids, is_exact)
        held = load_word(at_slots + 8 * slot)
        if held == types.uint64(0):
            unique += 1
            store_word(at_slots + 8 * slot, entry)
            counts[slot] = 1
            continue
        others[used], slots_of_others[used] = max(row_in(entry), row_in(held)), slot
        used += 1
        store_word(at_slots + 8 * slot, min(entry, held))
        counts[slot] += 1
        crowded += counts[slot] == limit + 1
    for place in range(used):
        far, near = min(place + 2 * IDS_AHEAD, used - 1), min(place + IDS_AHEAD, used - 1)
        firsts = row_in(slots[slots_of_others[far]]), row_in(slots[slots_of_others[near]])
        bring_ids(at_ids, others[far], firsts[0], others[near], firsts[1])
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
def entries_in_doubt(slices: Any) -> Any:
    """The entries of a bucket whose mark another one has: each of the others, which are most, is the only row of its id.

    A mark is two bits: that an entry has it, and that another has it too. Which it is, the top bits say, which choose no slot.
    Neither way of setting and asking it has a branch.
    """
    total, bits = entries_of(slices), types.int64(0)
    while (1 << bits) < MARKS_PER_ENTRY * total and bits < HASH_SHIFT:
        bits += 1
    marks, listed = numpy.zeros(1 + ((2 << bits) >> 6), numpy.uint64), numpy.empty(total + 1, numpy.uint64)
    at_marks, to = address_of(marks), address_of(listed)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            number = bucket_of(load_word(slices[stretch, 0] + place * ID_ENTRY_BYTES), bits)
            at, mark = at_marks + 8 * (number >> 5), types.uint64(1) << types.uint64(2 * (number & 31))
            word = load_word(at)
            store_word(at, word | mark | (word & mark) << types.uint64(1))
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = load_word(slices[stretch, 0] + place * ID_ENTRY_BYTES)
            number = bucket_of(entry, bits)
            store_word(to, entry)
            is_shared = load_word(at_marks + 8 * (number >> 5)) >> types.uint64(2 * (number & 31) + 1)
            to += 8 * types.int64(is_shared & types.uint64(1))
    hold(marks)
    return listed[: (to - address_of(listed)) >> 3]


@part
def slot_of_id(entry: int, slots: int, mask: int, ids: int, is_exact: bool) -> int:
    """The slot that an entry of the same id is in, or the free one where it would be; `slots` and `ids` say where these lie."""
    slot = types.int64(entry >> types.uint64(HASH_SHIFT)) & mask
    while True:
        held = load_word(slots + 8 * slot)
        is_same = (held ^ entry) & types.uint64(HASH_MASK) == types.uint64(0)
        if held == types.uint64(0) or (is_same and (not is_exact or is_one_id(ids, row_in(entry), row_in(held)))):
            return slot
        slot = (slot + 1) & mask


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
