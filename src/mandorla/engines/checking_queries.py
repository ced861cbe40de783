"""Counts that `mandorla check` asks of attached tables: how many, never which."""

from __future__ import annotations

from collections.abc import Sequence

from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.column_statistics import text_of
from mandorla.engines.engine import Engine
from mandorla.match.records import country_of
from mandorla.match.tally import times
from mandorla.normalize.sql_trees import exp


def counts_of_patterns(engine: Engine, table: str, wanted: Sequence[tuple[str, str]]) -> list[int]:
    """For each (column, regular expression), how many filled values it is found in; spaces around a value do not count."""
    if not wanted:
        return []
    found = [times(exp.RegexpLike(this=text_of(column), expression=exp.Literal.string(pattern))) for column, pattern in wanted]
    [row] = engine.rows(exp.select(*found).from_(table))
    return [int(count) for count in row]


def codes_of_countries(
    engine: Engine,
    table: str,
    mapping: SchemaMapping,
    default: str,
    *,
    columns: Sequence[str],
    pattern: str,
    countries: Sequence[str],
) -> list[int]:
    """For each column, how many values a pattern is found in, of rows that are read in one of some countries."""
    if not columns:
        return []
    is_there = exp.column("country").isin(*countries)
    texts = [exp.alias_(text_of(column), f"text_{place}") for place, column in enumerate(columns)]
    rows = exp.select(exp.alias_(country_of(mapping, default), "country"), *texts).from_(table).subquery("rows_read")
    fitting = (
        exp.RegexpLike(this=exp.column(f"text_{place}"), expression=exp.Literal.string(pattern))
        for place in range(len(columns))
    )
    found = [times(exp.And(this=is_there.copy(), expression=fits)) for fits in fitting]
    [row] = engine.rows(exp.select(*found).from_(rows))
    return [int(count) for count in row]


def filled_counts(engine: Engine, table: str, columns: Sequence[str]) -> tuple[int, list[int]]:
    """The rows of a table, and for each column how many hold something."""
    counts = [exp.Count(this=exp.Star()), *(exp.Count(this=text_of(column)) for column in columns)]
    [(rows, *filled)] = engine.rows(exp.select(*counts).from_(table))
    return int(rows), [int(count) for count in filled]


def repeated_rows(engine: Engine, table: str, columns: Sequence[str]) -> int:
    """How many rows are equal to an earlier one in every column."""
    every = [exp.column(column, quoted=True) for column in columns]
    distinct = exp.select(*every).distinct().from_(table).subquery("different")
    count = exp.Count(this=exp.Star())
    query = exp.select(
        exp.Sub(this=exp.select(count).from_(table).subquery(), expression=exp.select(count.copy()).from_(distinct).subquery())
    )
    [(repeated,)] = engine.rows(query)
    return int(repeated)


def longer_values(engine: Engine, table: str, column: str, length: int) -> int:
    """How many values have more characters."""
    is_longer = exp.GT(this=exp.Length(this=text_of(column)), expression=exp.Literal.number(length))
    [(count,)] = engine.rows(exp.select(times(is_longer)).from_(table))
    return int(count)


def keys_without_row(engine: Engine, table: str, column: str, identities: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """How many rows, and how many different keys among them, have no row in any identity table (a table and its id)."""
    known = [exp.select(exp.alias_(text_of(unique_id), "unique_id")).from_(identity) for identity, unique_id in identities]
    every = known[0] if len(known) == 1 else exp.union(*known, distinct=False)
    keys = exp.select(exp.alias_(text_of(column), "foreign_key")).from_(table).subquery("events")
    same = exp.EQ(this=exp.column("unique_id", "identities"), expression=exp.column("foreign_key", "events"))
    is_known = exp.Exists(this=exp.select("1").from_(every.subquery("identities")).where(same))
    is_filled = exp.Not(this=exp.Is(this=exp.column("foreign_key"), expression=exp.Null()))
    query = (
        exp.select(exp.Count(this=exp.Star()), exp.Count(this=exp.Distinct(expressions=[exp.column("foreign_key", "events")])))
        .from_(keys)
        .where(is_filled, exp.Not(this=is_known))
    )
    [(rows, different)] = engine.rows(query)
    return int(rows), int(different)


def value_counts(engine: Engine, table: str, column: str, *, most: int) -> list[tuple[str, int]]:
    """The most frequent values of a column that should have few, for a rule to look at and not to show."""
    text = exp.alias_(text_of(column), "text")
    count = exp.alias_(exp.Count(this=exp.Star()), "occurrences")
    query = exp.select(text, count).from_(table).group_by(text_of(column)).order_by(exp.column("occurrences").desc())
    return [(value, int(times)) for value, times in engine.rows(query.limit(most)) if value is not None]
