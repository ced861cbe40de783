"""What a matching workflow writes: the matched records with their match ids, and the records it could not use."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.match.groups import equal
from mandorla.match.records import FILES_PER_TABLE, ROWS_PER_FILE
from mandorla.normalize.hashing import digest_expression


@dataclass(frozen=True, slots=True)
class OutputField:
    """A column to write, and whether as SHA-256."""

    name: str
    hashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputTable:
    """An attached table: its number, the ARN it came from, its mapping, and which of its columns exist."""

    number: int
    input_source_arn: str
    schema_mapping: SchemaMapping
    columns: tuple[str, ...]


def with_match_ids(salt: str) -> exp.Query:
    """Every record with its match id: place, unique_id, rule, match_id.

    GUESS: how Entity Resolution makes match ids is not published. Here 32 hexadecimal digits follow from the workflow and the
    smallest unique id of the group, so the same group keeps its match id from run to run.
    """
    smallest = exp.Window(this=exp.Min(this=exp.column("unique_id")), partition_by=[exp.column("label")])
    named = exp.select("place", "unique_id", "rule", exp.alias_(smallest, "leader")).from_("grouped")
    text = exp.DPipe(this=exp.Literal.string(f"{salt}\n"), expression=exp.column("leader"))
    return exp.select("place", "unique_id", "rule", exp.alias_(exp.MD5(this=text), "match_id")).from_(named.subquery("named"))


def success_rows(tables: Sequence[OutputTable], fields: Sequence[OutputField]) -> exp.Query:
    """The success file: InputSourceARN, MatchRule, the chosen fields, RecordId, MatchID; in the order of groups.

    GUESS: the order of a rule-based result's columns is not published; MatchRule stands in ConfidenceLevel's place.
    """
    parts: list[exp.Query] = [success_part(table, fields) for table in tables]
    every = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)
    names = ["InputSourceARN", "MatchRule", *(field.name for field in fields), "RecordId", "MatchID"]
    order = [exp.column("MatchID", quoted=True), exp.column("place")]
    return exp.select(*(exp.column(name, quoted=True) for name in names)).from_(every.subquery("every")).order_by(*order)


def success_part(table: OutputTable, fields: Sequence[OutputField]) -> exp.Select:
    """One table's records of the success file."""
    columns = [
        exp.alias_(exp.Literal.string(table.input_source_arn), "InputSourceARN", quoted=True),
        exp.alias_(exp.column("rule", "m"), "MatchRule", quoted=True),
        *(exp.alias_(written(table, field), field.name, quoted=True) for field in fields),
        exp.alias_(exp.column("unique_id", "m"), "RecordId", quoted=True),
        exp.alias_(exp.column("match_id", "m"), "MatchID", quoted=True),
        exp.column("place", "m"),
    ]
    return (
        exp.select(*columns)
        .from_(rows_with_place(table).subquery("t"))
        .join(exp.to_table("match_ids").as_("m"), on=equal("place", "t", "m"))
    )


def written(table: OutputTable, field: OutputField) -> exp.Expression:
    """A field's value as it stands in the table, or as a digest; nothing where the table lacks it."""
    if field.name not in table.columns:
        return exp.cast(exp.Null(), "TEXT")
    value = exp.column(field.name, "t", quoted=True)
    return digest_expression(value) if field.hashed else value


def rows_with_place(table: OutputTable) -> exp.Select:
    """A table's rows with where they stand."""
    file = exp.cast(exp.column("file_number"), "BIGINT")
    file_of_all = exp.Add(this=file, expression=exp.Literal.number(table.number * FILES_PER_TABLE))
    first = exp.Mul(this=exp.Paren(this=file_of_all), expression=exp.Literal.number(ROWS_PER_FILE))
    place = exp.Add(this=first, expression=exp.column("row_number"))
    return exp.select("*", exp.alias_(place, "place")).from_(f"source_{table.number}")


def error_rows(tables: Sequence[OutputTable]) -> exp.Query:
    """The error file: InputSourceARN, RecordId, ErrorMessage; for ids that are missing or stand twice. No other value.

    GUESS: its columns are not published; Entity Resolution's user guide lists the reasons.
    """
    parts: list[exp.Query] = [part for table in tables for part in error_parts(table)]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def error_parts(table: OutputTable) -> list[exp.Query]:
    """One table's rejected records."""
    arn = exp.alias_(exp.Literal.string(table.input_source_arn), "InputSourceARN", quoted=True)
    identifier = exp.column(table.schema_mapping.unique_id.field_name, "t", quoted=True)
    missing = exp.EQ(
        this=exp.Trim(this=exp.Coalesce(this=identifier, expressions=[exp.Literal.string("")])),
        expression=exp.Literal.string(""),
    )

    def row(record_id: exp.Expression, reason: str) -> exp.Select:
        message = exp.alias_(exp.Literal.string(reason), "ErrorMessage", quoted=True)
        return exp.select(arn.copy(), exp.alias_(record_id, "RecordId", quoted=True), message)

    lacking = row(exp.cast(exp.Null(), "TEXT"), "The unique id is missing.").from_(rows_with_place(table).subquery("t"))
    twice = (
        row(exp.column("unique_id", "d"), "The unique id is not unique.")
        .from_(rows_with_place(table).subquery("t"))
        .join(exp.to_table("repeated").as_("d"), on=equal("place", "t", "d"))
    )
    return [lacking.where(missing), twice]


def columns_to_attach(mapping: SchemaMapping, have: Sequence[str], fields: Sequence[OutputField]) -> tuple[str, ...]:
    """The columns that matching and output need of a table."""
    wanted = (*mapping.column_names, *(field.name for field in fields if field.name in have))
    return tuple(dict.fromkeys(wanted))


def group_tally() -> exp.Query:
    """One row: how many match ids there are."""
    return exp.select(exp.Count(this=exp.Distinct(expressions=[exp.column("match_id")]))).from_("match_ids")
