"""Sets of 128-bit words, and where they stand among many others: a filter that fits a core's cache comes before each look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.keys import ROW_MASK
from mandorla.engines.on_kernels.memory import address_of, load_word, prefetch

# Any: numpy's arrays, whose element types Numba sees.
BITS_PER_PAIR = 10
LEAST_FILTER_WORDS = 64
MOST_PAIRS = (1 << 31) - 1
NOWHERE = -1
# How many words a kernel looks at before it looks up those that passed: their places stay in a core's nearest cache.
WORDS_AT_ONCE = 1 << 10
WORDS_OF_A_PORTION = 1 << 19
# A slot lies anywhere in memory: it is asked for so many places before it is looked at.
PLACES_AHEAD = 8
# Of a stretch of words in memory: where the first and the second halves begin, how many there are, the row of the first one,
# and where each one's value begins, which says how many rows behind that it stands; zero where every row has one.
FIRSTS, SECONDS, WORDS, ROW, VALUES = range(5)


@dataclass(frozen=True, slots=True)
class WordPairs:
    """Different pairs of words, each with its number: `words` has a row for the first halves and one for the second."""

    words: Any
    slots: Any
    bits: Any

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.words.shape[1])

    def numbers_of(self, words: Any) -> Any:
        """The number of each pair among others (2, n), NOWHERE for those that are not here."""
        numbers = numpy.empty(words.shape[1], numpy.int64)
        find_numbers(contiguous(words[0]), contiguous(words[1]), self.words[0], self.words[1], self.slots, self.bits, numbers)
        return numbers

    def found_in(self, stretches: Any) -> tuple[Any, Any]:
        """The rows of some of them in stretches of memory, and their numbers."""
        most = int(stretches[:, WORDS].sum()) + 1
        rows, numbers = numpy.empty(most, numpy.int64), numpy.empty(most, numpy.int32)
        count = find_in_stretches(stretches, self.words[0], self.words[1], self.slots, self.bits, rows, numbers)
        # What is found is a small part of the room that was made for all.
        return rows[:count].copy(), numbers[:count].copy()


def word_pairs(parts: Sequence[Any]) -> WordPairs:
    """A set of what stands in arrays (2, n); a pair whose first half is zero is none."""
    total = sum(new.shape[1] for new in parts)
    assert total <= MOST_PAIRS, "a slot has room for numbers of this length"
    size = 4
    while size < 2 * total:
        size *= 2
    words, slots = numpy.empty((2, total), numpy.uint64), numpy.full(size, NOWHERE, numpy.int32)
    count = 0
    for new in parts:
        count = insert(contiguous(new[0]), contiguous(new[1]), words[0], words[1], count, slots)
    wanted = LEAST_FILTER_WORDS
    # All bits of a filter are 64 to a word.
    while 64 * wanted < BITS_PER_PAIR * count:
        wanted *= 2
    bits = numpy.zeros(wanted, numpy.uint64)
    words = numpy.ascontiguousarray(words[:, :count])
    mark(words[0], bits)
    return WordPairs(words, slots, bits)


def found_in_parallel(pool: ThreadPoolExecutor, wanted: WordPairs, portions: Sequence[Any]) -> tuple[Any, Any]:
    """The rows of some of them in portions of stretches, each portion a thread's, and their numbers; portion after portion."""
    if not wanted.count or not portions:
        return numpy.zeros(0, numpy.int64), numpy.zeros(0, numpy.int32)
    rows, numbers = zip(*pool.map(wanted.found_in, portions), strict=True)
    return numpy.concatenate(rows), numpy.concatenate(numbers)


def stretches_of(words: Any) -> list[Any]:
    """Words in an array (2, n) as portions of stretches; a row is a place in it."""
    assert all(half.flags.c_contiguous for half in words), "words of a stretch follow each other"
    (first, second), size = (half.ctypes.data for half in words), words.shape[1]
    begins = range(0, size, WORDS_OF_A_PORTION)
    counts = [min(WORDS_OF_A_PORTION, size - begin) for begin in begins]
    return [
        numpy.array([(first + 8 * begin, second + 8 * begin, count, begin, 0)], numpy.int64)
        for begin, count in zip(begins, counts, strict=True)
    ]


def contiguous(words: Any) -> Any:
    """Words in one stretch of memory, as kernels take them."""
    return numpy.ascontiguousarray(words)


@kernel
def slot_for(low: int, high: int, lows: Any, highs: Any, slots: Any) -> int:
    """The slot of a pair: the one that holds its number, or the free one where it would be."""
    mask = slots.size - 1
    slot = types.int64(low & types.uint64(mask))
    while slots[slot] != NOWHERE and (lows[slots[slot]] != low or highs[slots[slot]] != high):
        slot = (slot + 1) & mask
    return slot


@kernel
def insert(new_lows: Any, new_highs: Any, lows: Any, highs: Any, count: int, slots: Any) -> int:
    """Give each new pair that is not there yet a number; how many there are then."""
    for place in range(new_lows.size):
        low, high = new_lows[place], new_highs[place]
        if low == types.uint64(0):
            continue
        slot = slot_for(low, high, lows, highs, slots)
        if slots[slot] == NOWHERE:
            slots[slot] = count
            lows[count], highs[count] = low, high
            count += 1
    return count


@part
def filter_word(low: int, mask: int) -> int:
    """The place of the word of a filter that a first half has its bits in; `mask` is one less than there are words."""
    return types.int64((low >> types.uint64(32)) & types.uint64(mask))


@part
def is_marked(low: int, at_bits: int, mask: int) -> int:
    """1 if both bits of a first half are set, else 0: two in one word let pass a quarter of what one would."""
    word = load_word(at_bits + 8 * filter_word(low, mask))
    both = (word >> (low & types.uint64(63))) & (word >> ((low >> types.uint64(6)) & types.uint64(63)))
    return types.int64(both & types.uint64(1))


@kernel
def mark(lows: Any, bits: Any) -> None:
    """Set the bits of every pair."""
    one = types.uint64(1)
    for place in range(lows.size):
        low = lows[place]
        first, second = low & types.uint64(63), (low >> types.uint64(6)) & types.uint64(63)
        bits[filter_word(low, bits.size - 1)] |= (one << first) | (one << second)


@kernel
def find_numbers(first: Any, second: Any, lows: Any, highs: Any, slots: Any, bits: Any, numbers: Any) -> None:
    """Write the number of every pair, NOWHERE for those that are not there."""
    at_bits = address_of(bits)
    for place in range(first.size):
        numbers[place] = NOWHERE
        if is_marked(first[place], at_bits, bits.size - 1) != 0:
            numbers[place] = slots[slot_for(first[place], second[place], lows, highs, slots)]


@kernel
def find_in_stretches(stretches: Any, lows: Any, highs: Any, slots: Any, bits: Any, rows: Any, numbers: Any) -> int:
    """Write the rows and the numbers of those that are there; how many they are.

    The filter decides without a branch, since no branch could be foretold; what passes it is looked at afterwards.
    """
    passed, count = numpy.empty(WORDS_AT_ONCE + 1, numpy.int64), types.int64(0)
    at_bits, at_slots, mask = address_of(bits), address_of(slots), types.uint64(slots.size - 1)
    for stretch in range(stretches.shape[0]):
        at_first, at_second, at_value = stretches[stretch, FIRSTS], stretches[stretch, SECONDS], stretches[stretch, VALUES]
        for begin in range(0, stretches[stretch, WORDS], WORDS_AT_ONCE):
            listed = types.int64(0)
            for place in range(begin, min(begin + WORDS_AT_ONCE, stretches[stretch, WORDS])):
                passed[listed] = place
                listed += is_marked(load_word(at_first + 8 * place), at_bits, bits.size - 1)
            for number in range(listed):
                place, later = passed[number], passed[min(number + PLACES_AHEAD, listed - 1)]
                prefetch(at_slots + 4 * types.int64(load_word(at_first + 8 * later) & mask))
                slot = slot_for(load_word(at_first + 8 * place), load_word(at_second + 8 * place), lows, highs, slots)
                behind = place if at_value == 0 else types.int64(load_word(at_value + 8 * place)) & ROW_MASK
                rows[count], numbers[count] = stretches[stretch, ROW] + behind, slots[slot]
                count += slots[slot] != NOWHERE
    return count
