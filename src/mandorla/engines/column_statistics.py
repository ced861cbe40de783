"""Counts over an attached table, in one pass: what a rule for data has to know of ids and columns, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mandorla.engines.engine import Engine
from mandorla.match.tally import times
from mandorla.normalize.hashing import EMPTY_DIGEST
from mandorla.normalize.sql_trees import exp

DIGEST = "^[0-9A-Fa-f]{64}$"
UPPER_DIGEST = "[A-F]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCounts:
    """A column's filled values, and how many of them are SHA-256 in hex, in upper case, or the empty string's digest."""

    name: str
    filled: int
    digests: int
    upper_case_digests: int
    empty_digests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IdCounts:
    """Rows without an id, rows and ids beyond a number of rows an id, and ids that are equal but for their case."""

    without: int
    rows_beyond: int
    ids_beyond: int
    equal_but_for_case: int


def text_of(column: str) -> exp.Expression:
    """A column's value without spaces around it, NULL if nothing is left."""
    trimmed = exp.Trim(this=exp.column(column, quoted=True))
    return exp.Nullif(this=trimmed, expression=exp.Literal.string(""))


def column_counts(engine: Engine, table: str, columns: Sequence[str]) -> list[ColumnCounts]:
    """The counts of each column, in their order."""
    counts: list[exp.Expression] = []
    for column in columns:
        text = text_of(column)
        is_digest = exp.RegexpLike(this=text, expression=exp.Literal.string(DIGEST))
        is_upper = exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(UPPER_DIGEST))
        is_empty = exp.EQ(this=exp.Lower(this=text.copy()), expression=exp.Literal.string(EMPTY_DIGEST))
        counts += [
            exp.Count(this=text.copy()),
            times(is_digest),
            times(exp.And(this=is_digest.copy(), expression=is_upper)),
            times(is_empty),
        ]
    [row] = engine.rows(exp.select(*counts).from_(table))
    return [
        ColumnCounts(
            name=column,
            filled=row[place * 4],
            digests=row[place * 4 + 1],
            upper_case_digests=row[place * 4 + 2],
            empty_digests=row[place * 4 + 3],
        )
        for place, column in enumerate(columns)
    ]


def id_counts(engine: Engine, table: str, unique_id: str, most_rows: int) -> IdCounts:
    """What is odd about the ids of a table."""
    text = text_of(unique_id)
    rows_of_id = exp.alias_(exp.Count(this=exp.Star()), "rows_of_id")
    by_id = exp.select(exp.alias_(text, "unique_id"), rows_of_id).from_(table).group_by(text.copy()).subquery("by_id")
    is_id = exp.Not(this=exp.Is(this=exp.column("unique_id"), expression=exp.Null()))
    is_beyond = exp.GT(this=exp.column("rows_of_id"), expression=exp.Literal.number(most_rows))
    beyond = exp.And(this=is_id.copy(), expression=is_beyond)
    surplus = exp.Sub(this=exp.column("rows_of_id"), expression=exp.Literal.number(most_rows))
    folded = exp.Count(this=exp.Distinct(expressions=[exp.Lower(this=exp.column("unique_id"))]))
    zero = exp.Literal.number(0)
    query = exp.select(
        exp.Coalesce(this=exp.Sum(this=exp.Case().when(exp.Not(this=is_id), exp.column("rows_of_id"))), expressions=[zero]),
        exp.Coalesce(this=exp.Sum(this=exp.Case().when(beyond, surplus)), expressions=[zero.copy()]),
        times(beyond.copy()),
        exp.Sub(this=exp.Count(this=exp.column("unique_id")), expression=folded),
    ).from_(by_id)
    [(without, rows_beyond, ids_beyond, equal)] = engine.rows(query)
    return IdCounts(
        without=int(without), rows_beyond=int(rows_beyond), ids_beyond=int(ids_beyond), equal_but_for_case=int(equal)
    )
