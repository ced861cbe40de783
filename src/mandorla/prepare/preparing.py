"""A preparation: in one pass, or step by step on an engine (attach, normalize, find what repeats, lay out, write)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from mandorla.domain.preparation import PreparationResult, PreparedLocation
from mandorla.domain.progress import Report
from mandorla.domain.schema_mapping import GROUP_ORDER, AttributeType, InputField, SchemaMapping
from mandorla.engines import collapse_queries
from mandorla.engines import preparation_queries as queries
from mandorla.engines.collapse_queries import WIDE, wide_column
from mandorla.engines.engine import Engine
from mandorla.engines.preparation_queries import DUPLICATES, KEPT, PREPARED, REPEATED, SOURCE, Writing, WrittenColumn
from mandorla.engines.preparer import PatternCount, PreparationTask, Preparer
from mandorla.engines.source_files import SourceFile, refused
from mandorla.match.records import Countries
from mandorla.normalize import Profile
from mandorla.prepare.columns import ColumnPlan, column_plans, lowered
from mandorla.prepare.headers import RESERVED, check_columns
from mandorla.prepare.layout import OutputColumn, bundles_of, plain_columns, wide_columns
from mandorla.prepare.locations import ONE, Location, Together, dealt, fit_one_location
from mandorla.prepare.outcome import Done, told, write_json
from mandorla.prepare.payloads import glue_table, schema_payload, table_name
from mandorla.prepare.proposed_schema import proposed_schema
from mandorla.prepare.request import Attached, Request
from mandorla.prepare.rules.postal_zeros import FIVE_DIGITS, SHORT, WHOLE, coded_columns, findings_of_zeros, lost_zeros

STEPS = 6
DATA, SCHEMA_PAYLOAD, GLUE_TABLE = "data", "create-schema-mapping.json", "glue-table.json"
PHONES = frozenset({AttributeType.PHONE, AttributeType.PHONE_NUMBER})
ADDRESSES = frozenset({AttributeType.ADDRESS, *GROUP_ORDER[AttributeType.ADDRESS]}) - {AttributeType.ADDRESS_COUNTRY}
# The types whose normalized values still mean something else in another country. Amazon Ads' rule cuts and checks postal codes
# by country (its phones are written with a plus where that matters); Entity Resolution's puts calling codes before phones.
READ_BY_COUNTRY = {
    Profile.AMAZON_ADS: frozenset({AttributeType.ADDRESS_POSTALCODE}),
    Profile.ENTITY_RESOLUTION: PHONES | ADDRESSES,
    Profile.NONE: frozenset(),
}


def prepare_into(
    folder: Path, request: Request, engine: Callable[[], Engine], preparer: Preparer | None, progress: Report
) -> PreparationResult:
    """Do the work in a folder that is about to become the output: in one pass where one is enough, else by steps.

    The engine is loaded where something is asked of it.
    """
    progress("reading the files", 0, STEPS)
    attached = attach(request, engine)
    columns = plain_columns(attached.plans)
    if preparer is not None and not request.collapsing and fit_one_location(columns, request.limits):
        done = in_one_pass(folder, columns, attached, request, preparer, progress)
    else:
        done = by_steps(folder, attached, request, engine(), progress)
        if preparer is not None:
            # Who was asked for cannot do it, and the result says so.
            why = "only it collapses rows" if request.collapsing else "only it splits columns among locations"
            request = replace(request, engine=engine().name, engine_reason=why)
    progress("writing the report", STEPS - 1, STEPS)
    result = told(folder, done, attached, request)
    progress("done", STEPS, STEPS)
    return result


def attach(request: Request, engine: Callable[[], Engine]) -> Attached:
    """The mapping, and what becomes of each column. Where none is given it is proposed, and the files are a table for that."""
    table = None
    if request.schema_mapping is not None:
        mapping, proposed = lowered(request.schema_mapping), None
        check_columns(request.files, mapping)
    else:
        first, *others = request.files
        shared = [column for column in first.columns if all(column in other.columns for other in others)]
        columns = [column for column in shared if column not in RESERVED]
        if not columns:
            raise refused("HEADERS_DIFFER", names_of(request.files), "no column is in all files", "give files of one table")
        table = engine().attach(SOURCE, request.files, columns)
        schema_name = "".join(letter if letter.isalnum() else "-" for letter in first.path.name.partition(".")[0].lower())
        proposed = proposed_schema(engine(), columns, schema_name=schema_name or "identity", where=str(first.path))
        mapping = proposed.mapping
    plans = column_plans(mapping, request.profile, hashing=request.hashing)
    return Attached(table=table, mapping=mapping, proposed=proposed, plans=plans)


def in_one_pass(
    folder: Path,
    columns: Sequence[OutputColumn],
    attached: Attached,
    request: Request,
    preparer: Preparer,
    progress: Report,
) -> Done:
    """Everything at once: each row is read, normalized and written while the next one comes."""
    location = Location(columns=tuple(columns))
    mapping = SchemaMapping(schema_name=attached.mapping.schema_name, mapped_input_fields=fields_of(location, attached))
    country = country_column(attached.plans, KEPT)
    data = folder_of_data(folder, Path(), request)
    codes = coded_columns(attached.mapping)
    prepared = preparer.prepare(
        PreparationTask(
            files=request.files,
            attached=attached.table,
            schema_mapping=attached.mapping,
            values=tuple(plan.value for plan in attached.plans),
            columns=tuple(written_columns(location, mapping)),
            country=request.country,
            country_value=None if country is None else [column.written.column for column in columns].index(country),
            counted=PatternCount(columns=tuple(codes), pattern=SHORT, countries=FIVE_DIGITS, unless_digits=WHOLE),
            limits=request.limits,
            output=data,
            file_format=request.file_format,
        ),
        progress,
    )
    return Done(
        rows_read=prepared.rows_read,
        unreadable=prepared.unreadable,
        without_id=prepared.without_id,
        prepared=prepared.prepared,
        duplicate_rows=prepared.duplicate_rows,
        repeated=prepared.ids_by_rows,
        as_written=prepared.ids_by_rows,
        tallies=prepared.tallies,
        locations=(described(folder, Path(), mapping, prepared.written, request),),
        keeps=ONE,
        zeros=tuple(findings_of_zeros(codes, prepared.counts)),
    )


def by_steps(folder: Path, attached: Attached, request: Request, engine: Engine, progress: Report) -> Done:
    """One query after the other over the files as a table."""
    mapping = attached.mapping
    source = attached.table or engine.attach(SOURCE, request.files, mapping.column_names)
    progress("normalizing", 1, STEPS)
    countries = countries_of(mapping, request, engine)
    values = [plan.value for plan in attached.plans]
    engine.keep(PREPARED, queries.prepared_rows(mapping, values, countries=countries, limits=request.limits))
    progress("looking for duplicates", 2, STEPS)
    duplicate_rows = keep_rows(engine, len(values))
    progress("laying out the columns", 3, STEPS)
    table, columns = laid_out(attached.plans, request, engine)
    progress("writing the data", 4, STEPS)
    deal = dealt(columns, request.limits, lambda: blocks_together(engine, attached.plans))
    locations = write_locations(folder, table, deal.locations, attached, countries, request, engine)
    [(prepared, *tally)] = engine.rows(queries.tally_of_values(len(values)))
    repeated = dict(engine.rows(queries.ids_by_rows(KEPT)))
    return Done(
        rows_read=source.row_count,
        unreadable=source.rejected_rows,
        without_id=engine.batches(queries.rows_without_id(mapping, request.limits)),
        prepared=prepared,
        duplicate_rows=duplicate_rows,
        repeated=repeated,
        as_written=repeated if table == KEPT else dict(engine.rows(queries.ids_by_rows(table))),
        tallies=tuple(zip(tally[::2], tally[1::2], strict=True)),
        locations=locations,
        keeps=deal.keeps,
        zeros=tuple(lost_zeros(engine, SOURCE, mapping, request.country)),
    )


def countries_of(mapping: SchemaMapping, request: Request, engine: Engine) -> Countries:
    """In which countries the rows are read."""
    met = frozenset(code for (code,) in engine.rows(queries.countries_in(mapping, request.country)))
    return Countries(request.country, met | {request.country})


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
    folder: Path,
    table: str,
    locations: Sequence[Location],
    attached: Attached,
    countries: Countries,
    request: Request,
    engine: Engine,
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
        query = queries.written_rows(rows, written_columns(location, mapping), queries.region_of(country, countries))
        count = engine.write(query, folder_of_data(folder, place, request), request.file_format)
        written.append(described(folder, place, mapping, count, request))
    return tuple(written)


def folder_of_data(folder: Path, place: Path, request: Request) -> Path:
    """Where a location's data are written, their folder made."""
    data = folder / place / data_file(request)
    data.parent.mkdir(parents=True)
    return data


def data_file(request: Request) -> Path:
    """The data of a location, as its place calls them."""
    return Path(DATA) / f"identity.{request.file_format}"


def described(folder: Path, place: Path, mapping: SchemaMapping, rows: int, request: Request) -> PreparedLocation:
    """A location that has its data: write its schema mapping and its Glue table beside them."""
    write_json(folder / place / SCHEMA_PAYLOAD, schema_payload(mapping))
    write_json(folder / place / GLUE_TABLE, glue_table(mapping, mapping.column_names, request.file_format))
    return PreparedLocation(
        data=str(request.output / place / data_file(request)),
        schema_payload=str(request.output / place / SCHEMA_PAYLOAD),
        glue_table=str(request.output / place / GLUE_TABLE),
        table_name=table_name(mapping.schema_name),
        columns=mapping.column_names,
        rows=rows,
        schema_mapping=mapping,
    )


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
