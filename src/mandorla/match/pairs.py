"""From keys to pairs of ids: the matches of each rule, and the mapping in which the first rule wins."""

from __future__ import annotations

from collections.abc import Sequence

from mandorla.domain.rules import RecordMatchingModel
from mandorla.match.keys import KeyField
from mandorla.match.plan import CompiledRule, KeyTable
from mandorla.normalize.sql_trees import exp

# What two streams agree on. The comparison keeps apart what may not be compared with each other.
AGREEMENT = ("comparison", "key")


def key_stream(rule: CompiledRule, side: str, *, with_place: bool = False) -> exp.Query:
    """Every key of a side ("sources" or "targets") at a rule: unique_id, comparison, key; never NULL."""
    parts = [
        keys_in_combination(table, combination, number, with_place=with_place)
        for number, comparison in enumerate(rule.comparisons)
        for table, combination in getattr(comparison, side)
    ]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def keys_in_combination(table: KeyTable, combination: tuple[KeyField, ...], comparison: int, *, with_place: bool) -> exp.Select:
    """The keys of one table for one combination of its key fields."""
    key = exp.column(table.column_of(combination))
    stream = exp.select(
        "unique_id",
        exp.alias_(exp.cast(exp.Literal.number(comparison), "INT"), "comparison"),
        exp.alias_(key, "key"),
        *(["place"] if with_place else []),
    )
    is_there = exp.Not(this=exp.Is(this=key.copy(), expression=exp.Null()))
    return stream.from_(table.name).where(is_there)


def matches_of(rule: CompiledRule, earlier: Sequence[str]) -> exp.Query:
    """One row for each source id that agrees with a target on every matching key and that no earlier rule matched.

    Of several targets the smallest id wins. GUESS: no source says which one does; both record matching models' names end in
    "to one target". Target keys are reduced to that id before the join, so a key that thousands share costs no more.
    """
    targets = (
        exp.select(*AGREEMENT, exp.alias_(exp.Min(this=exp.column("unique_id")), "target_id"))
        .from_(key_stream(rule, "targets").subquery("target_keys"))
        .group_by(*AGREEMENT)
    )
    sources = key_stream(rule, "sources").subquery("source_keys")
    return (
        exp.select(
            exp.alias_(exp.column("unique_id", "source_keys"), "source_id"),
            exp.alias_(exp.Min(this=exp.column("target_id", "targets")), "target_id"),
        )
        .from_(sources)
        .join(targets.subquery("targets"), on=agreement("source_keys", "targets"))
        .where(*(not_matched_in(name) for name in earlier))
        .group_by(exp.column("unique_id", "source_keys"))
    )


def agreement(left: str, right: str) -> exp.Expression:
    """True where two keys are the same and mean the same."""
    return exp.and_(*(exp.EQ(this=exp.column(column, left), expression=exp.column(column, right)) for column in AGREEMENT))


def not_matched_in(matches: str) -> exp.Expression:
    """True of a source id that an earlier rule did not match: a record matched at a rule is out of the later ones."""
    same_id = exp.EQ(this=exp.column("source_id", matches), expression=exp.column("unique_id", "source_keys"))
    return exp.Not(this=exp.Exists(this=exp.select("1").from_(matches).where(same_id)))


def mapping_of(rules: Sequence[CompiledRule], model: RecordMatchingModel) -> exp.Query:
    """The mapping, in no order: source_id, target_id, rule."""
    matches = all_matches(rules)
    if model is RecordMatchingModel.ONE_SOURCE_TO_ONE_TARGET:
        matches = first_source_wins(matches)
    name = exp.Case()
    for rule in rules:
        name = name.when(
            exp.EQ(this=exp.column("rule_number"), expression=exp.Literal.number(rule.number)),
            exp.Literal.string(rule.rule_name),
        )
    rule_name = exp.alias_(name if rules else exp.cast(exp.Null(), "TEXT"), "rule")
    return exp.select("source_id", "target_id", rule_name).from_(matches.subquery("matches"))


def sorted_mapping() -> exp.Query:
    """The kept mapping, sorted by source_id in byte order."""
    return exp.select("source_id", "target_id", "rule").from_("mapping").order_by("source_id")


def all_matches(rules: Sequence[CompiledRule]) -> exp.Query:
    """The matches of all rules: source_id, target_id, rule_number. A source id stands in at most one of them."""
    parts = [
        exp.select("source_id", "target_id", exp.alias_(exp.Literal.number(rule.number), "rule_number")).from_(
            f"matches_of_rule_{rule.number}"
        )
        for rule in rules
    ]
    if not parts:
        nothing = [exp.alias_(exp.cast(exp.Null(), "TEXT"), name) for name in ("source_id", "target_id", "rule_number")]
        return exp.select(*nothing).where(exp.false())
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def first_source_wins(matches: exp.Query) -> exp.Query:
    """One source for each target: "store only one matching record in the source for each matched record in the target".

    GUESS: the source of the earlier rule, then the smallest id; no source says which one is stored.
    """
    order = exp.Order(expressions=[exp.column("rule_number"), exp.column("source_id")])
    place = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("target_id")], order=order)
    ranked = exp.select("source_id", "target_id", "rule_number", exp.alias_(place, "place_at_target"))
    ranked = ranked.from_(matches.subquery("matches"))
    is_first = exp.EQ(this=exp.column("place_at_target"), expression=exp.Literal.number(1))
    return exp.select("source_id", "target_id", "rule_number").from_(ranked.subquery("ranked")).where(is_first)
