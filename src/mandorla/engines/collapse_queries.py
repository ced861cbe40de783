"""The queries that make one wide row of the rows that share a unique id.

Values that belong together (the parts of an address, of a name) are a *bundle*; the different bundles of a person are numbered
in the order in which they are first seen, and bundle n becomes columns `value_0_n`, `value_1_n`, …
Their tables: `repeated_rows` (the rows of ids with several, with the place of the person's first row), `numbered_0`,
`numbered_1`, … (a bundle each), and `wide`.
"""

from __future__ import annotations

from collections.abc import Sequence

from mandorla.engines.preparation_queries import KEPT, is_repeated
from mandorla.normalize.sql_trees import exp

REPEATED_ROWS, WIDE = "repeated_rows", "wide"


def numbered_table(bundle: int) -> str:
    """The table of a bundle's different values."""
    return f"numbered_{bundle}"


def wide_column(value: int, nth: int) -> str:
    """The column of a value in the person's nth bundle, counted from 1."""
    return f"value_{value}_{nth}"


def repeated_rows(*, countries_apart: bool) -> exp.Query:
    """The rows of ids that have several. `person` is the place of the first row of the same id (and country)."""
    same = [exp.column("unique_id"), *([exp.column("country")] if countries_apart else [])]
    person = exp.Window(this=exp.Min(this=exp.column("place")), partition_by=same)
    return exp.select("*", exp.alias_(person, "person")).from_(KEPT).where(is_repeated())


def numbered_bundles(values: Sequence[int]) -> exp.Query:
    """The different bundles of each person, numbered as they are first seen; empty ones are left out."""
    columns = [exp.column(f"value_{value}") for value in values]
    something = exp.Coalesce(this=columns[0].copy(), expressions=[column.copy() for column in columns[1:]])
    different = (
        exp.select("person", *columns, exp.alias_(exp.Min(this=exp.column("place")), "first_place"))
        .from_(REPEATED_ROWS)
        .where(exp.Not(this=exp.Is(this=something, expression=exp.Null())))
        .group_by("person", *columns)
    )
    order = exp.Order(expressions=[exp.column("first_place")])
    nth = exp.Window(this=exp.RowNumber(), partition_by=[exp.column("person")], order=order)
    return exp.select("person", *columns, exp.alias_(nth, "nth")).from_(different.subquery("different"))


def most_bundles(bundle: int) -> exp.Query:
    """One row: how many different bundles the person with the most has."""
    most = exp.Coalesce(this=exp.Max(this=exp.column("nth")), expressions=[exp.Literal.number(1)])
    return exp.select(most).from_(numbered_table(bundle))


def bundles_together(bundles: Sequence[Sequence[int]]) -> exp.Query:
    """Which bundles stood together in one row, as their numbers; NULL for one that the row did not have."""
    rows: exp.Select = exp.select().from_(REPEATED_ROWS).distinct()
    for bundle, values in enumerate(bundles):
        table = numbered_table(bundle)
        same: list[exp.Expression] = [exp.EQ(this=exp.column("person", REPEATED_ROWS), expression=exp.column("person", table))]
        for value in values:
            name = f"value_{value}"
            same.append(exp.NullSafeEQ(this=exp.column(name, REPEATED_ROWS), expression=exp.column(name, table)))
        rows = rows.join(exp.to_table(table), on=exp.and_(*same), join_type="left")
        rows = rows.select(exp.alias_(exp.column("nth", table), f"nth_{bundle}"))
    return rows


def wide_rows(bundles: Sequence[tuple[Sequence[int], int]]) -> exp.Query:
    """One row for each person: those with several rows, and those with one. A bundle is its values and how often it stands."""
    people = exp.select("unique_id", exp.alias_(exp.Min(this=exp.column("person")), "place"))
    people = people.from_(REPEATED_ROWS).group_by("unique_id", "person")
    collapsed = exp.select("people.unique_id", "people.place").from_(people.subquery("people"))
    single = exp.select("unique_id", "place").from_(KEPT).where(exp.Not(this=is_repeated()))
    for bundle, (values, count) in enumerate(bundles):
        spread = f"spread_{bundle}"
        collapsed = collapsed.join(
            spread_bundle(bundle, values, count).subquery(spread),
            on=exp.EQ(this=exp.column("place", "people"), expression=exp.column("person", spread)),
            join_type="left",
        )
        for nth in range(1, count + 1):
            for value in values:
                collapsed = collapsed.select(exp.column(wide_column(value, nth), spread))
                only: exp.Expression = exp.column(f"value_{value}") if nth == 1 else exp.cast(exp.Null(), "TEXT")
                single = single.select(exp.alias_(only, wide_column(value, nth)))
    return exp.union(collapsed, single, distinct=False)


def spread_bundle(bundle: int, values: Sequence[int], count: int) -> exp.Select:
    """One row for each person: the first bundle, the second, … beside one another."""
    spread = exp.select("person").from_(numbered_table(bundle)).group_by("person")
    for nth in range(1, count + 1):
        is_nth = exp.EQ(this=exp.column("nth"), expression=exp.Literal.number(nth))
        for value in values:
            one = exp.Max(this=exp.Case().when(is_nth.copy(), exp.column(f"value_{value}")))
            spread = spread.select(exp.alias_(one, wide_column(value, nth)))
    return spread
