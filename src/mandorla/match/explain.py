"""Questions to a finished plan: why is the match rate what it is? They read the kept keys and never a value."""

from __future__ import annotations

from mandorla.match.pairs import AGREEMENT, agreement, key_stream
from mandorla.match.plan import CompiledRule, KeyTable
from mandorla.match.tally import times
from mandorla.normalize.sql_trees import exp

# A key that joins at least this many pairs is worth a look.
JUNK_PAIRS = 1_000
JUNK_KEYS_SHOWN = 5


def candidates_of(rule: CompiledRule) -> exp.Query:
    """One row: the pairs of ids that agree on a rule, the source ids among them, and the target ids."""
    pairs = (
        exp.select(
            exp.alias_(exp.column("unique_id", "source_keys"), "source_id"),
            exp.alias_(exp.column("unique_id", "target_keys"), "target_id"),
        )
        .distinct()
        .from_(key_stream(rule, "sources").subquery("source_keys"))
        .join(key_stream(rule, "targets").subquery("target_keys"), on=agreement("source_keys", "target_keys"))
    )
    return exp.select(
        exp.Count(this=exp.Star()),
        exp.Count(this=exp.Distinct(expressions=[exp.column("source_id")])),
        exp.Count(this=exp.Distinct(expressions=[exp.column("target_id")])),
    ).from_(pairs.subquery("pairs"))


def junk_keys_of(rule: CompiledRule) -> exp.Query:
    """The keys of a rule that join the most pairs: source ids, target ids, and where one row of either stands."""
    source, target = (sharers(rule, side).subquery(side) for side in ("sources", "targets"))
    pairs = exp.Mul(this=exp.column("ids", "sources"), expression=exp.column("ids", "targets"))
    return (
        exp.select(
            exp.column("ids", "sources"),
            exp.column("ids", "targets"),
            exp.column("example", "sources"),
            exp.column("example", "targets"),
        )
        .from_(source)
        .join(target, on=agreement("sources", "targets"))
        .where(exp.GTE(this=pairs, expression=exp.Literal.number(JUNK_PAIRS)))
        .order_by(exp.Ordered(this=pairs.copy(), desc=True), exp.column("example", "sources"))
        .limit(JUNK_KEYS_SHOWN)
    )


def sharers(rule: CompiledRule, side: str) -> exp.Query:
    """Each key of a side that more than one id has: how many, and where the first row of them stands."""
    ids = exp.Count(this=exp.Distinct(expressions=[exp.column("unique_id")]))
    return (
        exp.select(*AGREEMENT, exp.alias_(ids, "ids"), exp.alias_(exp.Min(this=exp.column("place")), "example"))
        .from_(key_stream(rule, side, with_place=True).subquery("keys"))
        .group_by(*AGREEMENT)
    )


def fill_of(table: KeyTable) -> exp.Query:
    """One row: the records of a table, then for each key field how many hold something, and how many of those are usable."""
    counts = [
        count
        for place in range(len(table.fields))
        for count in (times(exp.column(f"filled_{place}")), times(exp.column(f"usable_{place}")))
    ]
    return exp.select(exp.Count(this=exp.Star()), *counts).from_(table.name)
