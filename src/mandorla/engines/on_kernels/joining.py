"""A bucket's keys of both sides meet: each source id learns the best target it agrees with, by rule, then by target id."""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import compare_ids
from mandorla.engines.on_kernels.keys import ENTRY_BYTES, ROW_MASK, RULE_SHIFT, VALUE_BYTES, entry_in, in_slot, row_at, slot_of
from mandorla.engines.on_kernels.memory import load_word, swap_if

# Any: numpy's arrays, whose element types Numba sees.
NOBODY = 0xFFFFFFFFFFFFFFFF


@kernel
def join_bucket(
    targets: Any, sources: Any, target_ids: Any, surplus_targets: Any, surplus_sources: Any, elsewhere: Any, best: Any
) -> int:
    """Probe the target's keys with the source's; how many entries of the source found a target.

    `targets` and `sources` say where entries lie: addresses and numbers. `best[row]`, of the first row of a source id, is the
    rule's number above the target's row; other threads write there too. The surplus arrays are empty where no row is surplus.
    """
    slots = slots_of(targets, target_ids, surplus_targets)
    mask = slots.size - 1
    at_best = best.ctypes.data
    found = 0
    for stretch in range(sources.shape[0]):
        for place in range(sources[stretch, 1]):
            entry = sources[stretch, 0] + place * ENTRY_BYTES
            held = slots[slot_of(entry, slots, mask)]
            if held == types.uint64(0):
                continue
            same = entry_in(held)
            row = row_at(entry)
            if surplus_sources.size and surplus_sources[row]:
                continue
            row = first_row_of(elsewhere, row)
            keep_better(at_best + 8 * row, best[row], load_word(same + VALUE_BYTES), target_ids)
            found += 1
    return found


@kernel
def slots_of(targets: Any, target_ids: Any, surplus_targets: Any) -> Any:
    """The entries of the target by their key: in a slot is the one with the smallest id, or zero."""
    size = 4
    while size < 2 * targets[:, 1].sum():
        size *= 2
    mask = size - 1
    slots = numpy.zeros(size, numpy.uint64)
    for stretch in range(targets.shape[0]):
        for place in range(targets[stretch, 1]):
            entry = targets[stretch, 0] + place * ENTRY_BYTES
            row = row_at(entry)
            if surplus_targets.size and surplus_targets[row]:
                continue
            slot = slot_of(entry, slots, mask)
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
