"""Sets of 128-bit words, and where they stand among many others: a filter that fits a core's cache comes before each look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part

# Any: numpy's arrays, whose element types Numba sees.
BITS_PER_PAIR = 16
LEAST_BITS = 1 << 12
WORDS_AT_ONCE = 1 << 19
NOWHERE = -1


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

    def places_in(self, words: Any) -> Any:
        """Where some of them stand among many others (2, n), in order."""
        if not self.count:
            return numpy.zeros(0, numpy.int64)
        places = numpy.empty(words.shape[1] + 1, numpy.int64)
        return places[
            : find_places(
                contiguous(words[0]), contiguous(words[1]), self.words[0], self.words[1], self.slots, self.bits, places
            )
        ]


def word_pairs(parts: Sequence[Any]) -> WordPairs:
    """A set of what stands in arrays (2, n); a pair whose first half is zero is none."""
    total = sum(new.shape[1] for new in parts)
    size = 4
    while size < 2 * total:
        size *= 2
    words, slots = numpy.empty((2, total), numpy.uint64), numpy.full(size, NOWHERE, numpy.int64)
    count = 0
    for new in parts:
        count = insert(contiguous(new[0]), contiguous(new[1]), words[0], words[1], count, slots)
    # All bits of a filter are 64 to a word.
    wanted = LEAST_BITS
    while wanted < BITS_PER_PAIR * count:
        wanted *= 2
    bits = numpy.zeros(wanted // 64, numpy.uint64)
    words = numpy.ascontiguousarray(words[:, :count])
    mark(words[0], bits)
    return WordPairs(words, slots, bits)


def places_in_parallel(pool: ThreadPoolExecutor, wanted: WordPairs, parts: Sequence[tuple[Any, int]]) -> Any:
    """Where some of them stand in large arrays, each given with the number of its first place; in order, each place once."""
    if not wanted.count:
        return numpy.zeros(0, numpy.int64)
    portions: list[list[tuple[Any, int]]] = [[]]
    for words, first in parts:
        for start in range(0, words.shape[1], WORDS_AT_ONCE):
            if sum(piece.shape[1] for piece, _ in portions[-1]) >= WORDS_AT_ONCE:
                portions.append([])
            portions[-1].append((words[:, start : start + WORDS_AT_ONCE], first + start))

    def look(portion: list[tuple[Any, int]]) -> list[Any]:
        return [wanted.places_in(words) + first for words, first in portion]

    found = [places for portion in pool.map(look, portions) for places in portion]
    return numpy.unique(numpy.concatenate(found)) if found else numpy.zeros(0, numpy.int64)


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
def bit_of(low: int, bits: Any) -> int:
    """The bit of a first half in a filter, other bits of it than those that say the slot."""
    return (low >> types.uint64(20)) & types.uint64(64 * bits.size - 1)


@part
def is_marked(low: int, bits: Any) -> int:
    """1 if the bit of a first half is set, else 0; of what is no pair, 0."""
    bit = bit_of(low, bits)
    word = bits[bit >> types.uint64(6)] >> (bit & types.uint64(63))
    return types.int64(word & types.uint64(1)) & types.int64(low != types.uint64(0))


@kernel
def mark(lows: Any, bits: Any) -> None:
    """Set the bit of every pair."""
    for place in range(lows.size):
        bit = bit_of(lows[place], bits)
        bits[bit >> types.uint64(6)] |= types.uint64(1) << (bit & types.uint64(63))


@kernel
def find_numbers(first: Any, second: Any, lows: Any, highs: Any, slots: Any, bits: Any, numbers: Any) -> None:
    """Write the number of every pair, NOWHERE for those that are not there."""
    for place in range(first.size):
        numbers[place] = NOWHERE
        if is_marked(first[place], bits) != 0:
            numbers[place] = slots[slot_for(first[place], second[place], lows, highs, slots)]


@kernel
def find_places(first: Any, second: Any, lows: Any, highs: Any, slots: Any, bits: Any, places: Any) -> int:
    """Write the places of those that are there; how many they are.

    The filter decides without a branch, since no branch could be foretold; what passes it is looked at afterwards.
    """
    passed = 0
    for place in range(first.size):
        places[passed] = place
        passed += is_marked(first[place], bits)
    count = 0
    for number in range(passed):
        place = places[number]
        if slots[slot_for(first[place], second[place], lows, highs, slots)] != NOWHERE:
            places[count] = place
            count += 1
    return count
