"""A bucket's keys of both sides meet: each source id learns the best target it agrees with, by rule, then by target id."""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.ids import IDS_AHEAD, bring_ids, compare_ids
from mandorla.engines.on_kernels.keys import (
    ENTRY_BYTES,
    ROW_MASK,
    RULE_SHIFT,
    entries_of,
    entry_in,
    first_slot_of,
    in_slot,
    power_of_two,
    row_at,
    slot_of,
    value_at,
)
from mandorla.engines.on_kernels.memory import (
    address_of,
    hold,
    load_four,
    load_word,
    prefetch,
    store_word,
    swap_if,
)

# Any: numpy's arrays, whose element types Numba sees.
# Rules are numbered from one, so a rule's number above a row is never this.
NOBODY = 0
# Of the keys that were not marked, one in sixteen or fewer seems to be.
MARKS_PER_ENTRY, MARKS_PER_WORD = 16, 64
ROWS_AHEAD, SLOTS_AHEAD = 12, 6


@kernel
def join_bucket(
    targets: Any, sources: Any, target_ids: Any, surplus_targets: Any, surplus_sources: Any, elsewhere: Any, best: Any
) -> int:
    """Probe the target's keys with the source's; how many entries of the source found a target.

    `targets` and `sources` say where entries lie: addresses and numbers. `best[row]`, of the first row of a source id, is the
    rule's number above the target's row; other threads write there too. The surplus arrays are empty where no row is surplus.
    """
    # By addresses: a loop that names an array counts who does, at every turn.
    at_best, at_elsewhere, at_target_ids = address_of(best), address_of(elsewhere), address_of(target_ids)
    slots, probing = slots_of(targets, at_target_ids, surplus_targets), marked_entries(sources, marks_of(targets))
    at_slots, slots_mask, last = address_of(slots), slots.size - 1, probing.size - 1
    # Offers that only ids decide upon: where they may be written, and what is offered.
    undecided, offers = numpy.empty(probing.size, numpy.int64), numpy.empty(probing.size, numpy.uint64)
    found = used = 0
    for place in range(probing.size):
        # Rows come in no order, and what is known of them lies far away.
        later = row_at(probing[min(place + ROWS_AHEAD, last)])
        prefetch(at_best + 8 * later)
        prefetch(at_elsewhere + 4 * later)
        prefetch(first_slot_of(probing[min(place + SLOTS_AHEAD, last)], at_slots, slots_mask))
        held = load_word(slot_of(probing[place], at_slots, slots_mask))
        row = row_at(probing[place])
        if held == types.uint64(0) or (surplus_sources.size and surplus_sources[row]):
            continue
        found += 1
        at, offered = at_best + 8 * first_row_of(at_elsewhere, row), value_at(entry_in(held))
        if is_of_one_rule(load_word(at), offered):
            undecided[used], offers[used] = at, offered
            used += 1
        else:
            keep_better(at, offered, at_target_ids)
    for place in range(used):
        far, near = min(place + 2 * IDS_AHEAD, used - 1), min(place + IDS_AHEAD, used - 1)
        bring_ids(at_target_ids, row_of(offers[far]), best_row(undecided[far]), row_of(offers[near]), best_row(undecided[near]))
        keep_better(undecided[place], offers[place], at_target_ids)
    hold(slots)
    return found


@part
def marks_of(slices: Any) -> Any:
    """Which keys entries have, a bit each: a key whose bit is not set is none of theirs."""
    marks = numpy.zeros(max(1, power_of_two(MARKS_PER_ENTRY * entries_of(slices)) // MARKS_PER_WORD), numpy.uint64)
    at_marks, mask = address_of(marks), types.uint64(marks.size * MARKS_PER_WORD - 1)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            at, bit = mark_of(slices[stretch, 0] + place * ENTRY_BYTES, at_marks, mask)
            store_word(at, load_word(at) | types.uint64(1) << bit)
    return marks


@part
def mark_of(entry: int, marks: int, mask: int) -> tuple[int, int]:
    """The mark of an entry's key: the address of its word, and its bit there."""
    number = load_word(entry) & mask
    return marks + 8 * types.int64(number // types.uint64(MARKS_PER_WORD)), number % types.uint64(MARKS_PER_WORD)


@part
def marked_entries(slices: Any, marks: Any) -> Any:
    """The entries whose key is marked. They are listed without a branch, which no processor could foretell."""
    listed = numpy.empty(entries_of(slices) + 1, numpy.int64)
    to, at_marks, mask = address_of(listed), address_of(marks), types.uint64(marks.size * MARKS_PER_WORD - 1)
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = slices[stretch, 0] + place * ENTRY_BYTES
            at, bit = mark_of(entry, at_marks, mask)
            store_word(to, types.uint64(entry))
            to += 8 * types.int64((load_word(at) >> bit) & types.uint64(1))
    hold(marks)
    return listed[: (to - address_of(listed)) >> 3]


@part
def slots_of(slices: Any, ids: int, surplus_targets: Any) -> Any:
    """The entries of the target by their key: in a slot is the one with the smallest id, or zero."""
    slots = numpy.zeros(power_of_two(2 * entries_of(slices)), numpy.uint64)
    at_slots, mask = address_of(slots), slots.size - 1
    # Entries of keys that others have too, and their slots: few.
    others, slots_of_others = numpy.empty(entries_of(slices), numpy.int64), numpy.empty(entries_of(slices), numpy.int64)
    used = 0
    for stretch in range(slices.shape[0]):
        for place in range(slices[stretch, 1]):
            entry = slices[stretch, 0] + place * ENTRY_BYTES
            if surplus_targets.size and surplus_targets[row_at(entry)]:
                continue
            slot = slot_of(entry, at_slots, mask)
            if load_word(slot) == types.uint64(0):
                store_word(slot, in_slot(entry))
            else:
                others[used], slots_of_others[used] = entry, slot
                used += 1
    for place in range(used):
        far, near = min(place + 2 * IDS_AHEAD, used - 1), min(place + IDS_AHEAD, used - 1)
        bring_ids(
            ids, row_at(others[far]), slot_row(slots_of_others[far]), row_at(others[near]), slot_row(slots_of_others[near])
        )
        if stands_before(ids, row_at(others[place]), slot_row(slots_of_others[place])):
            store_word(slots_of_others[place], in_slot(others[place]))
    return slots


@part
def slot_row(slot: int) -> int:
    """The row of the entry that is in the slot at an address."""
    return row_at(entry_in(load_word(slot)))


@part
def best_row(address: int) -> int:
    """The target's row that stands at an address as the best so far."""
    return row_of(load_word(address))


@part
def row_of(value: int) -> int:
    """The row of a value, without its rule's number."""
    return types.int64(value & types.uint64(ROW_MASK))


@part
def is_of_one_rule(current: int, offered: int) -> bool:
    """Whether two values, of which the first may be NOBODY, have the same rule's number."""
    return current >> types.uint64(RULE_SHIFT) == offered >> types.uint64(RULE_SHIFT)


@part
def stands_before(ids: int, row: int, other: int) -> bool:
    """Whether the id of a row is smaller than that of another; `ids` says where the ids' addresses lie."""
    return compare_ids(types.int64(load_word(ids + 8 * row)), types.int64(load_word(ids + 8 * other))) < 0


@part
def keep_better(address: int, offered: int, target_ids: int) -> None:
    """Write what is offered unless an earlier rule or a smaller target id stands there, whatever other threads do."""
    current = load_word(address)
    while True:
        if current != types.uint64(NOBODY):
            if is_of_one_rule(current, offered):
                held, new = row_of(current), row_of(offered)
                if held == new or not stands_before(target_ids, new, held):
                    return
            elif current < offered:
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
        target = first_row_of(at_elsewhere, row_of(best[row]))
        rule = best[row] >> types.uint64(RULE_SHIFT)
        held = chosen[target]
        held_rule, held_row = held >> types.uint64(RULE_SHIFT), row_of(held)
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
            target = first_row_of(at_elsewhere, row_of(best[row]))
            count += seen[target] == 0
            seen[target] = 1
    return count
