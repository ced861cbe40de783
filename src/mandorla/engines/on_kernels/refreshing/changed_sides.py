"""A side whose files came and went: the ids of all rows that did, and what that makes of the side's totals."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import Ids, no_ids
from mandorla.engines.on_kernels.refreshing.kept_files import KeptFile
from mandorla.engines.on_kernels.refreshing.kept_mapping import Totals
from mandorla.engines.on_kernels.refreshing.kept_sides import KeptSide
from mandorla.engines.on_kernels.refreshing.word_pairs import NOWHERE, WordPairs, word_pairs

# Any: numpy's arrays, whose element types Numba sees.


@dataclass(frozen=True, slots=True, kw_only=True)
class SideChange:
    """A side as it is, its files that came, those that went, and the ids of all rows of either."""

    now: KeptSide
    came: frozenset[str]
    went: KeptSide
    ids: WordPairs

    @property
    def rows_gone(self) -> Any:
        """All rows of the files that went."""
        return numpy.arange(self.went.rows)

    def totals(self, before: Totals, found: "FoundRows", limit: int) -> Totals:
        """The side's totals after the change, from all rows of the changed ids; rows of other ids do not matter."""
        own = found.numbers < self.ids.count
        rows, numbers = found.rows[own], found.numbers[own]
        has_come = numpy.array([file.facts.name in self.came for file in self.now.files], numpy.bool_)
        gone = self.ids.numbers_of(self.went.hashes_of(self.rows_gone))
        now = numpy.bincount(numbers, minlength=self.ids.count)
        came = numpy.bincount(numbers[has_come[self.now.numbers_of_files(rows)]], minlength=self.ids.count)
        went = numpy.bincount(gone[gone != NOWHERE], minlength=self.ids.count)
        new, old = totals_of_counts(now, limit), totals_of_counts(now - came + went, limit)
        return Totals(
            unique=before.unique + new.unique - old.unique,
            crowded=before.crowded + new.crowded - old.crowded,
            surplus=before.surplus + new.surplus - old.surplus,
        )


@dataclass(frozen=True, slots=True)
class FoundRows:
    """All rows of some ids, in order, and whose each is: the id's number."""

    rows: Any
    numbers: Any

    def ids(self, side: KeptSide, count: int, limit: int) -> Ids:
        """The ids of these rows, of which there are so many; rows are numbered by their places here."""
        ids = no_ids(len(self.rows))
        ids.addresses[:] = side.addresses_of(self.rows)
        ids.surplus = group_numbers(self.numbers, count, limit, ids.elsewhere, ids.is_surplus)
        return ids


def side_change(pool: ThreadPoolExecutor, now: KeptSide, before: Iterable[str], went: Iterable[KeptFile]) -> SideChange:
    """What changed of a side, of which files of these names were there before, and of which some went."""
    known = set(before)
    came = [file for file in now.files if file.facts.name not in known]
    gone = KeptSide(pool, tuple(went))
    sides = (gone, KeptSide(pool, came))
    ids = word_pairs([side.hashes_of(numpy.arange(side.rows)) for side in sides])
    return SideChange(now=now, came=frozenset(file.facts.name for file in came), went=gone, ids=ids)


def totals_of_counts(counts: Any, limit: int) -> Totals:
    """The totals of ids that have so many rows each.

    >>> totals_of_counts(numpy.array([0, 1, 25, 28]), 25)
    Totals(unique=3, crowded=1, surplus=3)
    """
    beyond = numpy.maximum(counts - limit, 0)
    return Totals(unique=int(numpy.count_nonzero(counts)), crowded=int(numpy.count_nonzero(beyond)), surplus=int(beyond.sum()))


@kernel
def group_numbers(numbers: Any, count: int, limit: int, elsewhere: Any, is_surplus: Any) -> int:
    """Tell of each row the first one of its id, as `Ids` has it, and whether it is beyond the limit; how many are."""
    firsts, counts = numpy.zeros(count, numpy.int64), numpy.zeros(count, numpy.int64)
    surplus = types.int64(0)
    for place in range(numbers.size):
        number = numbers[place]
        if counts[number] == 0:
            firsts[number] = place
        else:
            elsewhere[place] = types.uint32(firsts[number] + 1)
        is_surplus[place] = types.uint8(counts[number] >= limit)
        surplus += counts[number] >= limit
        counts[number] += 1
    return surplus
