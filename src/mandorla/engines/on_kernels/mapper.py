"""ID mapping by kernels: read both sides into buckets of keys, group rows by id, join bucket by bucket, write in order.

    files ─▶ pieces ─▶ ids and keys, in buckets ─▶ rows of one id ─▶ best target of each source id ─▶ sorted mapping

The rows are those of the reference engine; `--explain` asks that engine, because only it keeps the keys to look at.
"""

import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy

from mandorla.domain.id_mapping import RuleOutcome, SideCounts
from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import RecordMatchingModel
from mandorla.engines.engine import Engine
from mandorla.engines.mapper import MappedIds, MappingTask, SourceTable
from mandorla.engines.on_kernels.compiling import compile_lookups, smallest_task
from mandorla.engines.on_kernels.ids import Ids, group_bucket, no_ids
from mandorla.engines.on_kernels.joining import NOBODY, distinct_targets, first_source_wins, join_bucket
from mandorla.engines.on_kernels.kept_kernels import are_compiled, note_compiled
from mandorla.engines.on_kernels.keys import ENTRY_BYTES
from mandorla.engines.on_kernels.normalizers import WORDS
from mandorla.engines.on_kernels.reading import OpenedSide, opened_side
from mandorla.engines.on_kernels.runs import Runs
from mandorla.engines.on_kernels.seeded_hash import seeds
from mandorla.engines.on_kernels.sides import SideReader, Wanted, in_parallel, needed_columns, wanted_keys
from mandorla.engines.on_kernels.writing import write_mapping
from mandorla.engines.scratch import Scratch
from mandorla.engines.source_files import refused
from mandorla.match.compile import Comparisons, compare

# Any: numpy's arrays, whose element types Numba sees.
# A bucket's table of target keys should stay in a core's cache.
ENTRIES_PER_BUCKET = 1 << 14
MOST_BITS = 12
# The C library maps a large block by itself and unmaps it when it is freed, so that the next one costs its pages anew. Having
# seen a block of this size freed, it keeps smaller ones: it can learn that before the first batch.
KEPT_BLOCK_BYTES = 31 << 20


class KernelMapper:
    """Maps ids in bounded memory: above `memory_limit` bytes of keys, these lie in files of a folder that `close` removes."""

    def __init__(self, *, memory_limit: str = "4GB", threads: int | None = None) -> None:
        self._folder = Scratch(None)
        self._engines: list[Engine] = []
        self._threads = threads or os.cpu_count() or 1
        self._limit_text, self._memory_limit = memory_limit, bytes_of(memory_limit)

    @property
    def name(self) -> str:
        """What `--engine` calls it."""
        return "kernels"

    def map_ids(self, task: MappingTask, progress: Report) -> MappedIds:
        """Map and write, in the promised rows."""
        if not are_compiled():
            progress("compiling the kernels, once on this machine", 0, 1)
            self.map(smallest_task(self._folder.path), unheard)
            compile_lookups()
            note_compiled(WORDS)
        return self.map(task, progress)

    def map(self, task: MappingTask, progress: Report) -> MappedIds:
        """Map and write; kernels that were not compiled yet are compiled on the way."""
        compared = compare(task.rules, mappings_of(task.sources), mappings_of(task.targets), task.model)
        seed = seeds()
        numpy.empty(KEPT_BLOCK_BYTES, numpy.uint8)
        with ThreadPoolExecutor(self._threads) as pool:
            sides = [
                KernelSide(
                    pool, self.engine, side, tables, self._folder.path, wanted_keys(compared.rules, f"{side}s", compared_tables)
                )
                for side, tables, compared_tables in (
                    ("source", task.sources, compared.source_tables),
                    ("target", task.targets, compared.target_tables),
                )
            ]
            bits = bits_for(sum(side.opened.rows for side in sides), compared)
            total = sum(len(side.opened.pieces) for side in sides) + 3
            in_files = self.needs_files(sides, compared)
            done = 0
            for side in sides:
                done = side.read(task.model, seed, bits, in_files=in_files, progress=progress, done=done, total=total)
            source, target = sides
            progress("matching", total - 3, total)
            best = numpy.full(source.opened.rows, NOBODY, numpy.uint64)
            join(pool, source, target, best)
            progress("letting the first rule win", total - 2, total)
            if task.model.record_matching_model is RecordMatchingModel.ONE_SOURCE_TO_ONE_TARGET:
                first_source_wins(best, source.ids.addresses, target.ids.elsewhere, target.opened.rows)
            mapped_targets = int(distinct_targets(best, target.ids.elsewhere, target.opened.rows))
            progress("writing", total - 1, total)
            names = {rule.number: rule.rule_name for rule in compared.rules}
            counts = write_mapping(pool, best, source.ids, target.ids, names, task.output)
        return MappedIds(
            source=source.counts,
            target=target.counts,
            mapped=sum(counts.values()),
            mapped_targets=mapped_targets,
            rules=outcomes_of(task, compared, counts),
        )

    def engine(self) -> Engine:
        """The reference engine, for files that kernels cannot read; only then is it loaded."""
        if not self._engines:
            make = import_module("mandorla.engines.on_duckdb").DuckDBEngine
            self._engines.append(make(memory_limit=self._limit_text, threads=self._threads))
        return self._engines[0]

    def needs_files(self, sides: Sequence["KernelSide"], compared: Comparisons) -> bool:
        """Whether the entries of both sides may take more memory than is allowed."""
        most = sum(side.opened.rows * (1 + most_keys(compared, f"{side.name}s")) for side in sides)
        return most * ENTRY_BYTES > self._memory_limit

    def close(self) -> None:
        """Remove what lies in files."""
        for engine in self._engines:
            engine.close()
        self._folder.remove()


class KernelSide:
    """One side: its tables opened, then its ids and its keys in buckets."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        engine: Callable[[], Engine],
        name: str,
        tables: Sequence[SourceTable],
        folder: Path,
        keys: Sequence[Sequence[Wanted]],
    ) -> None:
        self.name, self._keys = name, keys
        needed = [needed_columns(table.schema_mapping, wanted) for table, wanted in zip(tables, keys, strict=True)]
        self.opened: OpenedSide = opened_side(engine, name, tables, needed)
        self.ids: Ids = no_ids(self.opened.rows)
        self.key_runs = Runs(0)
        self.counts: SideCounts
        self._tables, self._pool, self._folder = tables, pool, folder

    def read(
        self,
        model: Any,
        seed: Any,
        bits: int,
        *,
        in_files: bool,
        progress: Report,
        done: int,
        total: int,
    ) -> int:
        """Read every piece, then find the rows of one id; how many steps of the whole are done."""
        self.key_runs = Runs(bits, self._folder / f"{self.name}-keys" if in_files else None)
        with closing(Runs(bits, self._folder / f"{self.name}-ids" if in_files else None)) as id_runs:
            mappings = mappings_of(self._tables)
            reader = SideReader(
                mappings=mappings,
                keys=self._keys,
                model=model,
                seed=seed,
                ids=self.ids,
                id_runs=id_runs,
                key_runs=self.key_runs,
            )
            counted = deleted = 0
            for piece_counted, piece_deleted in in_parallel(self._pool, reader.read, self.opened.pieces):
                counted, deleted, done = counted + piece_counted, deleted + piece_deleted, done + 1
                progress(f"normalizing the {self.name}", done, total)
            reader.finish()
            self.group(id_runs, model.limits.rows_per_unique_key)
        rejected = len(self.opened.rejected_rows)
        self.counts = SideCounts(
            input_records=self.opened.rows + rejected,
            unreadable_records=rejected,
            records_without_id=self.opened.rows - counted - deleted,
            rows_beyond_limit=self.ids.surplus,
            ids_beyond_limit=self.ids.crowded,
            delete_records=deleted,
            unique_records=self.ids.unique,
        )
        return done

    def group(self, runs: Runs, limit: int) -> None:
        """Find the rows of one id, and those that are too many."""
        work = lambda number: group_bucket(runs, number, self.ids, limit)  # noqa: E731
        for unique, crowded, surplus in in_parallel(self._pool, work, range(1 << runs.bits)):
            self.ids.unique += unique
            self.ids.crowded += crowded
            self.ids.surplus += len(surplus)
            self.ids.is_surplus[surplus] = 1


def join(pool: ThreadPoolExecutor, source: KernelSide, target: KernelSide, best: Any) -> None:
    """Join the sides' keys bucket by bucket into the best target of each source id, and let go of them."""
    nobody = numpy.zeros(0, numpy.uint8)
    surplus_targets, surplus_sources = (side.ids.is_surplus if side.ids.surplus else nobody for side in (target, source))

    def work(number: int) -> None:
        targets, sources = target.key_runs.bucket(number), source.key_runs.bucket(number)
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

    for _ in in_parallel(pool, work, range(1 << target.key_runs.bits)):
        pass
    source.key_runs.close()
    target.key_runs.close()


def bytes_of(memory: str) -> int:
    """The bytes that a text such as 4GB or 512 MiB stands for, as DuckDB reads it.

    >>> bytes_of("4GB"), bytes_of("1.5 KiB")
    (4000000000, 1536)
    """
    found = re.fullmatch(r"\s*([0-9]+\.?[0-9]*)\s*([KMGT]?)(I?)B?\s*", memory.upper())
    if found is None:
        raise refused("OPTION_UNKNOWN", "MANDORLA_MEMORY_LIMIT", f"'{memory}' is no size of memory", "write one such as 4GB")
    number, unit, binary = found.groups()
    return int(float(number) * (1024 if binary else 1000) ** (" KMGT".index(unit) if unit else 0))


def mappings_of(tables: Sequence[SourceTable]) -> list[Any]:
    """The schema mappings of a side's tables."""
    return [table.schema_mapping for table in tables]


def most_keys(compared: Comparisons, side: str) -> int:
    """The most keys that a row of a side has."""
    tables = compared.source_tables if side == "sources" else compared.target_tables
    return max((len(keys) for keys in wanted_keys(compared.rules, side, tables)), default=0)


def bits_for(rows: int, compared: Comparisons) -> int:
    """How many bits of a key say which bucket it is in, for so many rows of both sides together."""
    entries = rows * max(1, most_keys(compared, "targets")) // 2
    return min(MOST_BITS, max(0, (entries // ENTRIES_PER_BUCKET).bit_length()))


def outcomes_of(task: MappingTask, compared: Comparisons, counts: dict[int, int]) -> tuple[RuleOutcome, ...]:
    """What each rule brought."""
    skipped = {rule.rule_name: rule.reason for rule in compared.skipped_rules}
    return tuple(
        RuleOutcome(rule=rule, mapped_sources=counts.get(number, 0), skipped_because=skipped.get(rule.rule_name))
        for number, rule in enumerate(task.rules, start=1)
    )
