"""One ID mapping: attach both sides' files, run the plan, write the mapping, and say what happened and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.id_mapping import FieldFill, IdMappingJobMetrics, IdMappingResult, JunkKey, RuleOutcome, SideCounts
from mandorla.domain.limits import Limits
from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import Rule
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.source_files import SourceFile, missing_columns_of
from mandorla.match import explain, records
from mandorla.match.compile import CompiledTable, MatchingModel, compile_rules
from mandorla.match.plan import KeyTable, Plan
from mandorla.match.tally import tally_of_ids, tally_of_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A table of one side: its files, which belong together, and the schema mapping that reads them."""

    files: tuple[SourceFile, ...]
    schema_mapping: SchemaMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side, attached: its tables as queries name them, and as they came."""

    name: str
    tables: tuple[SourceTable, ...]
    attached: tuple[AttachedTable, ...]

    @property
    def mappings(self) -> list[SchemaMapping]:
        """The schema mappings of the tables."""
        return [table.schema_mapping for table in self.tables]


def map_ids(
    engine: Engine,
    sources: Sequence[SourceTable],
    targets: Sequence[SourceTable],
    rules: Sequence[Rule],
    model: MatchingModel,
    *,
    output: Path,
    explained: bool = False,
    progress: Report = unheard,
) -> IdMappingResult:
    """Map source ids to target ids and write source_id, target_id, rule to `output` (Parquet, or CSV by its suffix).

    InvalidInputError names every file, column or row that stands in the way; then nothing is written.
    """
    findings = [
        finding
        for table in (*sources, *targets)
        for file in table.files
        for finding in missing_columns_of(file, table.schema_mapping.column_names)
    ]
    if findings:
        raise InvalidInputError(findings)
    progress("reading the source", 0, 1)
    source = attach("source", sources, engine)
    progress("reading the target", 0, 1)
    target = attach("target", targets, engine)
    plan = compile_rules(
        rules, compiled_tables(engine, source, model), compiled_tables(engine, target, model), model, explain=explained
    )
    total = len(plan.steps) + 2
    for done, step in enumerate(plan.steps):
        progress(step.doing, done, total)
        engine.keep(step.name, step.query)
        for table in step.removed_from:
            engine.remove(table, step.name)
    progress("counting", total - 1, total)
    result = result_of(engine, plan, source, target, rules, model, output=output, explained=explained)
    engine.write(plan.mapping, output, "csv" if output.suffix.lower() == ".csv" else "parquet")
    progress("done", total, total)
    return result


def compiled_tables(engine: Engine, side: Side, model: MatchingModel) -> list[CompiledTable]:
    """What the plan has to know of a side's tables."""
    found = []
    for number, mapping in enumerate(side.mappings, start=1):
        codes = {model.country}
        if mapping.country is not None:
            codes = {code for (code,) in engine.rows(records.countries_in(side.name, number, mapping, model.country))}
        found.append(CompiledTable(mapping, frozenset(codes or {model.country})))
    return found


def attach(side: str, tables: Sequence[SourceTable], engine: Engine) -> Side:
    """Attach a side's tables under the names that the plan uses."""
    attached = tuple(
        engine.attach(f"{side}_{number}", table.files, table.schema_mapping.column_names)
        for number, table in enumerate(tables, start=1)
    )
    return Side(name=side, tables=tuple(tables), attached=attached)


def result_of(
    engine: Engine,
    plan: Plan,
    source: Side,
    target: Side,
    rules: Sequence[Rule],
    model: MatchingModel,
    *,
    output: Path,
    explained: bool,
) -> IdMappingResult:
    """What the finished plan says of itself."""
    source_counts, target_counts = counts_of(engine, source, model.limits), counts_of(engine, target, model.limits)
    mapped_sources = dict(engine.rows(tally_of_mapping("rule")))
    [(mapped, mapped_targets)] = engine.rows(tally_of_mapping())
    return IdMappingResult(
        output=str(output),
        profile=model.profile.value,
        engine=engine.name,
        attribute_matching_model=model.attribute_matching_model.value,
        record_matching_model=model.record_matching_model.value,
        metrics=metrics_of(source_counts, target_counts, mapped, mapped_targets),
        source=source_counts,
        target=target_counts,
        rules=tuple(outcome_of(engine, plan, rule, mapped_sources, source, target, explained=explained) for rule in rules),
        fields=(*fills_of(engine, source, plan.source_tables), *fills_of(engine, target, plan.target_tables))
        if explained
        else (),
        warnings=tuple(warnings_of(source_counts, target_counts, plan)),
    )


def counts_of(engine: Engine, side: Side, limits: Limits) -> SideCounts:
    """How many records a side has, and how many take part."""
    unreadable = sum(len(table.rejected_rows) for table in side.attached)
    readable = sum(table.row_count for table in side.attached)
    [(counted, unique, surplus, crowded, deleted)] = engine.rows(tally_of_ids(side.name, side.mappings, limits))
    return SideCounts(
        input_records=readable + unreadable,
        unreadable_records=unreadable,
        records_without_id=readable - counted - deleted,
        rows_beyond_limit=surplus,
        ids_beyond_limit=crowded,
        delete_records=deleted,
        unique_records=unique,
    )


def metrics_of(source: SideCounts, target: SideCounts, mapped: int, mapped_targets: int) -> IdMappingJobMetrics:
    """The metrics of a first run over everything: what is mapped is new, and nothing is removed."""
    unique = source.unique_records + target.unique_records
    return IdMappingJobMetrics(
        input_records=source.input_records + target.input_records,
        total_records_processed=source.records_processed + target.records_processed,
        records_not_processed=source.records_not_processed + target.records_not_processed,
        delete_records_processed=source.delete_records + target.delete_records,
        total_mapped_records=mapped,
        total_mapped_source_records=mapped,
        total_mapped_target_records=mapped_targets,
        unique_records_loaded=unique,
        new_mapped_records=mapped,
        new_mapped_source_records=mapped,
        new_mapped_target_records=mapped_targets,
        new_unique_records_loaded=unique,
        mapped_records_removed=0,
        mapped_source_records_removed=0,
        mapped_target_records_removed=0,
    )


def outcome_of(
    engine: Engine, plan: Plan, rule: Rule, mapped_sources: dict[str, int], source: Side, target: Side, *, explained: bool
) -> RuleOutcome:
    """What a rule brought, and, where it is explained, all that agree on it and the keys that too many share."""
    skipped = {one.rule_name: one.reason for one in plan.skipped_rules}
    if rule.rule_name in skipped:
        zero = 0 if explained else None
        return RuleOutcome(
            rule=rule,
            mapped_sources=0,
            skipped_because=skipped[rule.rule_name],
            candidate_pairs=zero,
            candidate_sources=zero,
            candidate_targets=zero,
        )
    mapped = mapped_sources.get(rule.rule_name, 0)
    if not explained:
        return RuleOutcome(rule=rule, mapped_sources=mapped)
    [compiled] = [one for one in plan.rules if one.rule_name == rule.rule_name]
    [(pairs, candidate_sources, candidate_targets)] = engine.rows(explain.candidates_of(compiled))
    junk_keys = tuple(
        JunkKey(
            sources=row[0],
            targets=row[1],
            example_source_place=place_in(source, row[2]),
            example_target_place=place_in(target, row[3]),
        )
        for row in engine.rows(explain.junk_keys_of(compiled))
    )
    return RuleOutcome(
        rule=rule,
        mapped_sources=mapped,
        candidate_pairs=pairs,
        candidate_sources=candidate_sources,
        candidate_targets=candidate_targets,
        junk_keys=junk_keys,
    )


def place_in(side: Side, place: int) -> str:
    """A row's place for people: the file, and the row in it."""
    table_number, file_number, row_number = records.place_of(place)
    file = side.tables[table_number - 1].files[file_number - 1]
    return f"{file.path.name}, row {row_number}"


def fills_of(engine: Engine, side: Side, tables: Sequence[KeyTable]) -> list[FieldFill]:
    """How the fields of every match key of a side are filled."""
    fills = []
    for table in tables:
        [(count, *filled_and_usable)] = engine.rows(explain.fill_of(table))
        pairs: list[tuple[Any, Any]] = list(zip(filled_and_usable[::2], filled_and_usable[1::2], strict=True))
        fills += [
            FieldFill(
                side=side.name,
                match_key=field.match_key,
                columns=field.columns,
                hashed=field.hashed,
                records=count,
                filled=filled,
                rejected=filled - usable,
                reject_reason=field.normalizer.rejects,
            )
            for field, (filled, usable) in zip(table.fields, pairs, strict=True)
        ]
    return fills


def warnings_of(source: SideCounts, target: SideCounts, plan: Plan) -> list[str]:
    """What the user should know without asking."""
    warnings = [f"Rule '{rule.rule_name}' is skipped: {rule.reason}." for rule in plan.skipped_rules]
    for name, side in (("source", source), ("target", target)):
        if side.unreadable_records:
            warnings.append(f"{side.unreadable_records} rows of the {name} could not be read; mandorla check names them.")
        if side.records_without_id:
            warnings.append(f"{side.records_without_id} rows of the {name} have no usable unique id.")
        if side.rows_beyond_limit:
            warnings.append(
                f"{side.rows_beyond_limit} rows of the {name} are beyond the first 25 of their unique id "
                f"({side.ids_beyond_limit} ids); mandorla prepare --collapse keeps them."
            )
    return warnings
