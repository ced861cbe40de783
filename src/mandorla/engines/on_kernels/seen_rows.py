"""Which rows were seen before: rows of one id counted, and rows that repeat an earlier one found while they stream by.

A slot is four words: both halves of an id's hash, the hash of its first row's values, and how many rows it has, those that are
written above all. Other rows of the same id stand in a table of their own. Ids are told apart by 128 bits of a hash whose
seed nobody outside knows, the rows of an id by 64 more.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import address_of, load_byte, load_word, prefetch, store_byte, store_word
from mandorla.engines.on_kernels.memory_pages import fill_anew
from mandorla.engines.on_kernels.parallel import in_parallel, stretches
from mandorla.engines.on_kernels.seeded_hash import there

# Any: numpy's arrays, whose element types Numba sees.
ID, CHECK, ROW, COUNTS = range(4)
KEPT_SHIFT = 32
LEAST_BITS = 16
# At most so many of ten slots are taken.
FULLNESS = 6
SLOT_BYTES, OTHER_BYTES = 32, 16
LINE_WORDS = 8
# Of rows that are expected, so many have ids of their own. Room for all could be twice the room that is needed.
SURELY_NEW = 0.75
# A slot may be anywhere in memory: so many rows before it is needed, it is asked for.
AHEAD = 16
# A thread goes through so many slots at once.
SLOTS_AT_ONCE = 1 << 16


@part
def slot_for(slots: int, last: int, slot_bytes: int, first: int, second: int) -> int:
    """The slot of a pair of words, which lead it: the one it is in, or the free one where it would be.

    `slots` is where they lie: to pass an array on costs as much as to look it up.
    """
    slot = types.int64(first) & last
    while True:
        at = slots + slot_bytes * slot
        word = load_word(at)
        if word == types.uint64(0) or (word == first and load_word(at + 8) == second):
            return slot
        slot = (slot + 1) & last


@kernel
def see(ids: Any, others: Any, hashes: Any, row_hashes: Any, kept: Any, added: Any) -> int:
    """Count the rows whose `kept` is set, and clear it where a row repeats an earlier one; how many do.

    `hashes` has both halves of each id's hash. `added` counts the slots that are taken in both tables.
    """
    new_ids = new_others = repeats = 0
    near, last = address_of(ids), types.int64(ids.shape[0] - 1)
    far, last_other = address_of(others), types.int64(others.shape[0] - 1)
    # By addresses: a loop that names an array counts who does, at every turn.
    at_first, at_values, at_kept, rows = address_of(hashes), address_of(row_hashes), address_of(kept), kept.size
    at_second = at_first + 8 * rows
    for row in range(rows):
        ahead = min(row + AHEAD, rows - 1)
        prefetch(near + SLOT_BYTES * (types.int64(load_word(at_first + 8 * ahead)) & last))
        if not load_byte(at_kept + row):
            continue
        first, second, values = load_word(at_first + 8 * row), load_word(at_second + 8 * row), load_word(at_values + 8 * row)
        slot = near + SLOT_BYTES * slot_for(near, last, SLOT_BYTES, first, second)
        is_new = True
        if load_word(slot) == types.uint64(0):
            write_words(slot, first, second)
            store_word(slot + 8 * ROW, values)
            new_ids += 1
        elif load_word(slot + 8 * ROW) == values:
            is_new = False
        else:
            key = there(first ^ values)
            other = far + OTHER_BYTES * slot_for(far, last_other, OTHER_BYTES, key, second)
            is_new = load_word(other) == types.uint64(0)
            if is_new:
                write_words(other, key, second)
                new_others += 1
        counted = types.uint64(1) + (types.uint64(is_new) << types.uint64(KEPT_SHIFT))
        store_word(slot + 8 * COUNTS, load_word(slot + 8 * COUNTS) + counted)
        store_byte(at_kept + row, types.uint8(is_new))
        repeats += not is_new
    added[0] += new_ids
    added[1] += new_others
    return repeats


@part
def write_words(slot: int, first: int, second: int) -> None:
    """Write the words that lead a slot."""
    store_word(slot + 8 * ID, first)
    store_word(slot + 8 * CHECK, second)


@kernel
def move(slots: Any, larger: Any) -> None:
    """Put all that is in a table into a larger one."""
    near, last, slot_bytes = larger.ctypes.data, types.int64(larger.shape[0] - 1), 8 * larger.shape[1]
    for place in range(slots.shape[0]):
        if place + AHEAD < slots.shape[0]:
            prefetch(near + slot_bytes * (types.int64(slots[place + AHEAD, ID]) & last))
        if slots[place, ID] != types.uint64(0):
            slot = slot_for(near, last, slot_bytes, slots[place, ID], slots[place, CHECK])
            for word in range(slots.shape[1]):
                larger[slot, word] = slots[place, word]


class SeenRows:
    """All ids so far, and the hashes of their rows; a pool goes through what is large."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._tables = [free_slots(pool, 1 << LEAST_BITS, words) for words in (4, 2)]
        self._added = numpy.zeros(2, numpy.int64)
        self.duplicate_rows = 0

    def expect(self, rows: int) -> None:
        """Make room for most of so many rows: a table that grows is moved each time, and its memory taken anew."""
        self._tables[0] = with_room(self._pool, self._tables[0], int(rows * SURELY_NEW))

    def see(self, hashes: Any, row_hashes: Any, kept: Any) -> None:
        """Take in the rows of a batch, in reading order; those that repeat an earlier one are kept no longer."""
        for number, table in enumerate(self._tables):
            self._tables[number] = with_room(self._pool, table, int(self._added[number]) + kept.size)
        ids, others = self._tables
        self.duplicate_rows += see(ids, others, hashes, row_hashes, kept, self._added)

    @property
    def unique_ids(self) -> int:
        """How many ids there are."""
        return int(self._added[0])

    def ids_by_rows(self) -> dict[int, int]:
        """Of the ids with several rows, how many have one that is kept, two, three, …"""
        counted: Counter[int] = Counter()
        slots = self._tables[0]

        def repeated(some: range) -> dict[int, int]:
            counts = slots[some.start : some.stop, COUNTS]
            rows = counts[(counts & numpy.uint64(0xFFFFFFFF)) > 1] >> numpy.uint64(KEPT_SHIFT)
            return dict(zip(*(one.tolist() for one in numpy.unique(rows, return_counts=True)), strict=True))

        for found in in_parallel(self._pool, repeated, stretches(len(slots), SLOTS_AT_ONCE)):
            counted.update(found)
        return dict(sorted(counted.items()))


def with_room(pool: ThreadPoolExecutor, slots: Any, used: int) -> Any:
    """The table, or a larger one with the same in it, where so many slots are few."""
    size = len(slots)
    while used * 10 > size * FULLNESS:
        size *= 2
    if size == len(slots):
        return slots
    larger = free_slots(pool, size, slots.shape[1])
    move(slots, larger)
    return larger


def free_slots(pool: ThreadPoolExecutor, count: int, words: int) -> Any:
    """So many slots, none of which reaches into a second line of memory."""
    room = numpy.empty(count * words + LINE_WORDS, numpy.uint64)
    slots = room[-room.ctypes.data // 8 % LINE_WORDS :][: count * words].reshape(count, words)
    fill_anew(pool, slots, 0)
    return slots
