"""Texts that stand in many rows of a batch: what became of the first one is looked up for the others, and is numbered.

A slot is three words: both halves of a text's hash, and the place of what became of it. That is five: where its value lies, how
long it is, what a row that has it counts for, and both words that tell the value from others.
"""

from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import part
from mandorla.engines.on_kernels.memory import load_word, store_word
from mandorla.engines.on_kernels.seeded_hash import hash128, there
from mandorla.engines.on_kernels.seen_rows import slot_for

# Any: numpy's arrays, whose element types Numba sees.
MOST_DIFFERENT = 1 << 13
SLOTS = 2 * MOST_DIFFERENT
PLACE, SLOT_WORDS, SLOT_BYTES = 2, 3, 24
START, SIZE, OUTCOME, FIRST, SECOND = range(5)
RESULT_WORDS, RESULT_BYTES = 5, 40
# Where it is written down what became of a text that has no number; the others follow.
UNNUMBERED = 0
# How many texts have a number, how many rows were looked up, and whether that has ended.
NUMBERED, LOOKED_UP, HAS_ENDED = range(3)
# Numbers are worth their dictionary where one row of three repeats another. What repeats the more, the more rows there are,
# has done so by then in one of so many of the first rows.
ROWS_A_REPEAT = 3
FIRST_ROWS, FIRST_ROWS_A_REPEAT = 2048, 24


@dataclass(frozen=True, slots=True)
class Repeated:
    """A column whose values repeat: each row's number, which is any where the row has no value, and where the values lie."""

    numbers: Any
    starts: Any
    sizes: Any


@dataclass(frozen=True, slots=True)
class KnownTexts:
    """What kernels write down about the texts of a batch's column, as arrays."""

    slots: Any
    results: Any
    numbers: Any
    about: Any

    def learn(self, rows: Any, starts: Any, sizes: Any) -> None:
        """Take in where the values of some rows lie, which are all rows with those texts."""
        if not self.about[HAS_ENDED]:
            of_rows = self.numbers[rows]
            # A text without a number was too long to be looked up.
            self.about[HAS_ENDED] = of_rows.min() < 0
            self.results[1 + of_rows, START] = starts[rows].view(numpy.uint64)
            self.results[1 + of_rows, SIZE] = sizes[rows].astype(numpy.int64).view(numpy.uint64)

    def repeated(self) -> Repeated | None:
        """The numbers of all rows; None if most values are new ones, or there are none."""
        numbered, looked_up, has_ended = self.about.tolist()
        starts, sizes = (self.results[1 : 1 + numbered, word].view(numpy.int64) for word in (START, SIZE))
        if has_ended or (looked_up - numbered) * ROWS_A_REPEAT < looked_up or not (sizes != NULL).any():
            return None
        return Repeated(self.numbers, numpy.ascontiguousarray(starts), sizes.astype(numpy.int32))


def no_known_texts(rows: int) -> KnownTexts:
    """Nothing is known of so many rows."""
    return KnownTexts(
        numpy.zeros((SLOTS, SLOT_WORDS), numpy.uint64),
        numpy.empty((1 + MOST_DIFFERENT, RESULT_WORDS), numpy.uint64),
        numpy.empty(rows, numpy.int32),
        numpy.zeros(3, numpy.int64),
    )


@part
def place_of(text: int, length: int, region: int, secret: Any, slots: int, about: int) -> tuple[int, bool]:
    """Where it stands what becomes of a text in a region, and whether that is known; UNNUMBERED where none is looked up."""
    if load_word(about + 8 * HAS_ENDED) or length <= 0:
        return types.int64(UNNUMBERED), False
    first, second = hash128(text, length, secret)
    first = there(first ^ region)
    slot = slots + SLOT_BYTES * slot_for(slots, types.int64(SLOTS - 1), SLOT_BYTES, first, second)
    looked_up = load_word(about + 8 * LOOKED_UP) + types.uint64(1)
    store_word(about + 8 * LOOKED_UP, looked_up)
    if load_word(slot) != types.uint64(0):
        return types.int64(load_word(slot + 8 * PLACE)), True
    numbered = load_word(about + 8 * NUMBERED)
    is_rare = looked_up >= FIRST_ROWS and (looked_up - numbered) * types.uint64(FIRST_ROWS_A_REPEAT) < looked_up
    if is_rare or numbered == MOST_DIFFERENT:
        store_word(about + 8 * HAS_ENDED, types.uint64(1))
        return types.int64(UNNUMBERED), False
    place = numbered + types.uint64(1)
    store_word(about + 8 * NUMBERED, place)
    store_word(slot, first)
    store_word(slot + 8, second)
    store_word(slot + 8 * PLACE, place)
    return types.int64(place), False
