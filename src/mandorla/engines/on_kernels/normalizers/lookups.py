"""Finding a word in a table of the block, and a table in the block's directory."""

from numba import types

from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import compare_bytes, copy_bytes, eight_bytes, load_word
from mandorla.engines.on_kernels.normalizers.blocks import store_eight
from mandorla.engines.on_kernels.normalizers.tables import ENTRIES, MULTIPLIER, SECOND_MULTIPLIER, SLOT_BYTES

FIRST_SLOT = 16


@part
def directory_entry(block: int, section: int, entry: int) -> int:
    """What the directory says: a number, or the distance of a table; 0 for none."""
    return types.int64(load_word(block + 8 * (section * ENTRIES + entry)))


@part
def low_bytes(address: int, length: int) -> int:
    """Up to eight bytes as a word; eight must be readable."""
    word = eight_bytes(address)
    return word if length >= 8 else word & ((types.uint64(1) << types.uint64(8 * length)) - types.uint64(1))


@part
def find_word(table: int, word: int, length: int) -> int:
    """The address of a word's slot, or 0. Eight bytes from any place inside the word must be readable."""
    second = low_bytes(word + 8, length - 8) if length > 8 else types.uint64(0)
    return find_slot(table, low_bytes(word, length), second, word, length)


@part
def find_slot(table: int, first: int, second: int, word: int, length: int) -> int:
    """The address of a word's slot, or 0, with the word's first and second eight bytes at hand."""
    if length > types.int64(load_word(table + 8)) or length == 0:
        return 0
    mixed = first ^ (second * types.uint64(SECOND_MULTIPLIER)) ^ types.uint64(length)
    shift = load_word(table)
    place = types.int64((mixed * types.uint64(MULTIPLIER)) >> shift)
    last = (types.int64(1) << (64 - types.int64(shift))) - 1
    while True:
        slot = table + FIRST_SLOT + SLOT_BYTES * place
        about = types.int64(load_word(slot + 16))
        if about == 0:
            return 0
        is_alike = load_word(slot) == first and load_word(slot + 8) == second and (about & 255) == length
        if is_alike and (length <= 16 or compare_bytes(table + (about >> 16), length, word, length) == 0):
            return slot
        place = (place + 1) & last


@part
def entry_length(slot: int) -> int:
    """How long the entry of a slot is."""
    return (types.int64(load_word(slot + 16)) >> 8) & 255


@part
def copy_entry(table: int, slot: int, out: int) -> int:
    """Write the entry of a slot, and whatever behind it up to eight bytes; its length."""
    count = entry_length(slot)
    store_eight(out, load_word(slot + 24))
    if count > 8:
        about = types.int64(load_word(slot + 16))
        copy_bytes(table + (about >> 16) + (about & 255), out, count)
    return count
