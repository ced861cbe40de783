"""Match again whatever a change can touch, and nothing else: exactly what a run over everything would find.

A source id is touched if one of its rows came or went, or if it agrees on a key with a target id of which a row came or went.
The touched ids' rows are matched with all target ids that they agree with, each with all of its rows; so limits, rules and ties
come out as they do over everything.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy

from mandorla.engines.mapping_files import MappingChanges
from mandorla.engines.on_kernels.ids import Ids
from mandorla.engines.on_kernels.joining import NOBODY
from mandorla.engines.on_kernels.keys import ROW_MASK, RULE_SHIFT, VALUE
from mandorla.engines.on_kernels.refreshing.changed_sides import FoundRows, SideChange
from mandorla.engines.on_kernels.refreshing.kept_mapping import SOURCES, TARGETS, KeptMapping, Totals
from mandorla.engines.on_kernels.refreshing.kept_sides import KeptSide
from mandorla.engines.on_kernels.refreshing.word_pairs import NOWHERE, WordPairs, found_in_parallel, stretches_of, word_pairs
from mandorla.engines.on_kernels.runs import Runs
from mandorla.engines.on_kernels.whole_join import ENTRIES_PER_BUCKET, MOST_BITS, ReadSide, best_targets

# Any: numpy's arrays, whose element types Numba sees.
TARGET_WORDS, RULE = slice(0, 2), 2
WORDS_PER_VALUE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Source ids matched again: the rows of both sides that were looked at, and each source row's best target row."""

    sources: FoundRows
    source_ids: Ids
    targets: FoundRows
    target_ids: Ids
    target_hashes: Any
    best: Any

    @property
    def mapped(self) -> Any:
        """The places of the source rows that stand for mapped ids."""
        return numpy.flatnonzero(self.best != numpy.uint64(NOBODY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh found. A value is a target id's hash and a rule's number, zeros for nobody; one for each touched id.

    `before` has the values after the changes so far, `differs` the touched ids that are mapped otherwise than in the last whole
    mapping, and `stays` the places of the changes that do.
    """

    touched: WordPairs
    changed_targets: FoundRows
    matched: Matched
    values: Any
    before: Any
    differs: Any
    changes: Any
    stays: Any


def refreshed(pool: ThreadPoolExecutor, source: SideChange, target: SideChange, kept: KeptMapping, limit: int) -> Refreshed:
    """Match the touched ids again, and say what is different now."""
    changed_targets = FoundRows(*target.now.rows_with_ids(target.ids))
    touched = touched_sources(source, target, changed_targets)
    sources = FoundRows(*source.now.rows_with_ids(touched))
    with ThreadPoolExecutor(1) as aside:
        # Each has parts that one thread does: meanwhile the other's share of the pool's work is done.
        asked = aside.submit(values_before, pool, touched, kept)
        matched = matched_again(pool, source.now, target.now, touched, sources, limit)
        whole, before = asked.result()
    values = values_now(touched, matched)
    differs = numpy.flatnonzero((values != whole).any(axis=0))
    stays = numpy.flatnonzero(touched.numbers_of(kept.changes[SOURCES]) == NOWHERE)
    new_changes = numpy.concatenate((touched.words[:, differs], values[:, differs]))
    return Refreshed(
        touched=touched,
        changed_targets=changed_targets,
        matched=matched,
        values=values,
        before=before,
        differs=differs,
        changes=numpy.ascontiguousarray(numpy.concatenate((kept.changes[:, stays], new_changes), axis=1)),
        stays=stays,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the mapping comes to after a refresh, and by how much that is other than before."""

    totals: Mapping[str, Totals]
    mapped_by_rule: Mapping[int, int]
    mapped_targets: int
    changes: MappingChanges


def counted(
    pool: ThreadPoolExecutor, found: Refreshed, source: SideChange, target: SideChange, kept: KeptMapping, limit: int
) -> Counted:
    """Count what a refresh found."""
    by_rule = Counter(kept.mapped_by_rule)
    by_rule.update(mapped_by_rule(found.values))
    by_rule.subtract(mapped_by_rule(found.before))
    new_targets, removed_targets = targets_won_and_lost(pool, kept, found.before, found.values)
    return Counted(
        totals={
            "source": source.totals(kept.totals["source"], found.matched.sources, limit),
            "target": target.totals(kept.totals["target"], found.changed_targets, limit),
        },
        mapped_by_rule={number: count for number, count in sorted(by_rule.items()) if count},
        mapped_targets=kept.mapped_targets + new_targets - removed_targets,
        changes=counted_changes(found.before, found.values, new_targets, removed_targets),
    )


def mapped_by_rule(values: Any) -> dict[int, int]:
    """How many ids each rule maps, of which these are the values."""
    numbers, counts = numpy.unique_counts(values[RULE])
    return {number: count for number, count in zip(numbers.tolist(), counts.tolist(), strict=True) if number}


def touched_sources(source: SideChange, target: SideChange, changed_targets: FoundRows) -> WordPairs:
    """The source ids that may be mapped otherwise now, also those that are gone; those of the source's change come first."""
    keys = keys_in(target.went.key_entries(target.rows_gone) + target.now.key_entries(changed_targets.rows))
    agreeing = source.now.rows_with_keys(keys)
    return word_pairs([source.ids.words, source.now.hashes_of(agreeing)])


def keys_in(parts: Sequence[Any]) -> WordPairs:
    """The keys of entries as a set: both words before the value."""
    return word_pairs([entries.T[:VALUE] for entries in parts])


def matched_again(
    pool: ThreadPoolExecutor, source: KeptSide, target: KeptSide, touched: WordPairs, sources: FoundRows, limit: int
) -> Matched:
    """The touched ids' rows matched with all ids that they agree with."""
    source_entries = source.key_entries(sources.rows)
    bits = min(MOST_BITS, (sum(map(len, source_entries)) // ENTRIES_PER_BUCKET).bit_length())
    source_runs, target_runs = Runs(bits), Runs(bits)
    added = pool.submit(source_runs.add, *source_entries)
    agreeing = word_pairs([target.hashes_of(target.rows_with_keys(keys_in(source_entries)))])
    targets = FoundRows(*target.rows_with_ids(agreeing))
    target_runs.add(*target.key_entries(targets.rows))
    added.result()
    source_ids, target_ids = sources.ids(source, touched.count, limit), targets.ids(target, agreeing.count, limit)
    sides = [ReadSide(len(ids.addresses), ids, runs) for ids, runs in ((source_ids, source_runs), (target_ids, target_runs))]
    best = best_targets(pool, *sides)
    return Matched(
        sources=sources,
        source_ids=source_ids,
        targets=targets,
        target_ids=target_ids,
        target_hashes=agreeing.words,
        best=best,
    )


def values_now(touched: WordPairs, matched: Matched) -> Any:
    """Whom each touched id is mapped to."""
    values = numpy.zeros((WORDS_PER_VALUE, touched.count), numpy.uint64)
    best, numbers = matched.best[matched.mapped], matched.sources.numbers[matched.mapped]
    values[TARGET_WORDS, numbers] = matched.target_hashes[:, matched.targets.numbers[target_places(best)]]
    values[RULE, numbers] = best >> numpy.uint64(RULE_SHIFT)
    return values


def target_places(best: Any) -> Any:
    """The places of the best targets among the rows that were looked at."""
    return (best & numpy.uint64(ROW_MASK)).astype(numpy.int64)


def values_before(pool: ThreadPoolExecutor, touched: WordPairs, kept: KeptMapping) -> tuple[Any, Any]:
    """Whom each touched id was mapped to by the last whole mapping, and after the changes since."""
    whole = numpy.zeros((WORDS_PER_VALUE, touched.count), numpy.uint64)
    take_values(pool, touched, kept.pairs, whole)
    before = whole.copy()
    take_values(pool, touched, kept.changes, before)
    return whole, before


def take_values(pool: ThreadPoolExecutor, touched: WordPairs, pairs: Any, values: Any) -> None:
    """Write the values of those ids that stand in some pairs."""
    places, numbers = found_in_parallel(pool, touched, stretches_of(pairs[SOURCES]))
    values[:, numbers] = pairs[2:, places]


def targets_won_and_lost(pool: ThreadPoolExecutor, kept: KeptMapping, before: Any, now: Any) -> tuple[int, int]:
    """How many target ids are mapped now and were not, and the other way round."""
    different = (before != now).any(axis=0)
    lost, won = before[:, different], now[:, different]
    targets = word_pairs([lost[TARGET_WORDS], won[TARGET_WORDS]])
    replaced = word_pairs([kept.changes[SOURCES]])
    was = targets_in(targets, kept.changes[TARGETS])
    places, numbers = found_in_parallel(pool, targets, stretches_of(kept.pairs[TARGETS]))
    stands = replaced.numbers_of(kept.pairs[SOURCES, places]) == NOWHERE
    was += numpy.bincount(numbers[stands], minlength=targets.count)
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
    gone = refresh.touched.numbers_of(source.went.hashes_of(source.rows_gone))
    counts = gone != NOWHERE
    addresses[gone[counts]] = source.went.addresses_of(source.rows_gone[counts])
    addresses[refresh.matched.sources.numbers] = refresh.matched.source_ids.addresses
    return addresses


def addresses_of_targets(refresh: Refreshed) -> Any:
    """Where the text of the target id of each touched id stands, zero for nobody."""
    addresses, matched = numpy.zeros(refresh.touched.count, numpy.uint64), refresh.matched
    mapped = matched.mapped
    addresses[matched.sources.numbers[mapped]] = matched.target_ids.addresses[target_places(matched.best[mapped])]
    return addresses
