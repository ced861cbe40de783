"""A bucket's keys of both sides meet: each source id learns the best target it agrees with, by rule, then by target id."""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.ids import compare_ids
from mandorla.engines.on_kernels.keys import (
    ENTRY_BYTES,
    ROW_MASK,
    RULE_SHIFT,
    entries_of,
    entry_in,
    in_slot,
    power_of_two,
    row_at,
    slot_of,
    value_at,
)
from mandorla.engines.on_kernels.memory import (
    address_of,
    hold,
    load_byte,
    load_four,
    load_word,
    prefetch,
    store_byte,
    store_word,
    swap_if,
)

# Any: numpy's arrays, whose element types Numba sees.
# Rules are numbered from one, so a rule's number above a row is never this.
NOBODY = 0
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
    slots = slots_of(targets, target_ids, surplus_targets)
    marks = numpy.zeros(power_of_two(MARKS_PER_ENTRY * entries_of(targets)), numpy.uint8)
    # By addresses: a loop that names an array counts who does, at every turn.
    at_marks, marks_mask = address_of(marks), types.uint64(marks.size - 1)
    for stretch in range(targets.shape[0]):
        for place in range(targets[stretch, 1]):
            mark(targets[stretch, 0] + place * ENTRY_BYTES, at_marks, marks_mask)
    probing = marked_entries(sources, at_marks, marks_mask)
    at_best, at_elsewhere = address_of(best), address_of(elsewhere)
    at_slots, slots_mask, at_target_ids = address_of(slots), slots.size - 1, address_of(target_ids)
    found = 0
    for place in range(probing.size):
        # Rows come in no order, and what is known of them lies far away.
        later = row_at(probing[min(place + ROWS_AHEAD, probing.size - 1)])
        prefetch(at_best + 8 * later)
        prefetch(at_elsewhere + 4 * later)
        held = load_word(slot_of(probing[place], at_slots, slots_mask))
        if held == types.uint64(0):
            continue
        row = row_at(probing[place])
        if surplus_sources.size and surplus_sources[row]:
            continue
        row = first_row_of(at_elsewhere, row)
        offered = value_at(entry_in(held))
        keep_better(at_best + 8 * row, load_word(at_best + 8 * row), offered, at_target_ids)
        found += 1
    hold(marks)
    hold(slots)
    return found


@part
def mark(entry: int, marks: int, mask: int) -> None:
    """Mark an entry's key: a key whose mark is missing is none of those that were marked."""
    store_byte(marks + types.int64(load_word(entry) & mask), types.uint8(1))


@part
def marked_entries(slices: Any, marks: int, mask: int) -> Any:
    """The entries whose key is marked. They are listed without a branch, which no processor could foretell."""
    listed = numpy.empty(entries_of(slices) + 1, numpy.int64)
    at = address_of(listed)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = slices[stretch, 0] + place * ENTRY_BYTES
            store_word(at, types.uint64(entry))
            at += 8 * types.int64(load_byte(marks + types.int64(load_word(entry) & mask)))
    return listed[: (at - address_of(listed)) >> 3]


@part
def slots_of(slices: Any, target_ids: Any, surplus_targets: Any) -> Any:
    """The entries of the target by their key: in a slot is the one with the smallest id, or zero."""
    slots = numpy.zeros(power_of_two(2 * entries_of(slices)), numpy.uint64)
    at_slots, mask, at_ids = address_of(slots), slots.size - 1, address_of(target_ids)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = slices[stretch, 0] + place * ENTRY_BYTES
            row = row_at(entry)
            if surplus_targets.size and surplus_targets[row]:
                continue
            slot = slot_of(entry, at_slots, mask)
            held = load_word(slot)
            if held == types.uint64(0) or stands_before(at_ids, row, row_at(entry_in(held))):
                store_word(slot, in_slot(entry))
    return slots


@part
def stands_before(ids: int, row: int, other: int) -> bool:
    """Whether the id of a row is smaller than that of another; `ids` says where the ids' addresses lie."""
    return compare_ids(types.int64(load_word(ids + 8 * row)), types.int64(load_word(ids + 8 * other))) < 0


@part
def keep_better(address: int, current: int, offered: int, target_ids: int) -> None:
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
    chosen = numpy.zeros(targets, numpy.uint64)
    at_ids, at_elsewhere = address_of(source_ids), address_of(target_elsewhere)
    for row in range(best.size):
        if best[row] == types.uint64(NOBODY):
            continue
        target = first_row_of(at_elsewhere, types.int64(best[row] & types.uint64(ROW_MASK)))
        rule = best[row] >> types.uint64(RULE_SHIFT)
        held = chosen[target]
        held_rule, held_row = held >> types.uint64(RULE_SHIFT), types.int64(held & types.uint64(ROW_MASK))
        if held == types.uint64(NOBODY) or rule < held_rule or (rule == held_rule and stands_before(at_ids, row, held_row)):
            if held != types.uint64(NOBODY):
                best[held_row] = NOBODY
            chosen[target] = (rule << types.uint64(RULE_SHIFT)) | types.uint64(row)
        else:
            best[row] = NOBODY


@part
def first_row_of(elsewhere: int, row: int) -> int:
    """The first row of a row's id; `elsewhere` says where that of each row is written."""
    first = types.int64(load_four(elsewhere + 4 * row))
    return first - 1 if first != 0 else row


@kernel
def distinct_targets(best: Any, elsewhere: Any, targets: int) -> int:
    """How many target ids are mapped."""
    seen = numpy.zeros(targets, numpy.uint8)
    at_elsewhere = address_of(elsewhere)
    count = 0
    for row in range(best.size):
        if best[row] != types.uint64(NOBODY):
            target = first_row_of(at_elsewhere, types.int64(best[row] & types.uint64(ROW_MASK)))
            count += seen[target] == 0
            seen[target] = 1
    return count
