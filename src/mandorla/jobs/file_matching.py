"""ID mapping of files without a server, as the command line and Python users ask for it."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from mandorla.domain.id_mapping import IdMappingResult
from mandorla.domain.progress import Report, unheard
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel, Rule
from mandorla.domain.rules_payload import rules_from
from mandorla.engines.arguments import Files, SchemaLike, chosen_engine, paths, region, schema_of
from mandorla.engines.json_files import read_json
from mandorla.engines.source_files import refused, source_files
from mandorla.jobs.id_mapping import SourceTable, map_ids
from mandorla.match.compile import MatchingModel
from mandorla.normalize import Profile

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
    progress: Report = unheard,
) -> IdMappingResult:
    """Map the source's unique ids to the target's by rules, and write source_id, target_id, rule to `output`.

    Files are CSV (gzip too) or Parquet, or folders of them; schemas and rules are paths of JSON files, their content, or
    values of `mandorla.domain`. InvalidInputError carries every finding; then nothing is written.
    """
    model = MatchingModel(
        profile=Profile(profile),
        country=region(country),
        attribute_matching_model=AttributeMatchingModel(attribute_matching_model),
        record_matching_model=RecordMatchingModel(record_matching_model),
        strict_grouping=strict_grouping,
    )
    sources = [SourceTable(files=source_files(paths(source)), schema_mapping=schema_of(source_schema))]
    targets = [SourceTable(files=source_files(paths(target)), schema_mapping=schema_of(target_schema))]
    listed = rules_of(rules)
    destination = Path(output)
    if not destination.parent.is_dir():
        raise refused("FOLDER_MISSING", destination.parent, "there is no such folder", "make it, or write elsewhere")
    with closing(chosen_engine(engine)) as chosen:
        return map_ids(chosen, sources, targets, listed, model, output=destination, explained=explain, progress=progress)


def rules_of(rules: RulesLike) -> tuple[Rule, ...]:
    """Rules from whatever names them."""
    if isinstance(rules, str | Path):
        return rules_from(read_json(Path(rules)), str(rules))
    if rules and isinstance(rules[0], Rule):
        return tuple(rule for rule in rules if isinstance(rule, Rule))
    return rules_from(rules)
