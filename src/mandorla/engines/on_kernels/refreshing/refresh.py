"""Match again whatever a change can touch, and nothing else: exactly what a run over everything would find.

A source id is touched if one of its rows came or went, or if it agrees on a key with a target id of which a row came or went.
The touched ids' rows are matched with all target ids that they agree with, each with all of its rows; so limits, rules and ties
come out as they do over everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy

from mandorla.engines.mapping_files import MappingChanges
from mandorla.engines.on_kernels.ids import Ids
from mandorla.engines.on_kernels.joining import NOBODY, join_bucket
from mandorla.engines.on_kernels.keys import ROW_MASK, RULE_SHIFT
from mandorla.engines.on_kernels.refreshing.kept_mapping import SOURCES, TARGETS, KeptMapping, Totals
from mandorla.engines.on_kernels.refreshing.kept_sides import KeptSide
from mandorla.engines.on_kernels.refreshing.word_pairs import NOWHERE, WordPairs, word_pairs
from mandorla.engines.on_kernels.runs import Runs

# Any: numpy's arrays, whose element types Numba sees.
TARGET_WORDS, RULE = slice(0, 2), 2
WORDS_PER_VALUE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChange:
    """A side before and after a change, and the ids of all rows that came or went, with all their rows before and after."""

    old: KeptSide
    new: KeptSide
    ids: WordPairs
    old_rows: Any
    new_rows: Any

    def totals(self, before: Totals, limit: int) -> Totals:
        """The side's totals after the change."""
        old, new = self.old.ids_of(self.old_rows, limit), self.new.ids_of(self.new_rows, limit)
        return Totals(
            unique=before.unique + new.unique - old.unique,
            crowded=before.crowded + new.crowded - old.crowded,
            surplus=before.surplus + new.surplus - old.surplus,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Source ids matched again: the rows of both sides that were looked at, and each source row's best target row."""

    source_rows: Any
    source_ids: Ids
    target_rows: Any
    target_ids: Ids
    best: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh found. A value is a target id's hash and a rule's number, zeros for nobody; one for each touched id.

    `differs` are the touched ids that are mapped otherwise than in the last whole mapping.
    """

    touched: WordPairs
    matched: Matched
    values: Any
    differs: Any
    changes: Any
    stays: Any
    mapped_by_rule: Mapping[int, int]
    mapped_targets: int
    counted: MappingChanges


def side_change(old: KeptSide, new: KeptSide) -> SideChange:
    """What changed between two states of a side."""
    names = [{file.facts.name for file in side.files} for side in (old, new)]
    came_or_went = [file for file in (*old.files, *new.files) if not all(file.facts.name in one for one in names)]
    ids = word_pairs([file.hashes for file in came_or_went])
    return SideChange(old=old, new=new, ids=ids, old_rows=old.rows_with_ids(ids), new_rows=new.rows_with_ids(ids))


def refreshed(source: SideChange, target: SideChange, kept: KeptMapping, limit: int) -> Refreshed:
    """Match the touched ids again, and say what is different now."""
    touched = touched_sources(source, target)
    matched = matched_again(source.new, target.new, touched, limit)
    values = values_now(source.new, target.new, touched, matched)
    whole, before = values_before(touched, kept)
    differs = numpy.flatnonzero((values != whole).any(axis=0))
    stays = numpy.flatnonzero(touched.numbers_of(kept.changes[SOURCES]) == NOWHERE)
    new_changes = numpy.concatenate((touched.words[:, differs], values[:, differs]))
    by_rule = {
        number: kept.mapped_by_rule.get(number, 0) + int((values[RULE] == number).sum()) - int((before[RULE] == number).sum())
        for number in {*kept.mapped_by_rule, *map(int, numpy.unique(values[RULE]))} - {0}
    }
    new_targets, removed_targets = changed_targets(kept, before, values)
    return Refreshed(
        touched=touched,
        matched=matched,
        values=values,
        differs=differs,
        changes=numpy.concatenate((kept.changes[:, stays], new_changes), axis=1),
        stays=stays,
        mapped_by_rule={number: count for number, count in sorted(by_rule.items()) if count},
        mapped_targets=kept.mapped_targets + new_targets - removed_targets,
        counted=counted_changes(before, values, new_targets, removed_targets),
    )


def touched_sources(source: SideChange, target: SideChange) -> WordPairs:
    """The source ids that may be mapped otherwise now, those included that are gone."""
    keys = word_pairs([*target.old.keys_of(target.old_rows), *target.new.keys_of(target.new_rows)])
    agreeing = source.new.rows_with_keys(keys)
    return word_pairs([source.ids.words, source.new.hashes_of(agreeing)])


def matched_again(source: KeptSide, target: KeptSide, touched: WordPairs, limit: int) -> Matched:
    """The touched ids' rows matched with all ids that they agree with."""
    source_rows = source.rows_with_ids(touched)
    agreeing = target.rows_with_keys(word_pairs(source.keys_of(source_rows)))
    target_rows = target.rows_with_ids(word_pairs([target.hashes_of(agreeing)]))
    source_ids, target_ids = source.ids_of(source_rows, limit), target.ids_of(target_rows, limit)
    best = numpy.full(len(source_rows), NOBODY, numpy.uint64)
    runs = []
    for side, rows in ((target, target_rows), (source, source_rows)):
        run = Runs(0)
        run.add(side.key_entries(rows))
        runs.append(run)
    targets, sources = (run.bucket(0) for run in runs)
    if targets.count and sources.count:
        join_bucket(
            targets.slices,
            sources.slices,
            target_ids.addresses,
            target_ids.is_surplus,
            source_ids.is_surplus,
            source_ids.elsewhere,
            best,
        )
    return Matched(source_rows=source_rows, source_ids=source_ids, target_rows=target_rows, target_ids=target_ids, best=best)


def values_now(source: KeptSide, target: KeptSide, touched: WordPairs, matched: Matched) -> Any:
    """Whom each touched id is mapped to."""
    values = numpy.zeros((WORDS_PER_VALUE, touched.count), numpy.uint64)
    mapped = numpy.flatnonzero(matched.best != numpy.uint64(NOBODY))
    numbers = touched.numbers_of(source.hashes_of(matched.source_rows[mapped]))
    hashes = target.hashes_of(matched.target_rows)
    values[TARGET_WORDS, numbers] = hashes[:, target_places(matched.best[mapped])]
    values[RULE, numbers] = matched.best[mapped] >> numpy.uint64(RULE_SHIFT)
    return values


def target_places(best: Any) -> Any:
    """The places of the best targets among the rows that were looked at."""
    return (best & numpy.uint64(ROW_MASK)).astype(numpy.int64)


def values_before(touched: WordPairs, kept: KeptMapping) -> tuple[Any, Any]:
    """Whom each touched id was mapped to by the last whole mapping, and after the changes since."""
    whole = numpy.zeros((WORDS_PER_VALUE, touched.count), numpy.uint64)
    take_values(touched, kept.pairs, whole)
    before = whole.copy()
    take_values(touched, kept.changes, before)
    return whole, before


def take_values(touched: WordPairs, pairs: Any, values: Any) -> None:
    """Write the values of those ids that stand in some pairs."""
    numbers = touched.numbers_of(pairs[SOURCES])
    places = numpy.flatnonzero(numbers != NOWHERE)
    values[:, numbers[places]] = pairs[2:, places]


def changed_targets(kept: KeptMapping, before: Any, now: Any) -> tuple[int, int]:
    """How many target ids are mapped now and were not, and the other way round."""
    different = (before != now).any(axis=0)
    lost, won = before[:, different], now[:, different]
    targets = word_pairs([lost[TARGET_WORDS], won[TARGET_WORDS]])
    replaced = word_pairs([kept.changes[SOURCES]])
    was = targets_in(targets, kept.changes[TARGETS])
    numbers = targets.numbers_of(kept.pairs[TARGETS])
    places = numpy.flatnonzero(numbers != NOWHERE)
    places = places[replaced.numbers_of(numpy.take(kept.pairs[SOURCES], places, axis=1)) == NOWHERE]
    was += numpy.bincount(numbers[places], minlength=targets.count)
    is_now = was - targets_in(targets, lost[TARGET_WORDS]) + targets_in(targets, won[TARGET_WORDS])
    return int(((was == 0) & (is_now > 0)).sum()), int(((was > 0) & (is_now == 0)).sum())


def targets_in(targets: WordPairs, words: Any) -> Any:
    """How often each target id stands among some."""
    numbers = targets.numbers_of(numpy.ascontiguousarray(words))
    return numpy.bincount(numbers[numbers != NOWHERE], minlength=targets.count)


def counted_changes(before: Any, now: Any, new_targets: int, removed_targets: int) -> MappingChanges:
    """How many pairs, sources and targets came in and fell out."""
    was, is_now = before[RULE] != 0, now[RULE] != 0
    other = (before[TARGET_WORDS] != now[TARGET_WORDS]).any(axis=0)
    return MappingChanges(
        new_records=int((is_now & other).sum()),
        new_sources=int((is_now & ~was).sum()),
        new_targets=new_targets,
        removed_records=int((was & other).sum()),
        removed_sources=int((was & ~is_now).sum()),
        removed_targets=removed_targets,
    )


def addresses_of_sources(refresh: Refreshed, source: SideChange) -> Any:
    """Where the text of each touched id stands: in a row that is there, else in one that went."""
    addresses = numpy.zeros(refresh.touched.count, numpy.uint64)
    for side, rows in ((source.old, source.old_rows), (source.new, refresh.matched.source_rows)):
        numbers = refresh.touched.numbers_of(side.hashes_of(rows))
        addresses[numbers] = side.addresses_of(rows)
    return addresses


def addresses_of_targets(refresh: Refreshed, source: KeptSide) -> Any:
    """Where the text of the target id of each touched id stands, zero for nobody."""
    addresses = numpy.zeros(refresh.touched.count, numpy.uint64)
    matched = refresh.matched
    mapped = numpy.flatnonzero(matched.best != numpy.uint64(NOBODY))
    numbers = refresh.touched.numbers_of(source.hashes_of(matched.source_rows[mapped]))
    addresses[numbers] = matched.target_ids.addresses[target_places(matched.best[mapped])]
    return addresses
