"""Which keys the source has, two bits each: the target's keys that meet none of them are neither kept nor joined."""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.keys import ENTRY_BYTES
from mandorla.engines.on_kernels.memory import address_of, load_word, prefetch, prefetch_to_write, store_word
from mandorla.engines.on_kernels.memory_pages import take_pages

# Any: numpy's arrays, whose element types Numba sees.
BITS_PER_WORD = 64
# Less what rounding down to a power of two takes. Where every row has every key, a key that no entry has finds its bits set in
# one case of six or less; most rows lack some keys.
MOST_BITS_PER_ENTRY = 8
KEYS_AHEAD = 12


def no_marks() -> Any:
    """None at all: nothing is marked, and everything is wanted."""
    return numpy.zeros(0, numpy.uint64)


def marks_for(bits: int, entries: int) -> Any:
    """Marks for at most so many entries in buckets of so many bits, none set; each bucket's lie together."""
    wanted = max(1, entries * MOST_BITS_PER_ENTRY // BITS_PER_WORD).bit_length() - 1
    marks = numpy.zeros(1 << max(bits, wanted), numpy.uint64)
    take_pages(marks)
    return marks


@kernel
def mark_keys(slices: Any, marks: Any) -> None:
    """Mark the keys of entries; `slices` says at which addresses they lie, and how many. No other thread may mark in their
    buckets meanwhile.
    """
    at, shift = address_of(marks), shift_of(marks)
    for stretch in range(slices.shape[0]):
        first, last = slices[stretch, 0], slices[stretch, 1] - 1
        for place in range(slices[stretch, 1]):
            later = load_word(first + min(place + KEYS_AHEAD, last) * ENTRY_BYTES)
            prefetch_to_write(address_of_mark(later, at, shift))
            key = load_word(first + place * ENTRY_BYTES)
            mark = address_of_mark(key, at, shift)
            store_word(mark, load_word(mark) | bits_of_mark(key, shift))


@part
def shift_of(marks: Any) -> int:
    """By how far a key is shifted to become the number of its mark, less one; a shift by all 64 bits would mean nothing."""
    shift, size = 63, marks.size * BITS_PER_WORD
    while size > 1:
        shift, size = shift - 1, size >> 1
    return types.int64(shift)


@part
def number_of_mark(key: int, shift: int) -> int:
    """Which mark is a key's: the top bits, those of its bucket first, so that a bucket's marks lie together."""
    return types.int64((key >> types.uint64(shift)) >> types.uint64(1))


@part
def address_of_mark(key: int, marks: int, shift: int) -> int:
    """The address of the word with a key's mark."""
    return marks + (number_of_mark(key, shift) >> 6) * 8


@part
def bits_of_mark(key: int, shift: int) -> int:
    """A key's mark in its word: two bits, the second by bits of the key that have no say in the first."""
    first = number_of_mark(key, shift) & (BITS_PER_WORD - 1)
    return (types.uint64(1) << types.uint64(first)) | (types.uint64(1) << (key & types.uint64(BITS_PER_WORD - 1)))


@part
def bring_mark(key: int, marks: int, shift: int) -> None:
    """Have a key's mark brought near."""
    prefetch(address_of_mark(key, marks, shift))


@part
def is_marked(key: int, marks: int, shift: int) -> bool:
    """Whether the source may have a key."""
    mark = bits_of_mark(key, shift)
    return load_word(address_of_mark(key, marks, shift)) & mark == mark
