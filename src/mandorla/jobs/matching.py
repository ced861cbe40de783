"""One matching run: attach the tables, group their records rule by rule, and write who belongs together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import Rule
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.source_files import SourceFile
from mandorla.match.compile import CompiledTable, MatchingModel
from mandorla.match.group_files import (
    OutputField,
    OutputTable,
    columns_to_attach,
    error_rows,
    group_tally,
    success_rows,
    with_match_ids,
)
from mandorla.match.groups import all_groups, bonds_of, changes, compile_groups, first_labels, spread_labels
from mandorla.match.plan import CompiledRule
from mandorla.match.records import countries_in
from mandorla.match.tally import deletions_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingTable:
    """A table whose records are matched with each other and with those of the other tables."""

    input_source_arn: str
    files: tuple[SourceFile, ...]
    schema_mapping: SchemaMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingJobMetrics:
    """The metrics of a matching job, under the service model's names."""

    input_records: int
    total_records_processed: int
    records_not_processed: int
    delete_records_processed: int
    match_ids: int


def match_records(
    engine: Engine,
    tables: Sequence[MatchingTable],
    rules: Sequence[Rule],
    model: MatchingModel,
    *,
    fields: Sequence[OutputField],
    salt: str,
    folder: Path,
    progress: Report = unheard,
) -> MatchingJobMetrics:
    """Match records and write `success.csv` and `error.csv` into the folder. InvalidInputError names a broken file."""
    attached = [attach(engine, number, table, fields) for number, table in enumerate(tables, start=1)]
    plan = compile_groups(rules, [compiled(engine, number, one, model) for number, one in enumerate(tables, start=1)], model)
    total = len(plan.steps) + len(plan.rules) + 1
    for done, step in enumerate(plan.steps):
        progress(step.doing, done, total)
        engine.keep(step.name, step.query)
    groups: list[tuple[str, str]] = []
    for done, rule in enumerate(plan.rules, start=len(plan.steps)):
        progress(f"matching by rule {rule.number}, {rule.rule_name}", done, total)
        groups.append((grouped_by(engine, rule, [name for name, _ in groups]), rule.rule_name))
    progress("writing", total - 1, total)
    engine.keep("grouped", all_groups(groups))
    engine.keep("match_ids", with_match_ids(salt))
    outputs = [output_table(number, one, table) for number, (one, table) in enumerate(zip(tables, attached, strict=True), 1)]
    processed = engine.write(success_rows(outputs, fields), folder / "success.csv", "csv")
    engine.write(error_rows(outputs), folder / "error.csv", "csv")
    [(match_ids,)] = engine.rows(group_tally())
    records = sum(table.row_count + len(table.rejected_rows) for table in attached)
    deleted = sum(deleted_rows(engine, number, one) for number, one in enumerate(tables, start=1))
    return MatchingJobMetrics(
        input_records=records,
        total_records_processed=processed + deleted,
        records_not_processed=records - processed - deleted,
        delete_records_processed=deleted,
        match_ids=match_ids,
    )


def attach(engine: Engine, number: int, table: MatchingTable, fields: Sequence[OutputField]) -> AttachedTable:
    """A table with the columns that matching and output need."""
    have = table.files[0].columns
    return engine.attach(f"source_{number}", table.files, columns_to_attach(table.schema_mapping, have, fields))


def compiled(engine: Engine, number: int, table: MatchingTable, model: MatchingModel) -> CompiledTable:
    """What the plan has to know of a table."""
    rows = engine.rows(countries_in("source", number, table.schema_mapping, model.country))
    return CompiledTable(table.schema_mapping, frozenset({code for (code,) in rows} or {model.country}))


def grouped_by(engine: Engine, rule: CompiledRule, earlier: Sequence[str]) -> str:
    """The name of the kept labels of a rule's groups, closed under agreement."""
    bonds = f"bonds_of_rule_{rule.number}"
    labels = f"labels_of_rule_{rule.number}"
    engine.keep(bonds, bonds_of(rule, earlier))
    engine.keep(labels, first_labels(bonds))
    spread = 0
    while True:
        spread += 1
        after = f"{labels}_{spread}"
        engine.keep(after, spread_labels(bonds, labels))
        [(changed,)] = engine.rows(changes(labels, after))
        labels = after
        if not changed:
            return labels


def output_table(number: int, table: MatchingTable, attached: AttachedTable) -> OutputTable:
    """A table as its rows are written."""
    return OutputTable(
        number=number,
        input_source_arn=table.input_source_arn,
        schema_mapping=table.schema_mapping,
        columns=attached.columns,
    )


def deleted_rows(engine: Engine, number: int, table: MatchingTable) -> int:
    """How many rows of a table its DELETE column marks."""
    query = deletions_of(f"source_{number}", table.schema_mapping)
    return 0 if query is None else int(engine.rows(query)[0][0])
