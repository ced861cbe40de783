"""All rows of two sides meet: the rows of one id are found, keys are joined bucket by bucket, each source id gets its best."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy

from mandorla.domain.rules import RecordMatchingModel
from mandorla.engines.on_kernels.id_entries import group_bucket
from mandorla.engines.on_kernels.ids import Ids
from mandorla.engines.on_kernels.joining import NOBODY, distinct_targets, first_source_wins, join_bucket
from mandorla.engines.on_kernels.memory_pages import fill_anew
from mandorla.engines.on_kernels.parallel import in_parallel, stretches
from mandorla.engines.on_kernels.runs import Runs
from mandorla.engines.on_kernels.sides import Wanted, wanted_keys
from mandorla.match.compile import Comparisons

# Any: numpy's arrays, whose element types Numba sees.


# A bucket's table of the target's keys that the source may have should stay in a core's cache, and the places where the next
# entries of all buckets go should be pages whose addresses the core knows.
ENTRIES_PER_BUCKET = 1 << 16
MOST_BITS = 12


@dataclass(slots=True)
class ReadSide:
    """A side whose rows were all read: their ids, and the entries of their keys."""

    rows: int
    ids: Ids
    key_runs: Runs


def group(pool: ThreadPoolExecutor, runs: Runs, ids: Ids, limit: int) -> None:
    """Find the rows of one id, and those that are too many."""
    work = lambda numbers: [group_bucket(bucket, ids, limit) for bucket in runs.buckets(numbers)]  # noqa: E731
    for found in in_parallel(pool, work, stretches(1 << runs.bits)):
        for unique, crowded, surplus in found:
            ids.unique += unique
            ids.crowded += crowded
            ids.surplus += len(surplus)
            ids.is_surplus[surplus] = 1


def best_targets(pool: ThreadPoolExecutor, source: ReadSide, target: ReadSide) -> Any:
    """For the first row of each source id its best target, by any record matching model but one to one; NOBODY elsewhere.

    The sides' keys are let go.
    """
    for side in (source, target):
        side.key_runs.forget_marks()
    best = numpy.empty(source.rows, numpy.uint64)
    fill_anew(pool, best, NOBODY)
    nobody = numpy.zeros(0, numpy.uint8)
    surplus_targets, surplus_sources = (side.ids.is_surplus if side.ids.surplus else nobody for side in (target, source))

    def work(numbers: range) -> None:
        for targets, sources in zip(target.key_runs.buckets(numbers), source.key_runs.buckets(numbers), strict=True):
            if targets.count and sources.count:
                join_bucket(
                    targets.slices,
                    sources.slices,
                    target.ids.addresses,
                    surplus_targets,
                    surplus_sources,
                    source.ids.elsewhere,
                    best,
                )

    # Where each side's entries lie is found once: for both sides at the same time.
    for _ in pool.map(lambda side: side.key_runs.slices(), (source, target)):
        pass
    for _ in in_parallel(pool, work, stretches(1 << target.key_runs.bits)):
        pass
    source.key_runs.close()
    target.key_runs.close()
    return best


def settle(pool: ThreadPoolExecutor, best: Any, source: ReadSide, target: ReadSide, model: RecordMatchingModel) -> Future[int]:
    """Let one source win a target where the model wants that; how many target ids are mapped, which is counted meanwhile."""
    if model is RecordMatchingModel.ONE_SOURCE_TO_ONE_TARGET:
        first_source_wins(best, source.ids.addresses, target.ids.elsewhere, target.rows)
    return pool.submit(distinct_targets, best, target.ids.elsewhere, target.rows)


def wanted_of(compared: Comparisons, side: str) -> list[list[Wanted]]:
    """What each table of a side ("source" or "target") is asked for."""
    tables = compared.source_tables if side == "source" else compared.target_tables
    return wanted_keys(compared.rules, f"{side}s", tables)


def keys_of_row(keys: Sequence[Sequence[Wanted]]) -> int:
    """How many keys a row of a side has at most, by the keys that its tables are asked for."""
    return max((len(of_table) for of_table in keys), default=0)


def bits_of_buckets(rows: Sequence[int], keys: Sequence[Sequence[Sequence[Wanted]]]) -> int:
    """For so many rows of source and target, and their keys: how many bits of a key say which bucket it is in."""
    buckets = sum(rows) * max(1, keys_of_row(keys[1])) // 2 // ENTRIES_PER_BUCKET
    return min(MOST_BITS, max(0, buckets.bit_length()))
