"""Sets of 128-bit words, and where they stand among many others: a filter that fits a core's cache comes before each look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.keys import ROW_MASK
from mandorla.engines.on_kernels.memory import address_of, load_word, prefetch, store_word

# Any: numpy's arrays, whose element types Numba sees.
# A filter lets pass one of thirty at ten bits a pair, one of nine at five. Up to so many words it stays in a core's own cache,
# beside what streams through; a larger one costs more at each look than what it spares.
BITS_PER_PAIR, LEAST_BITS_PER_PAIR = 10, 5
LEAST_FILTER_WORDS, MOST_ROOMY_FILTER_WORDS = 1 << 6, 1 << 14
NOWHERE = -1
# A slot holds the upper half of a first word above the pair's number: what is not there is told without looking at any pair.
FREE, TAG_SHIFT = (1 << 64) - 1, 32
MOST_PAIRS = (1 << 31) - 1
# How many words a kernel looks at before it looks up those that passed: they stay in a core's nearest cache.
WORDS_AT_ONCE = 1 << 11
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
        find_numbers(contiguous(words[0]), contiguous(words[1]), self.words, self.slots, self.bits, numbers)
        return numbers

    def found_in(self, stretches: Any) -> tuple[Any, Any]:
        """The rows of some of them in stretches of memory, and their numbers."""
        most = int(stretches[:, WORDS].sum()) + 1
        rows, numbers = numpy.empty(most, numpy.int64), numpy.empty(most, numpy.int32)
        count = find_in_stretches(stretches, self.words, self.slots, self.bits, rows, numbers)
        # What is found is a small part of the room that was made for all.
        return rows[:count].copy(), numbers[:count].copy()


def word_pairs(parts: Sequence[Any]) -> WordPairs:
    """A set of what stands in arrays (2, n); a pair whose first half is zero is none."""
    total = sum(new.shape[1] for new in parts)
    assert total <= MOST_PAIRS, "a slot has room for numbers of this length"
    size = 4
    while size < 2 * total:
        size *= 2
    words, slots = numpy.empty((2, total), numpy.uint64), numpy.full(size, FREE, numpy.uint64)
    count = 0
    for new in parts:
        count = insert(contiguous(new[0]), contiguous(new[1]), words, count, slots)
    words = numpy.ascontiguousarray(words[:, :count])
    bits = numpy.zeros(filter_words(count), numpy.uint64)
    mark(words[0], bits)
    return WordPairs(words, slots, bits)


def filter_words(pairs: int) -> int:
    """How many words the filter of so many pairs has: a power of two.

    >>> [filter_words(pairs) for pairs in (0, 500, 100_000, 200_000, 300_000)]
    [64, 128, 16384, 16384, 32768]
    """
    words = LEAST_FILTER_WORDS
    while 64 * words < (BITS_PER_PAIR if words < MOST_ROOMY_FILTER_WORDS else LEAST_BITS_PER_PAIR) * pairs:
        words *= 2
    return words


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


@part
def number_in(slot: int) -> int:
    """The number of the pair that a slot holds."""
    return types.int64(slot & types.uint64(MOST_PAIRS))


@part
def may_hold(slot: int, low: int) -> bool:
    """Whether a slot may hold a pair with that first half."""
    return slot >> types.uint64(TAG_SHIFT) == low >> types.uint64(TAG_SHIFT)


@part
def place_for(low: int, high: int, words: int, most: int, slots: int, mask: int) -> int:
    """The address of the slot of a pair: the one that holds it, or the free one where it would be.

    `words` and `slots` are addresses; there is room for `most` pairs, and for one slot more than `mask` says.
    """
    place = low & mask
    while True:
        at = slots + 8 * types.int64(place)
        slot = load_word(at)
        if slot == types.uint64(FREE):
            return at
        if may_hold(slot, low):
            pair = words + 8 * number_in(slot)
            if load_word(pair) == low and load_word(pair + 8 * most) == high:
                return at
        place = (place + types.uint64(1)) & mask


@kernel
def insert(lows: Any, highs: Any, words: Any, count: int, slots: Any) -> int:
    """Give each new pair that is not there yet a number; how many there are then."""
    at_words, at_slots, mask, most = address_of(words), address_of(slots), types.uint64(slots.size - 1), words.shape[1]
    for number in range(lows.size):
        low, high = lows[number], highs[number]
        prefetch(at_slots + 8 * types.int64(lows[min(number + PLACES_AHEAD, lows.size - 1)] & mask))
        if low == types.uint64(0):
            continue
        at = place_for(low, high, at_words, most, at_slots, mask)
        if load_word(at) == types.uint64(FREE):
            store_word(at, (low >> types.uint64(TAG_SHIFT) << types.uint64(TAG_SHIFT)) | types.uint64(count))
            store_word(at_words + 8 * count, low)
            store_word(at_words + 8 * (most + count), high)
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
def find_numbers(lows: Any, highs: Any, words: Any, slots: Any, bits: Any, numbers: Any) -> None:
    """Write the number of every pair, NOWHERE for those that are not there."""
    at_words, at_slots, mask, most = address_of(words), address_of(slots), types.uint64(slots.size - 1), words.shape[1]
    at_bits = address_of(bits)
    for place in range(lows.size):
        numbers[place] = NOWHERE
        if is_marked(lows[place], at_bits, bits.size - 1) != 0:
            slot = load_word(place_for(lows[place], highs[place], at_words, most, at_slots, mask))
            numbers[place] = NOWHERE if slot == types.uint64(FREE) else number_in(slot)


@part
def list_marked(firsts: int, begin: int, end: int, bits: int, mask: int, listed: Any) -> int:
    """List the places of first halves that the filter lets pass; how many do. Nothing branches: no branch could be foretold."""
    count = types.int64(0)
    for place in range(begin, end):
        listed[count] = place
        count += is_marked(load_word(firsts + 8 * place), bits, mask)
    return count


@part
def list_held(firsts: int, slots: int, mask: int, listed: Any, count: int) -> int:
    """Leave those places in the list whose first halves a slot may hold; how many they are."""
    kept = types.int64(0)
    for number in range(-PLACES_AHEAD, count):
        later = listed[min(number + PLACES_AHEAD, count - 1)]
        prefetch(slots + 8 * types.int64(load_word(firsts + 8 * later) & mask))
        if number >= 0:
            low = load_word(firsts + 8 * listed[number])
            place = low & mask
            slot = load_word(slots + 8 * types.int64(place))
            while slot != types.uint64(FREE) and not may_hold(slot, low):
                place = (place + types.uint64(1)) & mask
                slot = load_word(slots + 8 * types.int64(place))
            listed[kept] = listed[number]
            kept += slot != types.uint64(FREE)
    return kept


@kernel
def find_in_stretches(stretches: Any, words: Any, slots: Any, bits: Any, rows: Any, numbers: Any) -> int:
    """Write the rows and the numbers of those that are there; how many they are."""
    listed, found = numpy.empty(WORDS_AT_ONCE + 1, numpy.int64), types.int64(0)
    at_words, at_slots, mask, most = address_of(words), address_of(slots), types.uint64(slots.size - 1), words.shape[1]
    at_bits = address_of(bits)
    for stretch in range(stretches.shape[0]):
        firsts, seconds, values = stretches[stretch, FIRSTS], stretches[stretch, SECONDS], stretches[stretch, VALUES]
        for begin in range(0, stretches[stretch, WORDS], WORDS_AT_ONCE):
            end = min(begin + WORDS_AT_ONCE, stretches[stretch, WORDS])
            count = list_marked(firsts, begin, end, at_bits, bits.size - 1, listed)
            count = list_held(firsts, at_slots, mask, listed, count) if count else count
            for number in range(count):
                prefetch(seconds + 8 * listed[number])
                prefetch(values + 8 * listed[number])
            for number in range(count):
                place = listed[number]
                low, high = load_word(firsts + 8 * place), load_word(seconds + 8 * place)
                slot = load_word(place_for(low, high, at_words, most, at_slots, mask))
                behind = place if values == 0 else types.int64(load_word(values + 8 * place)) & ROW_MASK
                rows[found], numbers[found] = stretches[stretch, ROW] + behind, number_in(slot)
                found += slot != types.uint64(FREE)
    return found
