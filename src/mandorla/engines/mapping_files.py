"""Mappings as files: what changed from one to the next, and a copy for people; by an engine, whatever their size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mandorla.engines.engine import Engine
from mandorla.engines.source_files import SourceFile
from mandorla.normalize.sql_trees import exp

COLUMNS = ("source_id", "target_id", "rule")


@dataclass(frozen=True, slots=True)
class MappingFiles:
    """A mapping as Parquet files: a whole one, and what is different since, where a source id without a target has none now."""

    whole: Path
    changes: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingChanges:
    """How many pairs, sources and targets came in and fell out."""

    new_records: int
    new_sources: int
    new_targets: int
    removed_records: int
    removed_sources: int
    removed_targets: int


def changes_between(engine: Engine, old: MappingFiles | None, new: MappingFiles) -> MappingChanges:
    """Counts from an old mapping, None for none, to a new one."""
    attach_mapping(engine, "new_mapping", new)
    if old is None:
        nothing = exp.select("*").from_("new_mapping").where(exp.false())
        engine.define("old_mapping", nothing)
    else:
        attach_mapping(engine, "old_mapping", old)
    counts = [
        only_in(engine, left, right, columns)
        for left, right in (("new_mapping", "old_mapping"), ("old_mapping", "new_mapping"))
        for columns in (("source_id", "target_id"), ("source_id",), ("target_id",))
    ]
    return MappingChanges(
        new_records=counts[0],
        new_sources=counts[1],
        new_targets=counts[2],
        removed_records=counts[3],
        removed_sources=counts[4],
        removed_targets=counts[5],
    )


def attach_mapping(engine: Engine, name: str, mapping: MappingFiles) -> None:
    """A mapping as a table."""
    if mapping.changes is None:
        attach_file(engine, name, mapping.whole)
        return
    attach_file(engine, f"{name}_whole", mapping.whole)
    attach_file(engine, f"{name}_changes", mapping.changes)
    engine.define(name, changed_pairs(exp.to_table(f"{name}_whole"), exp.to_table(f"{name}_changes"), COLUMNS))


def attach_file(engine: Engine, name: str, path: Path) -> None:
    """A file of a mapping as a table."""
    engine.attach(name, [SourceFile(path=path, file_format="parquet", columns=COLUMNS)], COLUMNS)


def changed_pairs(whole: exp.Expression, changes: exp.Expression, columns: Sequence[str]) -> exp.Query:
    """The pairs of a whole mapping, but for those of source ids that changed, and what these are mapped to now."""
    is_changed = exp.column("source_id", "later").eq(exp.column("source_id", "whole"))
    later = exp.select("1").from_(exp.alias_(changes.copy(), "later", table=True)).where(is_changed)
    stays = exp.select(*(exp.column(column, "whole") for column in columns)).from_(exp.alias_(whole, "whole", table=True))
    now = exp.select(*columns).from_(changes).where(exp.column("target_id").is_(exp.null()).not_())
    return exp.union(stays.where(exp.Exists(this=later).not_()), now, distinct=False)


def only_in(engine: Engine, left: str, right: str, columns: tuple[str, ...]) -> int:
    """How many different values of those columns stand in one mapping and not in the other."""
    every = [exp.select(*columns).from_(name) for name in (left, right)]
    difference = exp.except_(*every, distinct=True).subquery("difference")
    [(count,)] = engine.rows(exp.select(exp.Count(this=exp.Star())).from_(difference))
    return int(count)


def write_mapping_csv(engine: Engine, mapping: MappingFiles, path: Path, headers: Mapping[str, str]) -> None:
    """A mapping as CSV in the order of its source ids; `headers` are the names to write, by those of the mapping."""
    attach_mapping(engine, "mapping", mapping)
    columns = [exp.alias_(exp.column(name), written, quoted=True) for name, written in headers.items()]
    engine.write(exp.select(*columns).from_("mapping").order_by("source_id"), path, "csv")
