"""Counts over a finished plan: the records and ids of a side, and the rows of the mapping."""

from __future__ import annotations

from collections.abc import Sequence

from mandorla.domain.limits import Limits
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.match.records import crowded_ids, is_deleted
from mandorla.normalize.sql_trees import exp


def tally_of_ids(side: str, mappings: Sequence[SchemaMapping], limits: Limits) -> exp.Query:
    """One row: records that count, unique ids among them, rows and ids beyond the limit, records marked as deleted."""
    deletions: exp.Expression = exp.Literal.number(0)
    for number, mapping in enumerate(mappings, start=1):
        mark = is_deleted(mapping)
        if mark is not None:
            deletions = exp.Add(this=deletions, expression=count_of(f"{side}_{number}", mark))
    records = exp.Coalesce(this=exp.Sum(this=exp.column("rows_of_id")), expressions=[exp.Literal.number(0)])
    return exp.select(
        exp.cast(records, "BIGINT"),
        exp.Count(this=exp.Star()),
        count_of(f"{side}_surplus"),
        exp.select(exp.Count(this=exp.Star())).from_(crowded_ids(f"{side}_ids", limits).subquery("crowded")).subquery(),
        deletions,
    ).from_(f"{side}_ids")


def count_of(table: str, where: exp.Expression | None = None) -> exp.Expression:
    """The number of rows of a table, as a value."""
    query = exp.select(exp.Count(this=exp.Star())).from_(table)
    return (query.where(where) if where is not None else query).subquery()


def times(condition: exp.Expression) -> exp.Expression:
    """In how many rows something is so; zero of no rows, where engines say NULL of COUNT_IF."""
    return exp.Count(this=exp.Case().when(condition, exp.Literal.number(1)))


def tally_of_mapping(by: str | None = None) -> exp.Query:
    """The rows of the kept mapping by a column; or one row: all rows, and the distinct target ids."""
    if by is not None:
        return exp.select(by, exp.Count(this=exp.Star())).from_("mapping").group_by(by)
    targets = exp.Count(this=exp.Distinct(expressions=[exp.column("target_id")]))
    return exp.select(exp.Count(this=exp.Star()), targets).from_("mapping")


def deletions_of(table: str, mapping: SchemaMapping) -> exp.Query | None:
    """The number of records that a table's DELETE column marks; None if it has no such column."""
    mark = is_deleted(mapping)
    return None if mark is None else exp.select(exp.Count(this=exp.Star())).from_(table).where(mark)
