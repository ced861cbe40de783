"""A plan: named queries, each run once and kept, that end in the mapping."""

from __future__ import annotations

from dataclasses import dataclass

from mandorla.match.keys import KeyField
from mandorla.normalize.sql_trees import exp


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A query whose rows are kept under a name; `doing` is what people read while it runs.

    From the earlier steps in `removed_from`, the rows are then removed whose `place` is one of the query's.
    """

    name: str
    query: exp.Query
    doing: str
    removed_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTable:
    """The kept keys of one table: one row a record, one column for each combination of key fields."""

    name: str
    fields: tuple[KeyField, ...]
    combinations: tuple[tuple[KeyField, ...], ...]

    def column_of(self, combination: tuple[KeyField, ...]) -> str:
        """The name of a combination's key."""
        return f"key_{self.combinations.index(combination)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What is compared with what at one rule: combinations of key fields on either side that count as the same."""

    sources: tuple[tuple[KeyTable, tuple[KeyField, ...]], ...]
    targets: tuple[tuple[KeyTable, tuple[KeyField, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    """A rule that can match: its place in the order (from 1), its name, and its comparisons."""

    number: int
    rule_name: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRule:
    """A rule that cannot match, and why."""

    rule_name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps in order, the last of which keeps the mapping, and the query that gives it sorted by source_id."""

    steps: tuple[Step, ...]
    mapping: exp.Query
    source_tables: tuple[KeyTable, ...]
    target_tables: tuple[KeyTable, ...]
    rules: tuple[CompiledRule, ...]
    skipped_rules: tuple[SkippedRule, ...]
