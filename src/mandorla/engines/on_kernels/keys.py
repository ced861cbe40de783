"""Keys of all rules as one stream: an entry says which key (128 bits, salted with its rule) stands in which row.

Before it is written, an entry is three words: the key's first half, its second half, and the row with the rule's number above
it. Of the last one five bytes are written, which hold all of it. The top bits of the first half say into which bucket an entry
falls; both sides' entries of a key meet there.
"""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import address_of, load_word
from mandorla.engines.on_kernels.seeded_hash import there

# Any: numpy's arrays, whose element types Numba sees.
WORDS_PER_ENTRY = 3
KEY, CHECK, VALUE = range(WORDS_PER_ENTRY)
CHECK_BYTES, VALUE_BYTES, ENTRY_BYTES = 8 * CHECK, 8 * VALUE, 8 * VALUE + 5
# A value is read and written as a word, which reaches so far behind its entry.
BEHIND_ENTRY = 8 * WORDS_PER_ENTRY - ENTRY_BYTES
RULE_SHIFT, VALUE_BITS = 32, 40
ROW_MASK, VALUE_MASK = (1 << RULE_SHIFT) - 1, (1 << VALUE_BITS) - 1
MOST_RULES = (1 << VALUE_BITS - RULE_SHIFT) - 1
# Addresses of a process have 48 bits at most; above an entry's address a slot holds a tag, bits 32 to 47 of the key.
ADDRESS_BITS = 48
ADDRESS_MASK = (1 << ADDRESS_BITS) - 1
TAG_SHIFT, TAG_MASK = 16, 0xFFFF << ADDRESS_BITS
TURNED_BITS = 13


@part
def addresses_of_parts(parts: Any, fields: Any) -> Any:
    """Where both words of what stands for the values of each field lie, field by field."""
    row_bytes = 8 * parts.shape[2]
    columns = numpy.empty(2 * fields.size, numpy.int64)
    for place in range(fields.size):
        columns[2 * place] = address_of(parts) + 2 * fields[place] * row_bytes
        columns[2 * place + 1] = columns[2 * place] + row_bytes
    return columns


@part
def key_of(columns: int, fields: int, row: int, secret: Any) -> tuple[int, int]:
    """The key of a row, a first word of zero where one of its parts is missing.

    `columns` is the address of what `addresses_of_parts` says of so many fields, `secret` a salted seed. What stands for a
    value is a hash by a secret seed already, and the salt tells keys apart: to add them up is as good as to hash them again.
    The sum is turned from field to field, so a text in one field is not what it is in another.
    """
    first, second = part_in(columns, row)
    is_whole = first != types.uint64(0)
    low, high = turned(secret[0]) ^ first, turned(secret[1]) ^ second
    # Most keys are of one field, and end here.
    for at in range(columns + 16, columns + 16 * fields, 16):
        first, second = part_in(at, row)
        is_whole &= first != types.uint64(0)
        low, high = turned(low) ^ first, turned(high) ^ second
    return there(low) * types.uint64(is_whole), high


@part
def part_in(columns: int, row: int) -> tuple[int, int]:
    """Both words of what stands for a row's value in a field; where these lie is said at an address."""
    return load_word(types.int64(load_word(columns)) + 8 * row), load_word(types.int64(load_word(columns + 8)) + 8 * row)


@part
def turned(word: int) -> int:
    """A word's bits, moved up by a number that comes back to where it was after 64 times, and not before."""
    return (word << types.uint64(TURNED_BITS)) | (word >> types.uint64(64 - TURNED_BITS))


@kernel
def bucket_of(key: int, bits: int) -> int:
    """The bucket that a key's first half falls into; a shift by all 64 bits at once would mean nothing."""
    return types.int64((key >> types.uint64(63 - bits)) >> types.uint64(1))


@kernel
def entries_of(slices: Any) -> int:
    """How many entries there are in all stretches."""
    total = types.int64(0)
    for stretch in range(slices.shape[0]):
        total += slices[stretch, 1]
    return total


@kernel
def power_of_two(least: int) -> int:
    """The power of two that is not below a number, and not below four."""
    size = 4
    while size < least:
        size *= 2
    return size


@part
def slot_of(entry: int, slots: int, mask: int) -> int:
    """The address of the slot of an entry's key, by all of its 128 bits: the one it is in, or the free one where it would be.

    The slots stand at an address, one more than the mask.
    """
    key, check = load_word(entry), load_word(entry + CHECK_BYTES)
    tag = tag_of(key)
    slot = types.int64(key & types.uint64(mask))
    while True:
        word = load_word(slots + 8 * slot)
        if word == types.uint64(0):
            break
        if word & types.uint64(TAG_MASK) == tag:
            held = entry_in(word)
            if load_word(held) == key and load_word(held + CHECK_BYTES) == check:
                break
        slot = (slot + 1) & mask
    return slots + 8 * slot


@part
def first_slot_of(entry: int, slots: int, mask: int) -> int:
    """The address of the slot where the search for an entry's key begins."""
    return slots + 8 * types.int64(load_word(entry) & types.uint64(mask))


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


@part
def value_at(entry: int) -> int:
    """The row that an entry stands for, its rule's number above."""
    return load_word(entry + VALUE_BYTES) & types.uint64(VALUE_MASK)


@part
def row_at(entry: int) -> int:
    """The row that an entry stands for."""
    return types.int64(load_word(entry + VALUE_BYTES) & types.uint64(ROW_MASK))
