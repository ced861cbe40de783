"""The queries of a file preparation: rows normalized, those without an id, repeated and duplicate ones, and rows as written.

Their tables, in order: `source` (the files as attached), `prepared` (one row for each usable source row: `unique_id`, `place`,
`country`, and `value_0`, `value_1`, … with `rejected_0`, …), `repeated_ids`, `duplicates`, and `kept` (the rows to write).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mandorla.domain.limits import Limits
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER
from mandorla.match.keys import KeyField
from mandorla.match.records import ROWS_PER_FILE, Countries, country_of
from mandorla.match.tally import times
from mandorla.normalize import phone_number, plain_text
from mandorla.normalize.country import REGION
from mandorla.normalize.hashing import digest_expression
from mandorla.normalize.normalizer import RowCountry, only
from mandorla.normalize.sql_trees import exp

SOURCE, PREPARED, REPEATED, DUPLICATES, KEPT = "source", "prepared", "repeated_ids", "duplicates", "kept"
NO_ID, LONG_ID = "no unique id", "the unique id is longer than {} characters"


class Writing(StrEnum):
    """How a normalized value is written: as it is, as its digest, or as a phone number that reads the same again."""

    PLAIN = "plain"
    DIGEST = "digest"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedValue:
    """What becomes a column: where it is read and how it is normalized (`source`), and how it is written."""

    source: KeyField
    writing: Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenColumn:
    """A column of the output: its name, the column of the table that holds its values, and how they are written."""

    name: str
    column: str
    writing: Writing


def prepared_rows(
    mapping: SchemaMapping, values: Sequence[PreparedValue], *, countries: Countries, limits: Limits
) -> exp.Query:
    """Every row with a usable unique id: its normalized values, and which of its values were rejected."""
    raw_values = [exp.alias_(value.source.raw(), f"raw_{number}") for number, value in enumerate(values)]
    identified = (
        exp.select(exp.alias_(trimmed_id(mapping), "unique_id"), place_of_row(), *raw_values)
        .select(exp.alias_(country_of(mapping, countries.default), "country"))
        .from_(SOURCE)
    )
    row_country = RowCountry(exp.column("country"), countries.met)
    normalized = [
        exp.alias_(value.source.normalizer.expression(exp.column(f"raw_{number}"), row_country), f"value_{number}")
        for number, value in enumerate(values)
    ]
    raws = [exp.column(f"raw_{number}") for number in range(len(values))]
    usable = (
        exp.select("unique_id", "place", "country", *normalized, *raws)
        .from_(identified.subquery("identified"))
        .where(fits(exp.column("unique_id"), limits))
    )
    kept = [exp.column(f"value_{number}") for number in range(len(values))]
    rejected = [exp.alias_(is_rejected(number), f"rejected_{number}") for number in range(len(values))]
    return exp.select("unique_id", "place", "country", *kept, *rejected).from_(usable.subquery("usable"))


def trimmed_id(mapping: SchemaMapping) -> exp.Expression:
    """The unique id without white space around it; NULL where there is none."""
    column = exp.column(mapping.unique_id.field_name, quoted=True)
    return plain_text.TRIMMED.expression(column, only(""))


def place_of_row() -> exp.Expression:
    """Where a row stands, as one number in reading order."""
    file_number = exp.cast(exp.column(FILE_NUMBER), "BIGINT")
    first_place = exp.Mul(this=file_number, expression=exp.Literal.number(ROWS_PER_FILE))
    return exp.alias_(exp.Add(this=first_place, expression=exp.column(ROW_NUMBER)), "place")


def fits(unique_id: exp.Expression, limits: Limits) -> exp.Expression:
    """True of a unique id that is there and not too long."""
    return exp.LTE(this=exp.Length(this=unique_id), expression=exp.Literal.number(limits.unique_id_length))


def is_rejected(number: int) -> exp.Expression:
    """True where something stands in the row and normalization leaves nothing of it."""
    raw = exp.Trim(this=exp.Coalesce(this=exp.column(f"raw_{number}"), expressions=[exp.Literal.string("")]))
    is_filled = exp.NEQ(this=raw, expression=exp.Literal.string(""))
    return exp.And(this=is_filled, expression=exp.Is(this=exp.column(f"value_{number}"), expression=exp.Null()))


def rows_without_id(mapping: SchemaMapping, limits: Limits) -> exp.Query:
    """File number, row number and reason of every row that has no usable unique id."""
    identified = exp.select(FILE_NUMBER, ROW_NUMBER, exp.alias_(trimmed_id(mapping), "unique_id")).from_(SOURCE)
    unique_id = exp.column("unique_id")
    missing = exp.Is(this=unique_id.copy(), expression=exp.Null())
    reason = (
        exp.Case()
        .when(missing.copy(), exp.Literal.string(NO_ID))
        .else_(exp.Literal.string(LONG_ID.format(limits.unique_id_length)))
    )
    return (
        exp.select(FILE_NUMBER, ROW_NUMBER, exp.alias_(reason, "reason"))
        .from_(identified.subquery("identified"))
        .where(exp.Or(this=missing, expression=exp.Not(this=exp.Paren(this=fits(unique_id, limits)))))
        .order_by(FILE_NUMBER, ROW_NUMBER)
    )


def tally_of_values(count: int) -> exp.Query:
    """One row: how many rows there are, and for each value how many have it and how many lost it."""
    counts: list[exp.Expression] = [exp.Count(this=exp.Star())]
    for number in range(count):
        counts.append(exp.Count(this=exp.column(f"value_{number}")))
        counts.append(times(exp.column(f"rejected_{number}")))
    return exp.select(*counts).from_(PREPARED)


def repeated_ids() -> exp.Query:
    """The unique ids that have more than one row."""
    more_than_one = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
    return exp.select("unique_id").from_(PREPARED).group_by("unique_id").having(more_than_one)


def is_repeated() -> exp.Expression:
    """True of a row whose unique id has others."""
    return exp.column("unique_id").isin(query=exp.select("unique_id").from_(REPEATED))


def duplicates(count: int) -> exp.Query:
    """The places of rows that repeat an earlier row whole, once normalized.

    Only rows of a repeated id are looked at. The guide wants data "without any duplicate rows within the same table".
    """
    columns = [exp.column("unique_id"), *(exp.column(f"value_{number}") for number in range(count))]
    order = exp.Order(expressions=[exp.column("place")])
    nth = exp.Window(this=exp.RowNumber(), partition_by=columns, order=order)
    ranked = exp.select("place", exp.alias_(nth, "nth")).from_(PREPARED).where(is_repeated())
    later = exp.GT(this=exp.column("nth"), expression=exp.Literal.number(1))
    return exp.select("place").from_(ranked.subquery("ranked")).where(later)


def kept_rows(*, has_duplicates: bool) -> exp.Query:
    """The rows of `prepared` without the duplicates."""
    rows = exp.select("*").from_(PREPARED)
    if not has_duplicates:
        return rows
    repeats = exp.select("place").from_(DUPLICATES)
    return rows.where(exp.Not(this=exp.column("place").isin(query=repeats)))


def ids_by_rows(table: str) -> exp.Query:
    """How many of the repeated ids have one row in a table, two, three, …"""
    rows = exp.alias_(exp.Count(this=exp.Star()), "row_count")
    counted = exp.select("unique_id", rows).from_(table).where(is_repeated()).group_by("unique_id")
    return (
        exp.select("row_count", exp.Count(this=exp.Star()))
        .from_(counted.subquery("counted"))
        .group_by("row_count")
        .order_by("row_count")
    )


def written_rows(table: str, columns: Sequence[WrittenColumn], country: RowCountry) -> exp.Query:
    """The rows of a table as they are written, in reading order."""
    written = [
        exp.alias_(as_written(exp.column(column.column), column.writing, country), column.name, quoted=True)
        for column in columns
    ]
    # Sorted before anything is written out: normalized values are a third as long as their digests.
    in_order = exp.select("*").from_(table).order_by("place")
    return exp.select(*written).from_(in_order.subquery("in_order"))


def rows_of_location(
    table: str, columns: Sequence[str], needed: Sequence[Sequence[Sequence[str]]], country: str | None
) -> exp.Query:
    """The different rows that some columns of a table make, with the column that names their country.

    `needed` are alternatives: a row is there if in one of them every group of columns holds something; without any, all are.
    """
    names = list(dict.fromkeys([*columns, *([country] if country else [])]))
    rows = exp.select(*names, exp.alias_(exp.Min(this=exp.column("place")), "place")).from_(table).group_by(*names)
    if needed:
        rows = rows.where(exp.or_(*(exp.and_(*map(holds_something, groups)) for groups in needed)))
    return rows


def holds_something(columns: Sequence[str]) -> exp.Expression:
    """True of a row in which one of the columns has a value."""
    first, *rest = (exp.column(name) for name in columns)
    return exp.Not(this=exp.Is(this=exp.Coalesce(this=first, expressions=rest), expression=exp.Null()))


def as_written(value: exp.Expression, writing: Writing, country: RowCountry) -> exp.Expression:
    """A normalized value as it stands in the output; NULL of NULL."""
    match writing:
        case Writing.DIGEST:
            return digest_expression(value)
        case Writing.PHONE:
            return phone_number.READABLE.expression(value, country)
        case Writing.PLAIN:
            return value


def region_of(column: str | None, countries: Countries) -> RowCountry:
    """The country in which a written row is read again."""
    if column is None:
        return only(countries.default)
    named = REGION.expression(exp.column(column), only(countries.default))
    fallback = exp.Literal.string(countries.default)
    return RowCountry(exp.Coalesce(this=named, expressions=[fallback]), countries.met)


def countries_in(mapping: SchemaMapping, default: str) -> exp.Query:
    """The different countries in which rows are read."""
    return exp.select(exp.alias_(country_of(mapping, default), "country")).distinct().from_(SOURCE)


def first_rows(columns: Sequence[str], count: int) -> exp.Query:
    """The first rows of each file, to guess from."""
    few = exp.LTE(this=exp.column(ROW_NUMBER), expression=exp.Literal.number(count))
    return exp.select(*(exp.column(column, quoted=True) for column in columns)).from_(SOURCE).where(few)


def tally_of_column(column: str) -> exp.Query:
    """One row: rows, rows in which the column is filled, and different values in it."""
    value = exp.Nullif(this=exp.Trim(this=exp.column(column, quoted=True)), expression=exp.Literal.string(""))
    different = exp.Count(this=exp.Distinct(expressions=[value.copy()]))
    return exp.select(exp.Count(this=exp.Star()), exp.Count(this=value), different).from_(SOURCE)
