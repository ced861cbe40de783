"""Map ids with what an earlier run kept: read the files that are new, then match what they touch, or all of it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from pyarrow import parquet

from mandorla.domain.id_mapping import SideCounts
from mandorla.domain.progress import Report
from mandorla.domain.rules import RecordMatchingModel
from mandorla.engines.engine import Engine
from mandorla.engines.mapper import Keeping, MappingTask, SourceTable
from mandorla.engines.mapping_files import MappingChanges
from mandorla.engines.on_kernels.id_entries import runs_of_ids
from mandorla.engines.on_kernels.ids import Ids, no_ids, texts_of
from mandorla.engines.on_kernels.joining import NOBODY
from mandorla.engines.on_kernels.kept_kernels import version
from mandorla.engines.on_kernels.keys import ROW_MASK, RULE_SHIFT
from mandorla.engines.on_kernels.parallel import in_parallel
from mandorla.engines.on_kernels.reading import opened_file
from mandorla.engines.on_kernels.refreshing.changed_sides import side_change
from mandorla.engines.on_kernels.refreshing.kept_files import KeptFile, kept_file
from mandorla.engines.on_kernels.refreshing.kept_mapping import (
    KeptMapping,
    Totals,
    keep,
    kept_mapping,
    no_pairs,
    remove_all_but,
)
from mandorla.engines.on_kernels.refreshing.kept_reading import NewFile, read_files
from mandorla.engines.on_kernels.refreshing.kept_sides import KeptSide, add_ids, add_keys
from mandorla.engines.on_kernels.refreshing.refresh import (
    RULE,
    Refreshed,
    addresses_of_sources,
    addresses_of_targets,
    counted,
    refreshed,
)
from mandorla.engines.on_kernels.runs import Runs, runs_of_keys
from mandorla.engines.on_kernels.seeded_hash import seeds
from mandorla.engines.on_kernels.sides import BatchReader, Wanted, mappings_of, needed_columns
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
from mandorla.match.compile import Comparisons

# Any: numpy's arrays, whose element types Numba sees.
SIDES = ("source", "target")
ROWS_AT_ONCE = 1 << 18
# From these shares on matching everything again costs less, or reading changes beside the whole mapping costs too much.
MOST_CHANGED_ROWS = 0.25
MOST_CHANGES = 0.1
CHANGES_SCHEMA = pyarrow.schema(
    [pyarrow.field("source_id", pyarrow.string(), nullable=False), ("target_id", pyarrow.string()), ("rule", pyarrow.string())]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptResult:
    """What a run with kept files found. Where `changed` stands, the output holds changes and not the whole mapping."""

    counts: dict[str, SideCounts]
    mapped_by_rule: dict[int, int]
    mapped_targets: int
    changed: MappingChanges | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMapper:
    """One run: whose threads and how many, whose engine for what is not text in Parquet, its temporary folder, its memory."""

    pool: ThreadPoolExecutor
    threads: int
    engine: Callable[[], Engine]
    scratch: Path
    memory_limit: int
    progress: Report

    def map(self, task: MappingTask, compared: Comparisons, keeping: Keeping) -> KeptResult:
        """Read what is new, match, write, and leave a manifest of the run's name."""
        fingerprint = fingerprint_of(task)
        keeping.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = None if keeping.previous is None else kept_mapping(keeping.folder, keeping.previous, fingerprint)
        remove_all_but(keeping.folder, None if kept is None else keeping.previous)
        seed = seeds() if kept is None else kept.seed
        keys = {side: wanted_of(compared, side) for side in SIDES}
        new = {side: KeptSide(self.pool, files) for side, files in self.read(task, keeping, keys, seed, kept).items()}
        if kept is None or not self.is_small_change(kept, new, task.model.record_matching_model):
            return self.map_all(task, keeping, compared, new, keys, seed, fingerprint)
        self.progress("matching what changed", 1, 2)
        before = {facts.name: facts for facts in kept.files}
        changes = {
            side: side_change(self.pool, new[side], before, files_gone(side, kept, new[side], keeping)) for side in SIDES
        }
        limit = task.model.limits.rows_per_unique_key
        found = refreshed(self.pool, changes["source"], changes["target"], kept, limit)
        if found.changes.shape[1] > MOST_CHANGES * kept.pairs.shape[1]:
            return self.map_all(task, keeping, compared, new, keys, seed, fingerprint)
        names = {rule.number: rule.rule_name for rule in compared.rules}
        texts = (addresses_of_sources(found, changes["source"]), addresses_of_targets(found))
        writing = self.pool.submit(write_changes, found, texts, names, keeping.changes, task.output)
        counts = counted(self.pool, found, changes["source"], changes["target"], kept, limit)
        writing.result()
        left = KeptMapping(
            fingerprint=fingerprint,
            seed=seed,
            files=tuple(file.facts for side in SIDES for file in new[side].files),
            totals=counts.totals,
            mapped_by_rule=counts.mapped_by_rule,
            mapped_targets=counts.mapped_targets,
            pairs=kept.pairs,
            changes=found.changes,
            whole=kept.whole,
        )
        keep(keeping.folder, keeping.name, left)
        return result_of(left, new, counts.changes)

    def read(
        self,
        task: MappingTask,
        keeping: Keeping,
        keys: Mapping[str, Sequence[Sequence[Wanted]]],
        seed: Any,
        kept: KeptMapping | None,
    ) -> dict[str, list[KeptFile]]:
        """Both sides' files: what is kept of those that were read before, and the others read now."""
        known = {(one.side, one.table, one.signature): one for one in (kept.files if kept else ())}
        found: dict[str, list[KeptFile | NewFile]] = {side: [] for side in SIDES}
        for side, tables in zip(SIDES, tables_of(task), strict=True):
            batches = BatchReader(mappings=mappings_of(tables), keys=keys[side], model=task.model, seed=seed)
            for number, table in enumerate(tables):
                needed = needed_columns(table.schema_mapping, keys[side][number])
                for file, signature in zip(table.files, table.signatures, strict=True):
                    facts, place = known.get((side, number, signature)), len(found[side])
                    if facts is not None:
                        found[side].append(kept_file(keeping.folder, facts))
                        continue
                    every, name = table.schema_mapping.column_names, f"{side}_{place}"
                    opened = opened_file(self.engine, name, file, needed, every, table=number, first_row=0)
                    path = keeping.folder / f"{keeping.name}-{side}-{place}"
                    found[side].append(
                        NewFile(opened=opened, batches=batches, path=path, side=side, table=number, signature=signature)
                    )
        new = [file for side in SIDES for file in found[side] if isinstance(file, NewFile)]
        read = iter(read_files(self.pool, self.threads, new, self.progress))
        return {side: [next(read) if isinstance(file, NewFile) else file for file in found[side]] for side in SIDES}

    @staticmethod
    def is_small_change(kept: KeptMapping, new: dict[str, KeptSide], model: RecordMatchingModel) -> bool:
        """Whether matching only what is touched pays. One to one, each pair depends on others: then nothing is left out."""
        before = {facts.name: facts.rows for facts in kept.files}
        now = {file.facts.name: file.facts.rows for side in new.values() for file in side.files}
        changed = sum((before | now)[name] for name in before.keys() ^ now.keys())
        is_many_to_one = model is not RecordMatchingModel.ONE_SOURCE_TO_ONE_TARGET
        return is_many_to_one and changed <= MOST_CHANGED_ROWS * sum(now.values())

    def map_all(
        self,
        task: MappingTask,
        keeping: Keeping,
        compared: Comparisons,
        sides: dict[str, KeptSide],
        keys: dict[str, list[list[Wanted]]],
        seed: Any,
        fingerprint: str,
    ) -> KeptResult:
        """Match all rows, and write the whole mapping."""
        bits = bits_of_buckets([side.rows for side in sides.values()], list(keys.values()))
        most_keys = sides["source"].rows * keys_of_row(keys["source"])
        memory, source_keys, target_keys = runs_of_keys(bits, most_keys, self.memory_limit, self.scratch)
        limit = task.model.limits.rows_per_unique_key
        self.progress("matching", 1, 3)
        source = self.filled("source", sides["source"], source_keys, limit)
        target = self.filled("target", sides["target"], target_keys, limit)
        best = best_targets(self.pool, source, target)
        memory.shrink()
        mapped_targets = settle(self.pool, best, source, target, task.model.record_matching_model)
        self.progress("writing", 2, 3)
        names = {rule.number: rule.rule_name for rule in compared.rules}
        mapped_by_rule = write_mapping(self.pool, best, source.ids, target.ids, names, task.output)
        left = KeptMapping(
            fingerprint=fingerprint,
            seed=seed,
            files=tuple(file.facts for side in sides.values() for file in side.files),
            totals={name: totals_of(side.ids) for name, side in zip(SIDES, (source, target), strict=True)},
            mapped_by_rule=mapped_by_rule,
            mapped_targets=mapped_targets.result(),
            pairs=pairs_of(best, sides["source"], sides["target"]),
            changes=no_pairs(),
            whole=keeping.name,
        )
        keep(keeping.folder, keeping.name, left)
        return result_of(left, sides, None)

    def filled(self, name: str, side: KeptSide, key_runs: Runs, limit: int) -> ReadSide:
        """All rows of a side in buckets, their keys in `key_runs`, the rows of one id found."""
        ids = no_ids(side.rows)
        with closing(runs_of_ids(key_runs, self.scratch / f"{name}-ids")) as id_runs:

            def add(portion: tuple[Callable[[Runs, Any], None], Runs, Any]) -> None:
                add_to, runs, stretches = portion
                add_to(runs, stretches)

            portions = [(add_ids, id_runs, one) for one in side.id_portions]
            portions += [(add_keys, key_runs, one) for one in side.key_portions]
            for _ in in_parallel(self.pool, add, portions):
                pass
            for first in range(0, side.rows, ROWS_AT_ONCE):
                rows = numpy.arange(first, min(first + ROWS_AT_ONCE, side.rows))
                ids.addresses[rows] = side.addresses_of(rows)
            group(self.pool, id_runs, ids, limit)
        return ReadSide(side.rows, ids, key_runs)


def tables_of(task: MappingTask) -> tuple[tuple[SourceTable, ...], tuple[SourceTable, ...]]:
    """Both sides' tables."""
    return task.sources, task.targets


def files_gone(side: str, kept: KeptMapping, now: KeptSide, keeping: Keeping) -> list[KeptFile]:
    """What is kept of a side's files that the last run saw, and that are there no longer."""
    known = {file.facts.name for file in now.files}
    return [kept_file(keeping.folder, facts) for facts in kept.files if facts.side == side and facts.name not in known]


def fingerprint_of(task: MappingTask) -> str:
    """Everything but the bytes of files that keys and their matching depend on, our own code included."""
    mappings = [[table.schema_mapping.mapped_input_fields for table in tables] for tables in tables_of(task)]
    return hashlib.sha256(repr((version(), mappings, task.rules, task.model)).encode()).hexdigest()


def totals_of(ids: Ids) -> Totals:
    """The totals of grouped ids."""
    return Totals(unique=ids.unique, crowded=ids.crowded, surplus=ids.surplus)


def pairs_of(best: Any, source: KeptSide, target: KeptSide) -> Any:
    """The pairs of a whole mapping as they are kept."""
    rows = numpy.flatnonzero(best != numpy.uint64(NOBODY))
    chosen = best[rows]
    targets = (chosen & numpy.uint64(ROW_MASK)).astype(numpy.int64)
    order = numpy.argsort(targets)
    hashes = numpy.empty((2, len(rows)), numpy.uint64)
    hashes[:, order] = target.hashes_of(targets[order])
    rules = (chosen >> numpy.uint64(RULE_SHIFT))[numpy.newaxis]
    return numpy.concatenate((source.hashes_of(rows), hashes, rules))


def result_of(left: KeptMapping, sides: dict[str, KeptSide], changed: MappingChanges | None) -> KeptResult:
    """What a run says of itself."""
    return KeptResult(
        counts={name: counts_of(side, left.totals[name]) for name, side in sides.items()},
        mapped_by_rule=dict(left.mapped_by_rule),
        mapped_targets=left.mapped_targets,
        changed=changed,
    )


def counts_of(side: KeptSide, totals: Totals) -> SideCounts:
    """How many records a side has, and how many take part."""
    facts = [file.facts for file in side.files]
    rejected, deleted = sum(one.rejected for one in facts), sum(one.deleted for one in facts)
    return SideCounts(
        input_records=side.rows + rejected,
        unreadable_records=rejected,
        records_without_id=side.rows - sum(one.counted for one in facts) - deleted,
        rows_beyond_limit=totals.surplus,
        ids_beyond_limit=totals.crowded,
        delete_records=deleted,
        unique_records=totals.unique,
    )


def write_changes(
    found: Refreshed, texts: tuple[Any, Any], rule_names: dict[int, str], before: Path | None, output: Path
) -> None:
    """Write what is different from the last whole mapping: a source id without a target is mapped no longer."""
    sources, targets = (addresses[found.differs] for addresses in texts)
    rules = found.values[RULE, found.differs].astype(numpy.int64)
    is_mapped = rules != 0
    order = numpy.full(len(rules), -1)
    order[is_mapped] = numpy.arange(int(is_mapped.sum()))
    places = pyarrow.array(order, mask=~is_mapped)
    names = pyarrow.array([rule_names.get(number) for number in range(max(rule_names, default=0) + 1)], pyarrow.string())
    new = pyarrow.table(
        [texts_of(sources), texts_of(targets[is_mapped]).take(places), names.take(pyarrow.array(rules))], schema=CHANGES_SCHEMA
    )
    kept = [] if before is None else [parquet.read_table(before, schema=CHANGES_SCHEMA).take(pyarrow.array(found.stays))]
    # Ids are no two alike and in no order, so neither a dictionary of them nor the least and the greatest would tell anything.
    told = {"use_dictionary": ["rule"], "write_statistics": False}
    parquet.write_table(pyarrow.concat_tables([*kept, new]), output, compression="zstd", compression_level=1, **told)
