"""Keys of all rules as one stream: an entry says which key (128 bits, salted with its rule) stands in which row.

An entry is three words: the key's first half, its second half, and the row with the rule's number above it. The top bits of
the first half say into which bucket an entry falls; both sides' entries of a key meet there.
"""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import load_word, store_word
from mandorla.engines.on_kernels.seeded_hash import ended128, step128

# Any: numpy's arrays, whose element types Numba sees.
WORDS_PER_ENTRY = 3
KEY, CHECK, VALUE = range(WORDS_PER_ENTRY)
ENTRY_BYTES, CHECK_BYTES, VALUE_BYTES = 8 * WORDS_PER_ENTRY, 8 * CHECK, 8 * VALUE
RULE_SHIFT = 40
ROW_MASK = (1 << RULE_SHIFT) - 1
# Addresses of a process have 48 bits at most; above an entry's address a slot holds a tag, bits 32 to 47 of the key.
ADDRESS_BITS = 48
ADDRESS_MASK = (1 << ADDRESS_BITS) - 1
TAG_SHIFT, TAG_MASK = 16, 0xFFFF << ADDRESS_BITS


@kernel
def append_keys(parts: Any, fields: Any, ids: Any, seed: Any, salt: int, value: int, entries: Any, used: int) -> int:
    """Write the keys of one combination of fields behind the entries so far; how many there are then.

    `parts[field, 0]` and `parts[field, 1]` hold both words of what stands for each row's value; `value` is the rule's number
    above the batch's first row. A row without one of the parts, or without an id, has no key.
    """
    for row in range(ids.size):
        low, high = key_of(parts, fields, row, seed, salt)
        # Written in any case, and kept if it is whole: which rows have a key, no processor could foretell.
        entries[used, KEY], entries[used, CHECK] = low, high
        entries[used, VALUE] = types.uint64(value + row)
        used += types.int64((low != types.uint64(0)) & (ids[row] != types.uint64(0)))
    return used


@part
def key_of(parts: Any, fields: Any, row: int, seed: Any, salt: int) -> tuple[int, int]:
    """The key of a row, a first word of zero where one of its parts is missing."""
    low, high = seed[0] ^ types.uint64(salt), seed[1]
    is_whole = True
    for place in range(fields.size):
        part_of_row = parts[fields[place], 0, row]
        is_whole &= part_of_row != types.uint64(0)
        low, high = step128(low, high, part_of_row, parts[fields[place], 1, row], seed)
    low, high = ended128(low, high, seed)
    return low * types.uint64(is_whole), high


@kernel
def partition(entries: Any, bits: int, starts: Any, parted: Any) -> None:
    """Put entries into `parted` in the order of their buckets; bucket b stands at `starts[b]` to `starts[b + 1]`."""
    # By addresses, and without NumPy's own functions: each of these takes long to compile.
    buckets, at, counts = 1 << bits, entries.ctypes.data, starts.ctypes.data + 8
    for bucket in range(buckets + 1):
        starts[bucket] = 0
    for place in range(entries.shape[0]):
        bucket = bucket_of(load_word(at + ENTRY_BYTES * place), bits)
        store_word(counts + 8 * bucket, load_word(counts + 8 * bucket) + types.uint64(1))
    next_places = numpy.empty(buckets, numpy.int64)
    for bucket in range(buckets):
        next_places[bucket] = parted.ctypes.data + ENTRY_BYTES * starts[bucket]
        starts[bucket + 1] += starts[bucket]
    nexts = next_places.ctypes.data
    for place in range(entries.shape[0]):
        entry = at + ENTRY_BYTES * place
        key = load_word(entry)
        bucket = bucket_of(key, bits)
        to = types.int64(load_word(nexts + 8 * bucket))
        store_word(nexts + 8 * bucket, types.uint64(to + ENTRY_BYTES))
        store_word(to, key)
        store_word(to + CHECK_BYTES, load_word(entry + CHECK_BYTES))
        store_word(to + VALUE_BYTES, load_word(entry + VALUE_BYTES))


@kernel
def bucket_of(key: int, bits: int) -> int:
    """The bucket that a key's first half falls into; a shift by all 64 bits would mean nothing."""
    return types.int64(key >> types.uint64(64 - bits)) if bits > 0 else types.int64(0)


@kernel
def entries_of(slices: Any) -> int:
    """How many entries there are in all stretches."""
    total = types.int64(0)
    for stretch in range(slices.shape[0]):
        total += slices[stretch, 1]
    return total


@kernel
def slot_of(entry: int, slots: Any, mask: int) -> int:
    """The slot of an entry's key, by all of its 128 bits: the one it is in, or the free one where it would be."""
    key, check = load_word(entry), load_word(entry + CHECK_BYTES)
    tag = tag_of(key)
    slot = types.int64(key & types.uint64(mask))
    while slots[slot] != types.uint64(0):
        if slots[slot] & types.uint64(TAG_MASK) == tag:
            held = entry_in(slots[slot])
            if load_word(held) == key and load_word(held + CHECK_BYTES) == check:
                break
        slot = (slot + 1) & mask
    return slot


@kernel
def tag_of(key: int) -> int:
    """Bits of a key that neither chose its bucket nor its slot, where an address has none: most others differ in these."""
    return (key << types.uint64(TAG_SHIFT)) & types.uint64(TAG_MASK)


@kernel
def in_slot(entry: int) -> int:
    """What a slot holds of an entry: its address and its tag."""
    return types.uint64(entry) | tag_of(load_word(entry))


@kernel
def entry_in(slot: int) -> int:
    """The address of the entry in a slot."""
    return types.int64(slot & types.uint64(ADDRESS_MASK))


@kernel
def row_at(entry: int) -> int:
    """The row that an entry stands for."""
    return types.int64(load_word(entry + VALUE_BYTES)) & ROW_MASK
