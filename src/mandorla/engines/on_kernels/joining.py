"""A bucket's keys of both sides meet: each source id learns the best target it agrees with, by rule, then by target id."""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import compare_ids
from mandorla.engines.on_kernels.keys import (
    ENTRY_BYTES,
    ROW_MASK,
    RULE_SHIFT,
    VALUE_BYTES,
    entries_of,
    entry_in,
    in_slot,
    row_at,
    slot_of,
)
from mandorla.engines.on_kernels.memory import load_word, prefetch, swap_if

# Any: numpy's arrays, whose element types Numba sees.
NOBODY = 0xFFFFFFFFFFFFFFFF
# A byte a mark: one in eight of the keys that were not marked seems to be.
MARKS_PER_ENTRY = 8
ROWS_AHEAD = 12


@kernel
def join_bucket(
    targets: Any, sources: Any, target_ids: Any, surplus_targets: Any, surplus_sources: Any, elsewhere: Any, best: Any
) -> int:
    """Probe the target's keys with the source's; how many entries of the source found a target.

    `targets` and `sources` say where entries lie: addresses and numbers. `best[row]`, of the first row of a source id, is the
    rule's number above the target's row; other threads write there too. The surplus arrays are empty where no row is surplus.
    """
    marks = numpy.zeros(power_of_two(MARKS_PER_ENTRY * max(entries_of(targets), entries_of(sources))), numpy.uint8)
    for stretch in range(sources.shape[0]):
        for place in range(sources[stretch, 1]):
            mark(sources[stretch, 0] + place * ENTRY_BYTES, marks)
    wanted = marked_entries(targets, marks)
    slots = slots_of(wanted, target_ids, surplus_targets)
    marks[:] = 0
    for place in range(wanted.size):
        mark(wanted[place], marks)
    probing = marked_entries(sources, marks)
    at_best, at_elsewhere = best.ctypes.data, elsewhere.ctypes.data
    found = 0
    for place in range(probing.size):
        # Rows come in no order, and what is known of them lies far away.
        later = row_at(probing[min(place + ROWS_AHEAD, probing.size - 1)])
        prefetch(at_best + 8 * later)
        prefetch(at_elsewhere + 4 * later)
        held = slots[slot_of(probing[place], slots, slots.size - 1)]
        if held == types.uint64(0):
            continue
        row = row_at(probing[place])
        if surplus_sources.size and surplus_sources[row]:
            continue
        row = first_row_of(elsewhere, row)
        keep_better(at_best + 8 * row, best[row], load_word(entry_in(held) + VALUE_BYTES), target_ids)
        found += 1
    return found


@kernel
def power_of_two(least: int) -> int:
    """The power of two that is not below a number, and not below four."""
    size = 4
    while size < least:
        size *= 2
    return size


@kernel
def mark(entry: int, marks: Any) -> None:
    """Mark an entry's key: a key whose mark is missing is none of those that were marked."""
    marks[types.int64(load_word(entry) & types.uint64(marks.size - 1))] = 1


@kernel
def marked_entries(slices: Any, marks: Any) -> Any:
    """The entries whose key is marked. They are listed without a branch, which no processor could foretell."""
    listed = numpy.empty(entries_of(slices) + 1, numpy.int64)
    used = types.int64(0)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = slices[stretch, 0] + place * ENTRY_BYTES
            listed[used] = entry
            used += types.int64(marks[types.int64(load_word(entry) & types.uint64(marks.size - 1))])
    return listed[:used]


@kernel
def slots_of(entries: Any, target_ids: Any, surplus_targets: Any) -> Any:
    """The entries of the target by their key: in a slot is the one with the smallest id, or zero."""
    slots = numpy.zeros(power_of_two(2 * entries.size), numpy.uint64)
    for place in range(entries.size):
        entry = entries[place]
        row = row_at(entry)
        if surplus_targets.size and surplus_targets[row]:
            continue
        slot = slot_of(entry, slots, slots.size - 1)
        if slots[slot] == types.uint64(0) or stands_before(target_ids, row, row_at(entry_in(slots[slot]))):
            slots[slot] = in_slot(entry)
    return slots


@kernel
def stands_before(ids: Any, row: int, other: int) -> bool:
    """Whether the id of a row is smaller than that of another."""
    return compare_ids(types.int64(ids[row]), types.int64(ids[other])) < 0


@kernel
def keep_better(address: int, current: int, offered: int, target_ids: Any) -> None:
    """Write what is offered unless an earlier rule or a smaller target id stands there, whatever other threads do."""
    while True:
        if current != types.uint64(NOBODY):
            rule, offered_rule = current >> types.uint64(RULE_SHIFT), offered >> types.uint64(RULE_SHIFT)
            if rule < offered_rule:
                return
            if rule == offered_rule:
                held, new = types.int64(current & types.uint64(ROW_MASK)), types.int64(offered & types.uint64(ROW_MASK))
                if held == new or not stands_before(target_ids, new, held):
                    return
        seen = swap_if(address, current, offered)
        if seen == current:
            return
        current = seen


@kernel
def first_source_wins(best: Any, source_ids: Any, target_elsewhere: Any, targets: int) -> None:
    """One source for each target id: that of the earlier rule, then the smallest id; the others are mapped to nobody."""
    chosen = numpy.full(targets, NOBODY, numpy.uint64)
    for row in range(best.size):
        if best[row] == types.uint64(NOBODY):
            continue
        target = first_row_of(target_elsewhere, types.int64(best[row] & types.uint64(ROW_MASK)))
        rule = best[row] >> types.uint64(RULE_SHIFT)
        held = chosen[target]
        held_rule, held_row = held >> types.uint64(RULE_SHIFT), types.int64(held & types.uint64(ROW_MASK))
        if held == types.uint64(NOBODY) or rule < held_rule or (rule == held_rule and stands_before(source_ids, row, held_row)):
            if held != types.uint64(NOBODY):
                best[held_row] = NOBODY
            chosen[target] = (rule << types.uint64(RULE_SHIFT)) | types.uint64(row)
        else:
            best[row] = NOBODY


@kernel
def first_row_of(elsewhere: Any, row: int) -> int:
    """The first row of a row's id."""
    first = types.int64(elsewhere[row])
    return first - 1 if first != 0 else row


@kernel
def distinct_targets(best: Any, elsewhere: Any, targets: int) -> int:
    """How many target ids are mapped."""
    seen = numpy.zeros(targets, numpy.uint8)
    count = 0
    for row in range(best.size):
        if best[row] != types.uint64(NOBODY):
            target = first_row_of(elsewhere, types.int64(best[row] & types.uint64(ROW_MASK)))
            count += seen[target] == 0
            seen[target] = 1
    return count
