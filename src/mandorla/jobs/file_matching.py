"""ID mapping of files without a server, as the command line and Python users ask for it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from mandorla.domain.id_mapping import IdMappingResult
from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel, Rule
from mandorla.domain.rules_payload import rules_from
from mandorla.engines.arguments import (
    Files,
    SchemaLike,
    chosen_mapper,
    loaded,
    mapper_for,
    one_of,
    paths,
    region,
    schema_of,
    written_file,
)
from mandorla.engines.json_files import read_json
from mandorla.engines.mapper import SourceTable
from mandorla.engines.source_files import source_files
from mandorla.engines.whole_file import whole_file
from mandorla.jobs.id_mapping import map_ids
from mandorla.match.compile import MatchingModel
from mandorla.normalize import Profile

# Loaded when a report is asked for: what draws pages takes longer to load than a small mapping takes.
MATCHING_PAGE = "mandorla.reports.matching:matching_page"

RulesLike = str | Path | Sequence[Mapping[str, object]] | Sequence[Rule]


def match(
    source: Files,
    source_schema: SchemaLike,
    target: Files,
    target_schema: SchemaLike,
    rules: RulesLike,
    output: str | Path,
    *,
    profile: str = Profile.AMAZON_ADS,
    country: str = "US",
    attribute_matching_model: str = AttributeMatchingModel.MANY_TO_MANY,
    record_matching_model: str = RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET,
    strict_grouping: bool = False,
    engine: str = "auto",
    explain: bool = False,
    report: str | Path | None = None,
    progress: Report = unheard,
) -> IdMappingResult:
    """Map the source's unique ids to the target's by rules, and write source_id, target_id, rule to `output`.

    Files are CSV (gzip too) or Parquet, or folders of them; schemas and rules are paths of JSON files, their content, or
    values of `mandorla.domain`. `report` is where an HTML page that explains the match rate goes. InvalidInputError carries
    every finding; then nothing is written.
    """
    model = MatchingModel(
        profile=one_of(Profile, profile, "--profile"),
        country=region(country),
        attribute_matching_model=one_of(AttributeMatchingModel, attribute_matching_model, "--attribute-matching-model"),
        record_matching_model=one_of(RecordMatchingModel, record_matching_model, "--record-matching-model"),
        strict_grouping=strict_grouping,
    )
    sources = [SourceTable(files=source_files(paths(source)), schema_mapping=schema_of(source_schema))]
    targets = [SourceTable(files=source_files(paths(target)), schema_mapping=schema_of(target_schema))]
    listed = rules_of(rules)
    tables = (*sources, *targets)
    inputs = [file for table in tables for file in table.files]
    destination = written_file(output, "--output", inputs)
    page = written_file(report, "--report", inputs) if report else None
    explained = explain or page is not None
    name, why = mapper_for(tables, explained=explained) if engine == "auto" else (engine, "")
    with closing(chosen_mapper(name)) as mapper:
        result = map_ids(
            mapper,
            sources,
            targets,
            listed,
            model,
            output=destination,
            explained=explained,
            progress=progress,
        )
    result = replace(result, engine_reason=why)
    if page:
        with whole_file(page) as aside:
            aside.write_text(loaded(MATCHING_PAGE)(result), encoding="utf-8")
    return result


def rules_of(rules: RulesLike) -> tuple[Rule, ...]:
    """Rules from whatever names them."""
    if isinstance(rules, str | Path):
        return rules_from(read_json(Path(rules)), str(rules))
    if rules and isinstance(rules[0], Rule):
        return tuple(rule for rule in rules if isinstance(rule, Rule))
    return rules_from(rules)
