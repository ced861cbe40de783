"""The steps of a preparation, on an engine: attach, normalize, find what repeats, lay out, write, and tell."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.finding import Finding
from mandorla.domain.limits import Limits
from mandorla.domain.preparation import PreparationCounts, PreparationResult, PreparedColumn, PreparedLocation
from mandorla.domain.progress import Report
from mandorla.domain.schema_mapping import GROUP_ORDER, AttributeType, InputField, SchemaMapping
from mandorla.engines import collapse_queries
from mandorla.engines import preparation_queries as queries
from mandorla.engines.collapse_queries import WIDE, wide_column
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.preparation_queries import DUPLICATES, KEPT, PREPARED, REPEATED, SOURCE, Writing, WrittenColumn
from mandorla.engines.source_files import SourceFile, refused
from mandorla.match.records import Countries
from mandorla.normalize import Profile
from mandorla.prepare.advice import findings_of_columns, findings_of_counts, findings_of_locations
from mandorla.prepare.columns import ColumnPlan, column_plans, lowered
from mandorla.prepare.headers import RESERVED, check_columns, findings_of_headers, findings_of_unmapped
from mandorla.prepare.layout import OutputColumn, bundles_of, plain_columns, wide_columns
from mandorla.prepare.locations import Location, Together, dealt
from mandorla.prepare.output_folder import REPORT
from mandorla.prepare.payloads import glue_table, schema_payload, table_name
from mandorla.prepare.proposed_schema import ProposedSchema, findings_of_proposal, proposed_schema
from mandorla.prepare.rejected_rows import write_rejected_rows
from mandorla.prepare.rules.postal_zeros import lost_zeros
from mandorla.reports.preparation import preparation_page

STEPS = 6
DATA, SCHEMA_PAYLOAD, GLUE_TABLE, PAGE = "data", "create-schema-mapping.json", "glue-table.json", "report.html"
REJECTED = "rejected.csv"
PHONES = frozenset({AttributeType.PHONE, AttributeType.PHONE_NUMBER})
ADDRESSES = frozenset({AttributeType.ADDRESS, *GROUP_ORDER[AttributeType.ADDRESS]}) - {AttributeType.ADDRESS_COUNTRY}
# The types whose normalized values still mean something else in another country. Amazon Ads' rule cuts and checks postal codes
# by country (its phones are written with a plus where that matters); Entity Resolution's puts calling codes before phones.
READ_BY_COUNTRY = {
    Profile.AMAZON_ADS: frozenset({AttributeType.ADDRESS_POSTALCODE}),
    Profile.ENTITY_RESOLUTION: PHONES | ADDRESSES,
    Profile.NONE: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, every argument checked."""

    files: tuple[SourceFile, ...]
    schema_mapping: SchemaMapping | None
    output: Path
    page: Path | None
    file_format: str
    hashing: bool
    profile: Profile
    country: str
    collapsing: bool
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The files as a table, the mapping that reads them, and what becomes of each column."""

    table: AttachedTable
    mapping: SchemaMapping
    proposed: ProposedSchema | None
    plans: tuple[ColumnPlan, ...]
    countries: Countries


def prepare_into(folder: Path, request: Request, engine: Engine, progress: Report) -> PreparationResult:
    """Do the work in a folder that is about to become the output."""
    progress("reading the files", 0, STEPS)
    attached = attach(request, engine)
    progress("normalizing", 1, STEPS)
    values = [plan.value for plan in attached.plans]
    rows = queries.prepared_rows(attached.mapping, values, countries=attached.countries, limits=request.limits)
    engine.keep(PREPARED, rows)
    progress("looking for duplicates", 2, STEPS)
    duplicate_rows = keep_rows(engine, len(values))
    progress("laying out the columns", 3, STEPS)
    table, columns = laid_out(attached.plans, request, engine)
    progress("writing the data", 4, STEPS)
    deal = dealt(columns, request.limits, lambda: blocks_together(engine, attached.plans))
    locations = write_locations(folder, table, deal.locations, attached, request, engine)
    progress("writing the report", 5, STEPS)
    rejected_rows = write_rejected_rows(
        folder / REJECTED,
        attached.table.rejected_rows,
        engine.batches(queries.rows_without_id(attached.mapping, request.limits)),
        request.files,
    )
    counts = counts_of(engine, table, attached, duplicate_rows, locations, request.limits)
    columns_read = columns_of(engine, attached)
    zeros = lost_zeros(engine, SOURCE, attached.mapping, request.country)
    result = result_of(request, attached, counts, rejected_rows, locations, columns_read, keeps=deal.keeps, zeros=zeros)
    write_reports(folder, result, request)
    progress("done", STEPS, STEPS)
    return result


def attach(request: Request, engine: Engine) -> Attached:
    """The files as one table; the mapping is proposed where none was given."""
    if request.schema_mapping is not None:
        mapping, proposed = lowered(request.schema_mapping), None
        check_columns(request.files, mapping)
        table = engine.attach(SOURCE, request.files, mapping.column_names)
    else:
        first, *others = request.files
        shared = [column for column in first.columns if all(column in other.columns for other in others)]
        columns = [column for column in shared if column not in RESERVED]
        if not columns:
            raise refused("HEADERS_DIFFER", names_of(request.files), "no column is in all files", "give files of one table")
        table = engine.attach(SOURCE, request.files, columns)
        schema_name = "".join(letter if letter.isalnum() else "-" for letter in first.path.name.partition(".")[0].lower())
        proposed = proposed_schema(engine, columns, schema_name=schema_name or "identity", where=str(first.path))
        mapping = proposed.mapping
    plans = column_plans(mapping, request.profile, hashing=request.hashing)
    met = frozenset(code for (code,) in engine.rows(queries.countries_in(mapping, request.country)))
    countries = Countries(request.country, met | {request.country})
    return Attached(table=table, mapping=mapping, proposed=proposed, plans=plans, countries=countries)


def names_of(files: Sequence[SourceFile]) -> str:
    """The files as a finding names them all."""
    return ", ".join(str(file.path) for file in files)


def keep_rows(engine: Engine, count: int) -> int:
    """Find repeated ids and duplicate rows, and give the rows that stay a name; the number of duplicates."""
    has_repeats = engine.keep(REPEATED, queries.repeated_ids()) > 0
    duplicate_rows = engine.keep(DUPLICATES, queries.duplicates(count)) if has_repeats else 0
    engine.define(KEPT, queries.kept_rows(has_duplicates=duplicate_rows > 0))
    return duplicate_rows


def laid_out(plans: Sequence[ColumnPlan], request: Request, engine: Engine) -> tuple[str, tuple[OutputColumn, ...]]:
    """The table to write from, and the columns of the output."""
    if not request.collapsing:
        return KEPT, plain_columns(plans)
    bundles = bundles_of(plans)
    engine.keep(
        collapse_queries.REPEATED_ROWS,
        collapse_queries.repeated_rows(countries_apart=has_to_keep_countries_apart(plans, request.profile)),
    )
    counts = []
    for number, bundle in enumerate(bundles):
        engine.keep(collapse_queries.numbered_table(number), collapse_queries.numbered_bundles(bundle))
        counts.append(int(engine.rows(collapse_queries.most_bundles(number))[0][0]))
    engine.keep(WIDE, collapse_queries.wide_rows(list(zip(bundles, counts, strict=True))))
    return WIDE, wide_columns(plans, bundles, counts)


def blocks_together(engine: Engine, plans: Sequence[ColumnPlan]) -> list[Together]:
    """Which blocks stood together in one row of those that were collapsed."""
    found = engine.rows(collapse_queries.bundles_together(bundles_of(plans)))
    return [tuple((bundle, nth) for bundle, nth in enumerate(row) if nth is not None) for row in found]


def has_to_keep_countries_apart(plans: Sequence[ColumnPlan], profile: Profile) -> bool:
    """True if values that are written raw would be read in another country once they stand in another row's columns.

    A row has one country only, so the rows of one id then become one row for each country that they name.
    """
    types = {plan.field.type for plan in plans if not plan.field.hashed}
    return AttributeType.ADDRESS_COUNTRY in types and bool(types & READ_BY_COUNTRY[profile])


def write_locations(
    folder: Path, table: str, locations: Sequence[Location], attached: Attached, request: Request, engine: Engine
) -> tuple[PreparedLocation, ...]:
    """Write each location's data, schema mapping and Glue table."""
    country = country_column(attached.plans, table)
    written = []
    for number, location in enumerate(locations, start=1):
        is_alone = len(locations) == 1
        place = Path() if is_alone else Path(f"part-{number}")
        name = attached.mapping.schema_name if is_alone else f"{attached.mapping.schema_name}-part-{number}"
        rows = table
        if not is_alone:
            rows = f"rows_of_location_{number}"
            names = names_in_table(location.columns)
            needed = [[names_in_table(group) for group in groups] for groups in location.needed]
            engine.keep(rows, queries.rows_of_location(table, ["unique_id", *names], needed, country))
        mapping = SchemaMapping(schema_name=name, mapped_input_fields=fields_of(location, attached))
        columns = written_columns(location, mapping)
        data = place / DATA / f"identity.{request.file_format}"
        (folder / data.parent).mkdir(parents=True)
        region = queries.region_of(country, attached.countries)
        count = engine.write(queries.written_rows(rows, columns, region), folder / data, request.file_format)
        write_json(folder / place / SCHEMA_PAYLOAD, schema_payload(mapping))
        write_json(folder / place / GLUE_TABLE, glue_table(mapping, mapping.column_names, request.file_format))
        written.append(
            PreparedLocation(
                data=str(request.output / data),
                schema_payload=str(request.output / place / SCHEMA_PAYLOAD),
                glue_table=str(request.output / place / GLUE_TABLE),
                table_name=table_name(name),
                columns=mapping.column_names,
                rows=count,
                schema_mapping=mapping,
            )
        )
    return tuple(written)


def names_in_table(columns: Sequence[OutputColumn]) -> list[str]:
    """What the engine's table calls the columns."""
    return [column.written.column for column in columns]


def country_column(plans: Sequence[ColumnPlan], table: str) -> str | None:
    """The column of the table that tells in which country a written row is read, if any."""
    for number, plan in enumerate(plans):
        if plan.field.type is AttributeType.ADDRESS_COUNTRY and not plan.field.hashed:
            return wide_column(number, 1) if table == WIDE else f"value_{number}"
    return None


def fields_of(location: Location, attached: Attached) -> tuple[InputField, ...]:
    """The fields of a location's schema mapping: the unique id where it stood, the others in their order."""
    unique_id = attached.mapping.unique_id
    fields = [column.field for column in location.columns]
    before = [field.field_name for field in attached.mapping.mapped_input_fields].index(unique_id.field_name)
    place = min(before, len(fields)) if not location.needed else 0
    return (*fields[:place], InputField(field_name=unique_id.field_name, type=unique_id.type), *fields[place:])


def written_columns(location: Location, mapping: SchemaMapping) -> list[WrittenColumn]:
    """The columns of a location in the order of its schema mapping, which is that of its Glue table."""
    columns = {column.field.field_name: column.written for column in location.columns}
    unique_id = mapping.unique_id.field_name
    columns[unique_id] = WrittenColumn(name=unique_id, column="unique_id", writing=Writing.PLAIN)
    return [columns[name] for name in mapping.column_names]


def counts_of(
    engine: Engine,
    table: str,
    attached: Attached,
    duplicate_rows: int,
    locations: Sequence[PreparedLocation],
    limits: Limits,
) -> PreparationCounts:
    """Rows and unique ids, read and written."""
    [(prepared, *_)] = engine.rows(queries.tally_of_values(0))
    repeated = dict(engine.rows(queries.ids_by_rows(KEPT)))
    single = prepared - duplicate_rows - sum(rows * ids for rows, ids in repeated.items())
    as_written = repeated if table == KEPT else dict(engine.rows(queries.ids_by_rows(table)))
    by_rows = {1: single} | {rows: ids + (single if rows == 1 else 0) for rows, ids in as_written.items()}
    beyond = {rows - limits.rows_per_unique_key: ids for rows, ids in by_rows.items() if rows > limits.rows_per_unique_key}
    unreadable = len(attached.table.rejected_rows)
    return PreparationCounts(
        rows_read=attached.table.row_count + unreadable,
        rows_rejected=attached.table.row_count - prepared + unreadable,
        duplicate_rows=duplicate_rows,
        rows_written=locations[0].rows,
        unique_ids=single + sum(repeated.values()),
        rows_beyond_limit=sum(rows * ids for rows, ids in beyond.items()),
        ids_beyond_limit=sum(beyond.values()),
        keys_by_rows=tuple(sorted((rows, ids) for rows, ids in by_rows.items() if ids)),
    )


def columns_of(engine: Engine, attached: Attached) -> tuple[PreparedColumn, ...]:
    """How each column is filled, and what normalization rejected of it."""
    [(rows, *tally)] = engine.rows(queries.tally_of_values(len(attached.plans)))
    confidence = attached.proposed.confidence if attached.proposed else {}
    unique_id = attached.mapping.unique_id
    identifier = PreparedColumn(
        name=unique_id.field_name,
        read_from=(unique_id.field_name,),
        attribute_type=unique_id.type.value,
        match_key=None,
        hashed=False,
        filled=rows,
        rejected=0,
        reject_reason="",
        confidence=confidence.get(unique_id.field_name),
    )
    others = (
        PreparedColumn(
            name=plan.name,
            read_from=plan.value.source.columns,
            attribute_type=plan.field.type.value,
            match_key=plan.field.match_key,
            hashed=plan.field.hashed,
            filled=filled,
            rejected=rejected,
            reject_reason=plan.value.source.normalizer.rejects,
            confidence=confidence.get(plan.name),
        )
        for plan, filled, rejected in zip(attached.plans, tally[::2], tally[1::2], strict=True)
    )
    return (identifier, *others)


def result_of(
    request: Request,
    attached: Attached,
    counts: PreparationCounts,
    rejected_rows: tuple[tuple[str, int], ...],
    locations: tuple[PreparedLocation, ...],
    columns: tuple[PreparedColumn, ...],
    *,
    keeps: str,
    zeros: Iterable[Finding],
) -> PreparationResult:
    """Everything that there is to say."""
    return PreparationResult(
        output=str(request.output),
        report=str(request.page or request.output / PAGE),
        files=tuple(str(file.path) for file in request.files),
        file_format=request.file_format,
        profile=request.profile.value,
        country=request.country,
        hashed=request.hashing,
        collapsed=request.collapsing,
        proposed=attached.proposed is not None,
        counts=counts,
        rejected_rows=rejected_rows,
        columns=columns,
        locations=locations,
        findings=(
            *findings_of_headers(request.files),
            *findings_of_unmapped(request.files, attached.mapping),
            *(findings_of_proposal(attached.proposed) if attached.proposed else ()),
            *findings_of_counts(counts, request.limits),
            *findings_of_columns(columns),
            *zeros,
            *findings_of_locations(len(locations), keeps, request.limits),
        ),
    )


def write_reports(folder: Path, result: PreparationResult, request: Request) -> None:
    """The report as JSON and as a page; a page that goes elsewhere appears there whole."""
    write_json(folder / REPORT, result.as_json())
    page = preparation_page(result)
    if request.page is None:
        (folder / PAGE).write_text(page, encoding="utf-8")
        return
    aside = request.page.with_name(f".{request.page.name}.{os.getpid()}.part")
    try:
        aside.write_text(page, encoding="utf-8")
        os.replace(aside, request.page)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: Path, document: object) -> None:
    """A JSON file as people read it."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
