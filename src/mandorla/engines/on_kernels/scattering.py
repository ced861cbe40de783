"""Entries go straight into buckets: each is written behind the last one of its bucket, so none is moved or sorted later.

A bucket's entries lie in chunks. A chunk is full where its address is a multiple of its size again, so the address of a
bucket's next entry says all about it; zero stands for a bucket that has no chunk yet.
"""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.key_marks import bring_mark, is_marked, shift_of
from mandorla.engines.on_kernels.keys import (
    BEHIND_ENTRY,
    CHECK,
    CHECK_BYTES,
    ENTRY_BYTES,
    KEY,
    VALUE,
    VALUE_BYTES,
    addresses_of_parts,
    bucket_of,
    key_of,
)
from mandorla.engines.on_kernels.memory import address_of, copy_bytes, hold, load_word, prefetch_to_write, store_two, store_word
from mandorla.engines.on_kernels.seeded_hash import salted, words_of_seed

# Any: numpy's arrays, whose element types Numba sees.
CHUNK_BYTES = 1 << 11
# What entries do not fill stands before them: there the word that writes the value of the last entry before ends.
FIRST_ENTRY = CHUNK_BYTES % ENTRY_BYTES
assert FIRST_ENTRY >= BEHIND_ENTRY
# So many rows are hashed before their entries are written: they stay in the nearest cache.
ROWS_PER_BLOCK = 1 << 10
# Where the next chunk begins, where the slab of chunks ends, and where it began.
AT, END, BEGIN = range(3)
LINE_BYTES = 64


@kernel
def scatter_keys(
    parts: Any,
    fields: Any,
    ids: Any,
    seed: Any,
    salt: int,
    value: int,
    wanted: Any,
    first: int,
    bits: int,
    nexts: Any,
    owners: Any,
    room: Any,
) -> int:
    """Write the keys of one combination of fields, of a batch's rows from the first on; at which row the room ended.

    `parts[field, 0]` and `parts[field, 1]` hold both words of what stands for each row's value; `value` is the rule's number
    above the batch's first row. A row without one of the parts, or without an id, has no key. `wanted` are marks of the keys
    that are written, or none, and then all are.
    """
    columns, secret = addresses_of_parts(parts, fields), salted(words_of_seed(seed), types.uint64(salt))
    block = numpy.empty((3, ROWS_PER_BLOCK), numpy.uint64)
    lows, highs, values = block[0], block[1], block[2]
    at_columns, at_ids = address_of(columns), address_of(ids)
    for begin in range(first, ids.size, ROWS_PER_BLOCK):
        if is_short(room):
            return begin
        used = 0
        for row in range(begin, min(begin + ROWS_PER_BLOCK, ids.size)):
            # Written in any case, and kept if it is whole: which rows have a key, no processor could foretell.
            low, high = key_of(at_columns, fields.size, row, secret)
            lows[used], highs[used], values[used] = low, high, types.uint64(value + row)
            used += types.int64((low != types.uint64(0)) & (load_word(at_ids + 8 * row) != types.uint64(0)))
        scatter(block, wanted_of_block(block, used, wanted), bits, nexts, owners, room)
    hold(columns)
    return ids.size


@kernel
def scatter_entries(entries: Any, wanted: Any, first: int, bits: int, nexts: Any, owners: Any, room: Any) -> int:
    """Write entries that stand there, if they are wanted; at which of them the room ended."""
    block = numpy.empty((3, ROWS_PER_BLOCK), numpy.uint64)
    for begin in range(first, entries.shape[0], ROWS_PER_BLOCK):
        if is_short(room):
            return begin
        used = min(ROWS_PER_BLOCK, entries.shape[0] - begin)
        for place in range(used):
            block[KEY, place], block[CHECK, place] = entries[begin + place, KEY], entries[begin + place, CHECK]
            block[VALUE, place] = entries[begin + place, VALUE]
        scatter(block, wanted_of_block(block, used, wanted), bits, nexts, owners, room)
    return entries.shape[0]


@part
def wanted_of_block(block: Any, used: int, wanted: Any) -> int:
    """Move the entries of a block whose keys are wanted to its front; how many there are."""
    if wanted.size == 0:
        return types.int64(used)
    lows, highs, values, marks, shift = block[KEY], block[CHECK], block[VALUE], address_of(wanted), shift_of(wanted)
    for place in range(used):
        bring_mark(lows[place], marks, shift)
    kept = types.int64(0)
    for place in range(used):
        low = lows[place]
        lows[kept], highs[kept], values[kept] = low, highs[place], values[place]
        kept += types.int64(is_marked(low, marks, shift))
    return kept


@part
def is_short(room: Any) -> bool:
    """Whether the entries of a block may need more chunks than there are."""
    return room[END] - room[AT] < ROWS_PER_BLOCK * CHUNK_BYTES


@part
def scatter(block: Any, used: int, bits: int, nexts: Any, owners: Any, room: Any) -> None:
    """Write the first entries of a block to their buckets; `owners` learns whose each new chunk is."""
    lows, highs, values = block[KEY], block[CHECK], block[VALUE]
    # By addresses: a loop that names an array counts who does, at every turn.
    at_nexts, at_owners, begin, at = address_of(nexts), address_of(owners), room[BEGIN], room[AT]
    for place in range(used):
        low = lows[place]
        bucket = bucket_of(low, bits)
        to, at = next_place(at_nexts, bucket, FIRST_ENTRY, at, at_owners, begin)
        store_word(to, low)
        store_word(to + CHECK_BYTES, highs[place])
        store_word(to + VALUE_BYTES, values[place])
        store_word(at_nexts + 8 * bucket, types.uint64(to + ENTRY_BYTES))
    room[AT] = at


@part
def next_place(nexts: int, bucket: int, first: int, at: int, owners: int, begin: int) -> tuple[int, int]:
    """Where a bucket's next entry goes, and where the next chunk begins, the first entry of which stands `first` bytes on.

    `nexts` and `owners` say where these arrays lie, `begin` where the slab does.
    """
    to = types.int64(load_word(nexts + 8 * bucket))
    if to & (CHUNK_BYTES - 1) == 0:
        store_two(owners + 2 * ((at - begin) // CHUNK_BYTES), types.uint16(bucket))
        to, at = at + first, at + CHUNK_BYTES
        prefetch_to_write(to)
    # By the time that its bucket has entries for the next line of memory, that line is near.
    prefetch_to_write(to + LINE_BYTES)
    return to, at


@kernel
def gather_chunks(addresses: Any, sizes: Any, to: int) -> None:
    """Copy chunks, of so many bytes each, behind one another."""
    for chunk in range(addresses.size):
        copy_bytes(addresses[chunk], to, sizes[chunk])
        to += sizes[chunk]
