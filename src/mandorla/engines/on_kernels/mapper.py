"""ID mapping by kernels: read both sides into buckets of keys, group rows by id, join bucket by bucket, write in order.

    files ─▶ pieces ─▶ ids and keys, in buckets ─▶ rows of one id ─▶ best target of each source id ─▶ sorted mapping

The rows are those of the reference engine; `--explain` asks that engine, because only it keeps the keys to look at.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

from mandorla.domain.id_mapping import RuleOutcome, SideCounts
from mandorla.domain.progress import Report, unheard
from mandorla.engines.engine import Engine
from mandorla.engines.mapper import Keeping, MappedIds, MappingTask, SourceTable
from mandorla.engines.memory_size import bytes_of
from mandorla.engines.on_kernels.compiling import compile_lookups, smallest_tasks
from mandorla.engines.on_kernels.freed_memory import keep_freed_memory
from mandorla.engines.on_kernels.id_entries import runs_of_ids
from mandorla.engines.on_kernels.ids import Ids, no_ids
from mandorla.engines.on_kernels.kept_kernels import are_compiled, note_compiled
from mandorla.engines.on_kernels.normalizers import WORDS
from mandorla.engines.on_kernels.parallel import in_parallel
from mandorla.engines.on_kernels.reading import OpenedSide, opened_side
from mandorla.engines.on_kernels.runs import Runs, runs_of_keys
from mandorla.engines.on_kernels.seeded_hash import seeds
from mandorla.engines.on_kernels.sides import BatchReader, SideReader, Wanted, mappings_of, needed_columns
from mandorla.engines.on_kernels.whole_join import (
    ReadSide,
    best_targets,
    bits_of_buckets,
    group,
    keys_of_row,
    settle,
    wanted_of,
)
from mandorla.engines.on_kernels.writing import write_mapping
from mandorla.engines.scratch import Scratch
from mandorla.match.compile import Comparisons, compare

# Any: numpy's arrays, whose element types Numba sees.


class KernelMapper:
    """Maps ids; keys beyond `memory_limit` bytes lie in files of a folder that `close` removes."""

    def __init__(self, *, memory_limit: str = "4GB", threads: int | None = None) -> None:
        self._folder = Scratch(None)
        self._engines: list[Engine] = []
        self._threads = threads or os.cpu_count() or 1
        self._limit_text, self._memory_limit = memory_limit, bytes_of(memory_limit)

    @property
    def name(self) -> str:
        """What `--engine` calls it."""
        return "kernels"

    @property
    def keeps(self) -> bool:
        """It does."""
        return True

    def map_ids(self, task: MappingTask, progress: Report) -> MappedIds:
        """Map and write, in the promised rows."""
        self.compile(progress)
        return self.map(task, progress)

    def compile(self, progress: Report) -> None:
        """Compile all kernels, if nobody did on this machine."""
        if not are_compiled():
            progress("compiling the kernels, once on this machine", 0, 1)
            for smallest in smallest_tasks(self._folder.path):
                self.map(smallest, unheard)
            compile_lookups()
            note_compiled(WORDS)

    def map(self, task: MappingTask, progress: Report) -> MappedIds:
        """Map and write; kernels that were not compiled yet are compiled on the way."""
        compared = compare(task.rules, mappings_of(task.sources), mappings_of(task.targets), task.model)
        if task.keeping is not None:
            return self.map_kept(task, compared, task.keeping, progress)
        seed = seeds()
        keep_freed_memory()
        keys = [wanted_of(compared, side) for side in ("source", "target")]
        sides = [
            KernelSide(self.engine, side, tables, self._folder.path, wanted)
            for side, tables, wanted in zip(("source", "target"), (task.sources, task.targets), keys, strict=True)
        ]
        rows = [side.opened.rows for side in sides]
        bits = bits_of_buckets(rows, keys)
        most_keys = rows[0] * keys_of_row(keys[0])
        memory, source_keys, target_keys = runs_of_keys(bits, most_keys, self._memory_limit, self._folder.path)
        with ThreadPoolExecutor(self._threads) as pool:
            total = sum(len(side.opened.pieces) for side in sides) + 3
            done = 0
            source, target = sides
            for side, runs in ((source, source_keys), (target, target_keys)):
                done = side.read(pool, task.model, seed, runs, progress=progress, done=done, total=total)
            # What held the entries of ids is room for the best targets.
            memory.shrink()
            progress("matching", total - 3, total)
            best = best_targets(pool, source.read_side, target.read_side)
            # Giving memory back takes a while, in which others work.
            pool.submit(memory.shrink)
            progress("letting the first rule win", total - 2, total)
            mapped_targets = settle(pool, best, source.read_side, target.read_side, task.model.record_matching_model)
            progress("writing", total - 1, total)
            names = {rule.number: rule.rule_name for rule in compared.rules}
            counts = write_mapping(pool, best, source.ids, target.ids, names, task.output)
        return MappedIds(
            source=source.counts,
            target=target.counts,
            mapped=sum(counts.values()),
            mapped_targets=mapped_targets.result(),
            rules=outcomes_of(task, compared, counts),
        )

    def map_kept(self, task: MappingTask, compared: Comparisons, keeping: Keeping, progress: Report) -> MappedIds:
        """Map with what an earlier run kept, and keep what this one reads."""
        keep_freed_memory()
        make = import_module("mandorla.engines.on_kernels.refreshing.kept_mapper").KeptMapper
        with ThreadPoolExecutor(self._threads) as pool:
            mapper = make(
                pool=pool,
                threads=self._threads,
                engine=self.engine,
                scratch=self._folder.path,
                memory_limit=self._memory_limit,
                progress=progress,
            )
            found = mapper.map(task, compared, keeping)
        return MappedIds(
            source=found.counts["source"],
            target=found.counts["target"],
            mapped=sum(found.mapped_by_rule.values()),
            mapped_targets=found.mapped_targets,
            rules=outcomes_of(task, compared, found.mapped_by_rule),
            changed=found.changed,
        )

    def engine(self) -> Engine:
        """The reference engine, for files that kernels cannot read; only then is it loaded."""
        if not self._engines:
            make = import_module("mandorla.engines.on_duckdb").DuckDBEngine
            self._engines.append(make(memory_limit=self._limit_text, threads=self._threads))
        return self._engines[0]

    def close(self) -> None:
        """Remove what lies in files."""
        for engine in self._engines:
            engine.close()
        self._folder.remove()


class KernelSide:
    """One side: its tables opened, then its ids and its keys in buckets."""

    def __init__(
        self,
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
        self.read_side = ReadSide(self.opened.rows, self.ids, Runs(0))
        self.counts: SideCounts
        self._tables, self._folder = tables, folder

    def read(
        self,
        pool: ThreadPoolExecutor,
        model: Any,
        seed: Any,
        key_runs: Runs,
        *,
        progress: Report,
        done: int,
        total: int,
    ) -> int:
        """Read every piece, its keys into `key_runs`, then find the rows of one id; how many steps of the whole are done."""
        with closing(runs_of_ids(key_runs, self._folder / f"{self.name}-ids")) as id_runs:
            batches = BatchReader(mappings=mappings_of(self._tables), keys=self._keys, model=model, seed=seed)
            reader = SideReader(batches=batches, ids=self.ids, id_runs=id_runs, key_runs=key_runs)
            counted = deleted = 0
            for piece_counted, piece_deleted in in_parallel(pool, reader.read, self.opened.pieces):
                counted, deleted, done = counted + piece_counted, deleted + piece_deleted, done + 1
                progress(f"normalizing the {self.name}", done, total)
            reader.finish(pool)
            group(pool, id_runs, self.ids, model.limits.rows_per_unique_key)
        self.read_side = ReadSide(self.opened.rows, self.ids, key_runs)
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


def outcomes_of(task: MappingTask, compared: Comparisons, counts: dict[int, int]) -> tuple[RuleOutcome, ...]:
    """What each rule brought."""
    skipped = {rule.rule_name: rule.reason for rule in compared.skipped_rules}
    return tuple(
        RuleOutcome(rule=rule, mapped_sources=counts.get(number, 0), skipped_because=skipped.get(rule.rule_name))
        for number, rule in enumerate(task.rules, start=1)
    )
