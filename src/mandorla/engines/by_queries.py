"""ID mapping by queries: attach both sides' files, run the compiled plan on an engine, write the mapping, say what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mandorla.domain.id_mapping import FieldFill, JunkKey, RuleOutcome, SideCounts
from mandorla.domain.limits import Limits
from mandorla.domain.progress import Report
from mandorla.domain.rules import Rule
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.mapper import MappedIds, MappingTask, SourceTable
from mandorla.match import explain, records
from mandorla.match.compile import CompiledTable, MatchingModel, compile_rules
from mandorla.match.plan import KeyTable, Plan
from mandorla.match.tally import tally_of_ids, tally_of_mapping


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


@dataclass(frozen=True, slots=True)
class QueryMapper:
    """Maps ids on an engine that runs queries."""

    engine: Engine

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.name

    @property
    def keeps(self) -> bool:
        """It does not."""
        return False

    def map_ids(self, task: MappingTask, progress: Report) -> MappedIds:
        """Attach, run the plan's steps, write the mapping."""
        engine, model = self.engine, task.model
        progress("reading the source", 0, 1)
        source = attach("source", task.sources, engine)
        progress("reading the target", 0, 1)
        target = attach("target", task.targets, engine)
        sources, targets = (compiled_tables(engine, side, model) for side in (source, target))
        plan = compile_rules(task.rules, sources, targets, model, explain=task.explained)
        total = len(plan.steps) + 2
        for done, step in enumerate(plan.steps):
            progress(step.doing, done, total)
            engine.keep(step.name, step.query)
            for table in step.removed_from:
                engine.remove(table, step.name)
        progress("counting", total - 1, total)
        mapped = counted(engine, plan, source, target, task)
        engine.write(plan.mapping, task.output, "csv" if task.output.suffix.lower() == ".csv" else "parquet")
        return mapped

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()


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


def counted(engine: Engine, plan: Plan, source: Side, target: Side, task: MappingTask) -> MappedIds:
    """What the finished plan says of itself."""
    mapped_sources = dict(engine.rows(tally_of_mapping("rule")))
    [(mapped, mapped_targets)] = engine.rows(tally_of_mapping())
    fields = (
        [*fills_of(engine, source, plan.source_tables), *fills_of(engine, target, plan.target_tables)] if task.explained else []
    )
    return MappedIds(
        source=counts_of(engine, source, task.model.limits),
        target=counts_of(engine, target, task.model.limits),
        mapped=mapped,
        mapped_targets=mapped_targets,
        rules=tuple(
            outcome_of(engine, plan, rule, mapped_sources, source, target, explained=task.explained) for rule in task.rules
        ),
        fields=tuple(fields),
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
