"""Records of one side among each other: rules become match groups, rule by rule, each group closed under agreement.

    source_1 ─▶ source_1_keys ─▶ source_ids ─▶ repeated ─▶ records ─┐
                                                                    ├─▶ bonds ─▶ labels ─▶ … ─▶ groups of the rule
    source_2 ─▶ source_2_keys ──────────────────────────────────────┘

At a rule, records that share a key are bound to each other, and a group is all that bonds connect: its label is the place of
its first record. Labels spread over bonds until nothing changes, at least twice as far each time. "Records that match at a
higher rule level are excluded from subsequent rules" (Entity Resolution's user guide).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from mandorla.domain.rules import Rule
from mandorla.match.compile import CompiledTable, MatchingModel, compiled_rules, key_tables, side_steps
from mandorla.match.keys import key_fields
from mandorla.match.pairs import key_stream
from mandorla.match.plan import CompiledRule, KeyTable, SkippedRule, Step
from mandorla.match.records import records_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPlan:
    """The steps that come before the rules, the rules that can match, and those that cannot."""

    steps: tuple[Step, ...]
    tables: tuple[KeyTable, ...]
    rules: tuple[CompiledRule, ...]
    skipped_rules: tuple[SkippedRule, ...]


def compile_groups(rules: Sequence[Rule], tables: Sequence[CompiledTable], model: MatchingModel) -> GroupPlan:
    """The plan for tables `source_1`, `source_2`, … in the order given. Unique ids that stand twice take no part."""
    fields = [key_fields(one.schema_mapping, model.profile, strict_grouping=model.strict_grouping) for one in tables]
    in_digests = {field.match_key for table in fields for field in table if field.hashed}
    fields = [tuple(replace(field, in_digests=field.match_key in in_digests) for field in table) for table in fields]
    keyed = key_tables("source", fields, rules)
    compiled, skipped = compiled_rules(rules, keyed, keyed, model.attribute_matching_model)
    steps = side_steps("source", tables, keyed, model, explain=False)[:-1]  # no surplus: each id may stand once
    steps.append(Step(name="repeated", query=repeated_rows(keyed), doing="setting aside ids that stand twice"))
    steps.append(Step(name="records", query=lone_rows(keyed), doing="numbering the records"))
    return GroupPlan(steps=tuple(steps), tables=keyed, rules=compiled, skipped_rules=skipped)


def repeated_rows(tables: Sequence[KeyTable]) -> exp.Query:
    """The rows whose unique id another row has too: unique_id, place."""
    is_repeated = exp.GT(this=exp.column("rows_of_id"), expression=exp.Literal.number(1))
    ids = exp.select("unique_id").from_("source_ids").where(is_repeated)
    is_named = exp.column("unique_id").isin(query=ids)
    return exp.select("unique_id", "place").from_(records_of(tables).subquery("every")).where(is_named)


def lone_rows(tables: Sequence[KeyTable]) -> exp.Query:
    """The rows that take part: unique_id, place."""
    is_repeated = exp.column("place").isin(query=exp.select("place").from_("repeated"))
    return exp.select("unique_id", "place").from_(records_of(tables).subquery("every")).where(exp.Not(this=is_repeated))


def bonds_of(rule: CompiledRule, earlier: Sequence[str]) -> exp.Query:
    """The keys by which records can be bound at a rule: place, comparison, key; only keys that several records have."""
    stream = key_stream(rule, "sources", with_place=True).subquery("keys")
    free = exp.select("place", "comparison", "key").distinct().from_(stream)
    free = free.where(exp.column("place").isin(query=exp.select("place").from_("records")))
    for groups in earlier:
        free = free.where(exp.Not(this=exp.column("place").isin(query=exp.select("place").from_(groups))))
    sharing = exp.Window(this=exp.Count(this=exp.Star()), partition_by=[exp.column("comparison"), exp.column("key")])
    counted = exp.select("place", "comparison", "key", exp.alias_(sharing, "sharing")).from_(free.subquery("free"))
    is_shared = exp.GT(this=exp.column("sharing"), expression=exp.Literal.number(1))
    return exp.select("place", "comparison", "key").from_(counted.subquery("counted")).where(is_shared)


def first_labels(bonds: str) -> exp.Query:
    """Every bound record labelled with its own place."""
    return exp.select("place", exp.alias_(exp.column("place"), "label")).distinct().from_(bonds)


def spread_labels(bonds: str, labels: str) -> exp.Query:
    """Labels one step on: of all that a record's keys have, the smallest; then the label of the record of that place."""
    of_keys = (
        exp.select("comparison", "key", exp.alias_(exp.Min(this=exp.column("label", "l")), "label"))
        .from_(exp.to_table(bonds).as_("b"))
        .join(exp.to_table(labels).as_("l"), on=equal("place", "b", "l"))
        .group_by("comparison", "key")
    )
    nearer = (
        exp.select(exp.column("place", "b"), exp.alias_(exp.Min(this=exp.column("label", "k")), "label"))
        .from_(exp.to_table(bonds).as_("b"))
        .join(of_keys.subquery("k"), on=exp.and_(equal("comparison", "b", "k"), equal("key", "b", "k")))
        .group_by(exp.column("place", "b"))
    )
    is_of_place = exp.EQ(this=exp.column("label", "n"), expression=exp.column("place", "l"))
    smaller = exp.Least(this=exp.column("label", "n"), expressions=[exp.column("label", "l")])
    return (
        exp.select(exp.column("place", "n"), exp.alias_(smaller, "label"))
        .from_(nearer.subquery("n"))
        .join(exp.to_table(labels).as_("l"), on=is_of_place)
    )


def changes(before: str, after: str) -> exp.Query:
    """How many labels a step changed."""
    is_changed = exp.NEQ(this=exp.column("label", "a"), expression=exp.column("label", "b"))
    return (
        exp.select(exp.Count(this=exp.Star()))
        .from_(exp.to_table(after).as_("a"))
        .join(exp.to_table(before).as_("b"), on=equal("place", "a", "b"))
        .where(is_changed)
    )


def equal(column: str, left: str, right: str) -> exp.EQ:
    """Two tables' columns of one name are the same."""
    return exp.EQ(this=exp.column(column, left), expression=exp.column(column, right))


def all_groups(groups: Sequence[tuple[str, str]]) -> exp.Query:
    """Every record with its group and the rule that made it: place, unique_id, label, rule. Who matches nobody stands alone.

    `groups` are names of kept labels, each with its rule's name.
    """
    parts: list[exp.Query] = [
        exp.select("place", "label", exp.alias_(exp.Literal.string(rule), "rule")).from_(name) for name, rule in groups
    ]
    nobody = exp.select("place", exp.alias_(exp.column("place"), "label"), exp.alias_(exp.Literal.string(""), "rule"))
    found = exp.union(*parts, nobody.from_("records").where(exp.false()), distinct=False) if parts else None
    if found is None:
        found = nobody.from_("records").where(exp.false())
    columns = [
        exp.column("place", "r"),
        exp.column("unique_id", "r"),
        exp.alias_(exp.Coalesce(this=exp.column("label", "g"), expressions=[exp.column("place", "r")]), "label"),
        exp.column("rule", "g"),
    ]
    return (
        exp.select(*columns)
        .from_(exp.to_table("records").as_("r"))
        .join(found.subquery("g"), on=equal("place", "r", "g"), join_type="left")
    )
