"""mandorla match: an ID mapping from files, without a server."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from mandorla.cli.output import print_json, progress
from mandorla.domain.id_mapping import IdMappingResult, RuleOutcome
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel
from mandorla.engines import ENGINES, MAPPERS
from mandorla.jobs.file_matching import match
from mandorla.normalize import Profile

# What --engine takes.
EngineName = StrEnum("EngineName", [(name.upper(), name) for name in ("auto", *ENGINES, *MAPPERS)])  # type: ignore[misc]  # a table's names
AUTO = EngineName("auto")


HELP = """Map the unique ids of one table of people to those of another, by rules in order.

Example: mandorla match --source customers.parquet --source-schema customers.json --target users.csv
--target-schema users.json --rules rules.json --output map.parquet --explain
"""


def command(
    source: Annotated[list[Path], typer.Option(help="The advertiser's file or folder; may be given several times.")],
    source_schema: Annotated[Path, typer.Option(help="Body of CreateSchemaMapping for the source, as JSON.")],
    target: Annotated[list[Path], typer.Option(help="The other party's file or folder; may be given several times.")],
    target_schema: Annotated[Path, typer.Option(help="Body of CreateSchemaMapping for the target, as JSON.")],
    rules: Annotated[Path, typer.Option(help='[{"ruleName": "email", "matchingKeys": ["Email"]}, …], as JSON.')],
    output: Annotated[Path, typer.Option(help="The mapping: source_id, target_id, rule (.parquet or .csv).")],
    profile: Annotated[Profile, typer.Option(help="Whose normalization rules hold.")] = Profile.AMAZON_ADS,
    country: Annotated[str, typer.Option(help="Where a row without a country column is read.")] = "US",
    attribute_matching_model: Annotated[
        AttributeMatchingModel, typer.Option(help="Compare a match key's fields with their like, or any with any.")
    ] = AttributeMatchingModel.MANY_TO_MANY,
    record_matching_model: Annotated[
        RecordMatchingModel, typer.Option(help="How many sources may keep the same target.")
    ] = RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET,
    strict_grouping: Annotated[
        bool, typer.Option("--strict-grouping", help="Leave ungrouped sub-types as they are (profile entity-resolution).")
    ] = False,
    engine: Annotated[EngineName, typer.Option(help="Who computes.")] = AUTO,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page that explains the match rate.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why the match rate is what it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print metrics as JSON.")] = False,
) -> None:
    """Run the mapping and print what came of it."""
    with progress(shown=not as_json) as moved:
        result = match(
            source,
            source_schema,
            target,
            target_schema,
            rules,
            output,
            profile=profile,
            country=country,
            attribute_matching_model=attribute_matching_model,
            record_matching_model=record_matching_model,
            strict_grouping=strict_grouping,
            engine=engine,
            explain=explain,
            report=report,
            progress=moved,
        )
    if as_json:
        print_json(as_document(result, explained=explain))
    else:
        import_module("mandorla.cli.match_tables").print_result(result, explained=explain)


command.__doc__ = HELP


def as_document(result: IdMappingResult, *, explained: bool) -> dict[str, object]:
    """The job's metrics under Entity Resolution's names, the rules, and what explains them."""
    document: dict[str, object] = {
        **result.metrics.as_json(),
        "rules": [rule_document(outcome, explained=explained) for outcome in result.rules],
        "matchRate": round(result.match_rate, 6),
        "source": side_document(result, "source"),
        "target": side_document(result, "target"),
        "profile": result.profile,
        "engine": result.engine,
        **({"engineReason": result.engine_reason} if result.engine_reason else {}),
        "attributeMatchingModel": result.attribute_matching_model,
        "recordMatchingModel": result.record_matching_model,
        "output": result.output,
        "warnings": list(result.warnings),
    }
    if explained:
        document["matchKeys"] = match_keys_document(result)
    return document


def rule_document(outcome: RuleOutcome, *, explained: bool) -> dict[str, object]:
    """One rule: its mapped sources, and with an explanation its candidates and the keys that too many share."""
    document: dict[str, object] = {
        "ruleName": outcome.rule.rule_name,
        "matchingKeys": list(outcome.rule.matching_keys),
        "mappedSources": outcome.mapped_sources,
    }
    if outcome.skipped_because:
        document["skippedBecause"] = outcome.skipped_because
    if explained:
        document["candidatePairs"] = outcome.candidate_pairs
        document["candidateSources"] = outcome.candidate_sources
        document["candidateTargets"] = outcome.candidate_targets
        document["junkKeys"] = [
            {
                "sources": key.sources,
                "targets": key.targets,
                "exampleSourcePlace": key.example_source_place,
                "exampleTargetPlace": key.example_target_place,
            }
            for key in outcome.junk_keys
        ]
    return document


def side_document(result: IdMappingResult, side: str) -> dict[str, int]:
    """The records of one side."""
    counts = getattr(result, side)
    return {
        "inputRecords": counts.input_records,
        "recordsProcessed": counts.records_processed,
        "recordsNotProcessed": counts.records_not_processed,
        "unreadableRecords": counts.unreadable_records,
        "recordsWithoutId": counts.records_without_id,
        "rowsBeyondLimit": counts.rows_beyond_limit,
        "idsBeyondLimit": counts.ids_beyond_limit,
        "uniqueRecords": counts.unique_records,
    }


def match_keys_document(result: IdMappingResult) -> list[dict[str, object]]:
    """Each field of each match key: how it is filled, and what normalization rejects."""
    return [
        {
            "matchKey": fill.match_key,
            "side": fill.side,
            "columns": list(fill.columns),
            "hashed": fill.hashed,
            "records": fill.records,
            "filled": fill.filled,
            "rejected": fill.rejected,
            "rejectReason": fill.reject_reason,
            "fillRate": round(fill.fill_rate, 6),
        }
        for fill in result.fields
    ]
