"""From the records of a table to their keys: ids trimmed, rows beyond the limit left out, values normalized and hashed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from mandorla.domain.limits import Limits
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.match.keys import KeyField
from mandorla.match.plan import KeyTable
from mandorla.normalize import plain_text
from mandorla.normalize.country import REGION
from mandorla.normalize.normalizer import RowCountry, only
from mandorla.normalize.sql_trees import exp

# Where a row stands, as one 63-bit number in reading order: the table's number, the file's in it, the row's in that.
ROWS_PER_FILE = 1 << 40
FILES_PER_TABLE = 1 << 18


@dataclass(frozen=True, slots=True)
class Countries:
    """Where the rows of one table are read: those that name no country in `default`; `met` are all that occur."""

    default: str
    met: frozenset[str]


def place_of(place: int) -> tuple[int, int, int]:
    """Table, file and row of a place, each counted from 1.

    >>> place_of((2 * FILES_PER_TABLE + 1) * ROWS_PER_FILE + 7)
    (2, 1, 7)
    """
    file, row = divmod(place, ROWS_PER_FILE)
    return (*divmod(file, FILES_PER_TABLE), row)


def rows_of_ids(tables: Sequence[KeyTable]) -> exp.Query:
    """Each unique id of a side, and how many records it has: unique_id, rows_of_id."""
    count = exp.alias_(exp.Count(this=exp.Star()), "rows_of_id")
    return exp.select("unique_id", count).from_(records_of(tables).subquery("records")).group_by("unique_id")


def crowded_ids(ids: str, limits: Limits) -> exp.Query:
    """The unique ids of a side that have more rows than are considered."""
    is_crowded = exp.GT(this=exp.column("rows_of_id"), expression=exp.Literal.number(limits.rows_per_unique_key))
    return exp.select("unique_id").from_(ids).where(is_crowded)


def surplus_rows(tables: Sequence[KeyTable], ids: str, limits: Limits) -> exp.Query:
    """The rows beyond the first ones of each crowded id, in the order of tables, files and rows.

    The guide: "only 25 rows will be considered during the execution of the mapping workflow".
    GUESS: the first 25 in file order; no source says which.
    """
    order = exp.Order(expressions=[exp.column("place")])
    place_in_id = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("unique_id")], order=order)
    ranked = (
        exp.select("place", exp.alias_(place_in_id, "place_in_id"))
        .from_(records_of(tables).subquery("records"))
        .where(exp.column("unique_id").isin(query=crowded_ids(ids, limits)))
    )
    return (
        exp.select("place")
        .from_(ranked.subquery("ranked"))
        .where(exp.GT(this=exp.column("place_in_id"), expression=exp.Literal.number(limits.rows_per_unique_key)))
    )


def records_of(tables: Sequence[KeyTable]) -> exp.Query:
    """Every record of a side that counts: its unique id, and where it stands."""
    parts: list[exp.Query] = [exp.select("unique_id", "place").from_(table.name) for table in tables]
    return parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False)


def identified(side: str, number: int, mapping: SchemaMapping, values: Sequence[exp.Expression], limits: Limits) -> exp.Select:
    """The records of one table that have a usable unique id and are not marked as deleted, with values beside it.

    Entity Resolution rejects records without a unique id, and in ID mapping those with one of more than 257 characters.
    """
    raw_id = exp.column(mapping.unique_id.field_name, quoted=True)
    unique_id = plain_text.TRIMMED.expression(raw_id, only(""))
    file_number = exp.cast(exp.column("file_number"), "BIGINT")
    file_in_side = exp.Add(this=file_number, expression=exp.Literal.number(number * FILES_PER_TABLE))
    first_place = exp.Mul(this=exp.Paren(this=file_in_side), expression=exp.Literal.number(ROWS_PER_FILE))
    place = exp.Add(this=first_place, expression=exp.column("row_number"))
    records = exp.select(exp.alias_(unique_id, "unique_id"), exp.alias_(place, "place"), *values).from_(f"{side}_{number}")
    deleted = is_deleted(mapping)
    if deleted is not None:
        records = records.where(exp.Not(this=deleted))
    fits = exp.LTE(this=exp.Length(this=exp.column("unique_id")), expression=exp.Literal.number(limits.unique_id_length))
    return exp.select("*").from_(records.subquery("records")).where(fits)


def is_deleted(mapping: SchemaMapping) -> exp.Expression | None:
    """True of a record that its deletion mark deletes, if the mapping has one."""
    if mapping.deletion_mark is None:
        return None
    mark = exp.Lower(this=exp.Trim(this=exp.column(mapping.deletion_mark.field_name, quoted=True)))
    return exp.EQ(this=exp.Coalesce(this=mark, expressions=[exp.Literal.string("")]), expression=exp.Literal.string("true"))


def keys_of(
    side: str, number: int, mapping: SchemaMapping, table: KeyTable, *, countries: Countries, limits: Limits, explain: bool
) -> exp.Query:
    """One row for each record of a table that counts: its id, where it stands, and a key for each combination.

    With `explain` also, for each key field, whether it is filled and whether it is usable.
    """
    raw_values = [exp.alias_(field.raw(), f"raw_{place}") for place, field in enumerate(table.fields)]
    values = [*raw_values, exp.alias_(country_of(mapping, countries.default), "country")]
    row_country = RowCountry(exp.column("country"), countries.met)
    parts = [
        exp.alias_(field.part(exp.column(f"raw_{place}"), row_country), f"part_{place}")
        for place, field in enumerate(table.fields)
    ]
    records = identified(side, number, mapping, values, limits)
    filled = [exp.column(f"raw_{place}") for place in range(len(table.fields))] if explain else []
    normalized = exp.select("unique_id", "place", *parts, *filled).from_(records.subquery("identified"))
    keys = [exp.alias_(key_of(table, combination), table.column_of(combination)) for combination in table.combinations]
    states = [state for place in range(len(table.fields)) for state in filled_and_usable(place)] if explain else []
    return exp.select("unique_id", "place", *keys, *states).from_(normalized.subquery("normalized"))


def countries_in(side: str, number: int, mapping: SchemaMapping, default: str) -> exp.Query:
    """The different countries in which the rows of a table are read; each different writing is looked at once."""
    if mapping.country is None:
        return exp.select(exp.alias_(exp.Literal.string(default), "country"))
    written = exp.select(exp.column(mapping.country.field_name, quoted=True)).distinct().from_(f"{side}_{number}")
    return exp.select(exp.alias_(country_of(mapping, default), "country")).distinct().from_(written.subquery("written"))


def country_of(mapping: SchemaMapping, default: str) -> exp.Expression:
    """The country in which a row is read: the one that its country column names, else the default."""
    if mapping.country is None:
        return exp.Literal.string(default)
    named = REGION.expression(exp.column(mapping.country.field_name, quoted=True), only(default))
    return exp.Coalesce(this=named, expressions=[exp.Literal.string(default)])


def key_of(table: KeyTable, combination: tuple[KeyField, ...]) -> exp.Expression:
    """The key of a combination: of its one field's part, or of all its fields' parts together.

    Each part is led by its length, so that two combinations are the same text only if all their parts are the same. One
    missing part makes the whole NULL. What becomes of the text is the engine's `text_key`, the same on every engine.
    """
    parts = [exp.column(f"part_{table.fields.index(field)}") for field in combination]
    text = parts[0] if len(parts) == 1 else reduce(glued, map(led_by_length, parts))
    return exp.Anonymous(this="text_key", expressions=[text])


def led_by_length(part: exp.Expression) -> exp.Expression:
    """`3:ann` of `ann`."""
    length = exp.cast(exp.Length(this=part.copy()), "TEXT")
    return glued(glued(length, exp.Literal.string(":")), part)


def glued(left: exp.Expression, right: exp.Expression) -> exp.Expression:
    """Two texts as one, NULL if either is."""
    return exp.DPipe(this=left, expression=right)


def filled_and_usable(place: int) -> list[exp.Expression]:
    """Whether a key field holds anything at all, and whether normalization leaves something of it."""
    raw = exp.Coalesce(this=exp.column(f"raw_{place}"), expressions=[exp.Literal.string("")])
    is_filled = exp.NEQ(this=exp.Trim(this=raw), expression=exp.Literal.string(""))
    is_usable = exp.Not(this=exp.Is(this=exp.column(f"part_{place}"), expression=exp.Null()))
    return [exp.alias_(is_filled, f"filled_{place}"), exp.alias_(is_usable, f"usable_{place}")]
