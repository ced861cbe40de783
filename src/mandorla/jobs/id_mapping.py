"""One ID mapping: whoever maps writes the mapping; here stands what is said of it."""

from collections.abc import Sequence
from pathlib import Path

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.id_mapping import IdMappingJobMetrics, IdMappingResult, RuleOutcome, SideCounts
from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import Rule
from mandorla.engines.mapper import MappedIds, Mapper, MappingTask, SourceTable
from mandorla.engines.source_files import missing_columns_of
from mandorla.match.compile import MatchingModel


def map_ids(
    mapper: Mapper,
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
    task = MappingTask(
        sources=tuple(sources), targets=tuple(targets), rules=tuple(rules), model=model, output=output, explained=explained
    )
    mapped = run(mapper, task, progress)
    return IdMappingResult(
        output=str(output),
        profile=model.profile.value,
        engine=mapper.name,
        attribute_matching_model=model.attribute_matching_model.value,
        record_matching_model=model.record_matching_model.value,
        metrics=metrics_of(mapped),
        source=mapped.source,
        target=mapped.target,
        rules=mapped.rules,
        fields=mapped.fields,
        warnings=tuple(warnings_of(mapped.source, mapped.target, mapped.rules)),
    )


def run(mapper: Mapper, task: MappingTask, progress: Report) -> MappedIds:
    """Run a task, once every file has the columns that its schema mapping names; InvalidInputError as of `map_ids`."""
    findings = [
        finding
        for table in (*task.sources, *task.targets)
        for file in table.files
        for finding in missing_columns_of(file, table.schema_mapping.column_names)
    ]
    if findings:
        raise InvalidInputError(findings)
    mapped = mapper.map_ids(task, progress)
    progress("done", 1, 1)
    return mapped


def metrics_of(found: MappedIds) -> IdMappingJobMetrics:
    """The metrics of a first run over everything: what is mapped is new, and nothing is removed."""
    source, target, mapped, mapped_targets = found.source, found.target, found.mapped, found.mapped_targets
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


def warnings_of(source: SideCounts, target: SideCounts, rules: Sequence[RuleOutcome]) -> list[str]:
    """What the user should know without asking."""
    warnings = [f"Rule '{one.rule.rule_name}' is skipped: {one.skipped_because}." for one in rules if one.skipped_because]
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
