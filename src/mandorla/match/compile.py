"""Rules become named steps: keys of either side, then the matches of each rule in order, then the mapping.

    source_1 ─▶ source_1_keys ─▶ source_ids ─▶ source_surplus ─┐
                                                              ├─▶ matches_of_rule_1 ─▶ … ─▶ mapping
    target_1 ─▶ target_1_keys ─▶ target_ids ─▶ target_surplus ─┘

Keys are 128 bits that are the same on every engine, never an engine's own hash, so every engine gives the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from mandorla.domain.limits import DEFAULT_LIMITS, Limits
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel, Rule
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.match.keys import KeyField, key_fields
from mandorla.match.pairs import mapping_of, matches_of, sorted_mapping
from mandorla.match.plan import Comparison, CompiledRule, KeyTable, Plan, SkippedRule, Step
from mandorla.match.records import Countries, keys_of, rows_of_ids, surplus_rows
from mandorla.normalize import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingModel:
    """How rules are applied. `strict_grouping` is on only for matching workflows served over Entity Resolution's API."""

    profile: Profile = Profile.AMAZON_ADS
    country: str = "US"
    attribute_matching_model: AttributeMatchingModel = AttributeMatchingModel.MANY_TO_MANY
    record_matching_model: RecordMatchingModel = RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET
    strict_grouping: bool = False
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table of a side: its schema mapping, and the countries that occur in it (an engine is asked with `countries_in`)."""

    schema_mapping: SchemaMapping
    countries: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """What is compared with what: the keys of either side's tables, the rules that can match, and those that cannot."""

    source_tables: tuple[KeyTable, ...]
    target_tables: tuple[KeyTable, ...]
    rules: tuple[CompiledRule, ...]
    skipped_rules: tuple[SkippedRule, ...]


def compare(
    rules: Sequence[Rule], sources: Sequence[SchemaMapping], targets: Sequence[SchemaMapping], model: MatchingModel
) -> Comparisons:
    """What the rules compare in tables of these schema mappings."""
    fields = [key_fields(one, model.profile, strict_grouping=model.strict_grouping) for one in (*sources, *targets)]
    in_digests = {field.match_key for table in fields for field in table if field.hashed}
    fields = [tuple(replace(field, in_digests=field.match_key in in_digests) for field in table) for table in fields]
    source_tables = key_tables("source", fields[: len(sources)], rules)
    target_tables = key_tables("target", fields[len(sources) :], rules)
    compiled, skipped = compiled_rules(rules, source_tables, target_tables, model.attribute_matching_model)
    return Comparisons(source_tables=source_tables, target_tables=target_tables, rules=compiled, skipped_rules=skipped)


def compile_rules(
    rules: Sequence[Rule],
    sources: Sequence[CompiledTable],
    targets: Sequence[CompiledTable],
    model: MatchingModel,
    *,
    explain: bool = False,
) -> Plan:
    """The plan for tables `source_1`, `source_2`, … and `target_1`, …, in the order given.

    With `explain` the keys keep where each row stands and which of its values were filled and usable.
    """
    compared = compare(rules, [one.schema_mapping for one in sources], [one.schema_mapping for one in targets], model)
    steps = [
        *side_steps("source", sources, compared.source_tables, model, explain=explain),
        *side_steps("target", targets, compared.target_tables, model, explain=explain),
    ]
    earlier: list[str] = []
    for rule in compared.rules:
        name = f"matches_of_rule_{rule.number}"
        doing = f"matching by rule {rule.number}, {rule.rule_name}"
        steps.append(Step(name=name, query=matches_of(rule, earlier), doing=doing))
        earlier.append(name)
    mapping = mapping_of(compared.rules, model.record_matching_model)
    steps.append(Step(name="mapping", query=mapping, doing="letting the first rule win"))
    return Plan(
        steps=tuple(steps),
        mapping=sorted_mapping(),
        source_tables=compared.source_tables,
        target_tables=compared.target_tables,
        rules=compared.rules,
        skipped_rules=compared.skipped_rules,
    )


def key_tables(side: str, tables: Sequence[tuple[KeyField, ...]], rules: Sequence[Rule]) -> tuple[KeyTable, ...]:
    """One key table for each table, with every combination of key fields that a rule asks for."""
    return tuple(
        KeyTable(
            name=f"{side}_{number}_keys",
            fields=fields,
            combinations=tuple(dict.fromkeys(one for rule in rules for one in combinations_of(rule, fields))),
        )
        for number, fields in enumerate(tables, start=1)
    )


def combinations_of(rule: Rule, fields: Sequence[KeyField]) -> list[tuple[KeyField, ...]]:
    """Every way to take one field for each of the rule's match keys; none if a match key has no field here."""
    choices = [[field for field in fields if field.match_key == key] for key in rule.matching_keys]
    return list(product(*choices))


def compiled_rules(
    rules: Sequence[Rule],
    sources: Sequence[KeyTable],
    targets: Sequence[KeyTable],
    model: AttributeMatchingModel,
) -> tuple[tuple[CompiledRule, ...], tuple[SkippedRule, ...]]:
    """The rules that can match, and those that cannot because a side lacks a match key (skipped, not an error)."""
    compiled, skipped = [], []
    for number, rule in enumerate(rules, start=1):
        comparisons = COMPARISONS[model](rule, sources, targets)
        if comparisons:
            compiled.append(CompiledRule(number=number, rule_name=rule.rule_name, comparisons=comparisons))
        else:
            skipped.append(SkippedRule(rule_name=rule.rule_name, reason=reason_to_skip(rule, sources, targets)))
    return tuple(compiled), tuple(skipped)


def reason_to_skip(rule: Rule, sources: Sequence[KeyTable], targets: Sequence[KeyTable]) -> str:
    """Why a rule has nothing to compare."""
    for side, tables in (("source", sources), ("target", targets)):
        missing = [key for key in rule.matching_keys if not any(key in keys_in(table) for table in tables)]
        if missing:
            return f"the {side} has no field with the match key {', '.join(missing)}"
        if not any(combinations_of(rule, table.fields) for table in tables):
            return f"no table of the {side} has all of the match keys {', '.join(rule.matching_keys)}"
    return "with ONE_TO_ONE no field of the source has a field of the same name or sub-type in the target"


def keys_in(table: KeyTable) -> set[str]:
    """The match keys of a table."""
    return {field.match_key for field in table.fields}


def any_field_with_any(rule: Rule, sources: Sequence[KeyTable], targets: Sequence[KeyTable]) -> tuple[Comparison, ...]:
    """MANY_TO_MANY: every field of a match key is compared with every other."""
    sides = [
        tuple((table, one) for table in tables for one in combinations_of(rule, table.fields)) for tables in (sources, targets)
    ]
    return (Comparison(sources=sides[0], targets=sides[1]),) if all(sides) else ()


def field_with_its_like(rule: Rule, sources: Sequence[KeyTable], targets: Sequence[KeyTable]) -> tuple[Comparison, ...]:
    """ONE_TO_ONE: a field is compared with the field of the same sub-type, or of the same name where none is given.

    GUESS: a match key with one field on either side compares these whatever their names; the API text speaks of sub-types
    only, and two parties seldom name their columns alike. A job over differently named columns would settle it.
    """
    lone = {key for key in rule.matching_keys if len(slots_of(key, sources)) == len(slots_of(key, targets)) == 1}

    def slots(combination: tuple[KeyField, ...]) -> tuple[str, ...]:
        return tuple("" if field.match_key in lone else field.slot for field in combination)

    found: dict[tuple[str, ...], tuple[list[tuple[KeyTable, tuple[KeyField, ...]]], ...]] = {}
    for side, tables in enumerate((sources, targets)):
        for table in tables:
            for combination in combinations_of(rule, table.fields):
                found.setdefault(slots(combination), ([], []))[side].append((table, combination))
    return tuple(
        Comparison(sources=tuple(source), targets=tuple(target)) for source, target in found.values() if source and target
    )


def slots_of(match_key: str, tables: Sequence[KeyTable]) -> set[str]:
    """The slots that a match key has on a side."""
    return {field.slot for table in tables for field in table.fields if field.match_key == match_key}


COMPARISONS = {
    AttributeMatchingModel.MANY_TO_MANY: any_field_with_any,
    AttributeMatchingModel.ONE_TO_ONE: field_with_its_like,
}


def side_steps(
    side: str, given: Sequence[CompiledTable], tables: Sequence[KeyTable], model: MatchingModel, *, explain: bool
) -> list[Step]:
    """What happens to one side before rules: everyone's keys, the ids, and the surplus rows of those with too many."""
    steps = []
    for number, (one, table) in enumerate(zip(given, tables, strict=True), start=1):
        countries = Countries(model.country, one.countries)
        query = keys_of(side, number, one.schema_mapping, table, countries=countries, limits=model.limits, explain=explain)
        steps.append(Step(name=table.name, query=query, doing=f"normalizing the {side}"))
    ids = f"{side}_ids"
    steps.append(Step(name=ids, query=rows_of_ids(tables), doing=f"counting the rows of each {side} id"))
    steps.append(
        Step(
            name=f"{side}_surplus",
            query=surplus_rows(tables, ids, model.limits),
            doing=f"setting aside {side} rows beyond {model.limits.rows_per_unique_key} an id",
            removed_from=tuple(table.name for table in tables),
        )
    )
    return steps
