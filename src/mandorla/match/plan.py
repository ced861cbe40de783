"""A plan: named queries, each run once and kept, that end in the mapping."""

from dataclasses import dataclass

from sqlglot import exp

from mandorla.match.keys import KeyField


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A query whose rows are kept under a name; `doing` is what people read while it runs."""

    name: str
    query: exp.Query
    doing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTable:
    """The kept keys of one table: one row a record, one pair of columns (key, proof) for each combination of key fields.

    A key is 60 bits of a digest, the proof 60 more: two records agree when both are equal.
    """

    name: str
    fields: tuple[KeyField, ...]
    combinations: tuple[tuple[KeyField, ...], ...]

    def columns_of(self, combination: tuple[KeyField, ...]) -> tuple[str, str]:
        """The names of a combination's key and proof."""
        number = self.combinations.index(combination)
        return f"key_{number}", f"proof_{number}"


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
