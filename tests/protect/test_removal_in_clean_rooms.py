"""The same in Clean Rooms: take one person out and ask again, under an aggregation rule, a threshold of a custom rule and a
list rule, with and without the ID mapping table between two parties."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from mandorla.domain.analysis_rules import (
    AggregateColumn,
    AggregateFunction,
    AggregationRule,
    AggregationThreshold,
    AnalysisRule,
    CustomRule,
    ListRule,
    OutputConstraint,
)
from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.protect.protection import protect
from tests.depth import deep
from tests.protect.room import RUNNER, clean_rooms_tables

MINIMUM = 3
PEOPLE = tuple(str(number) for number in range(12))
QUESTION = CleanRoomsQuestion(runner=RUNNER)
AGGREGATION = AggregationRule(
    aggregate_columns=(
        AggregateColumn(("id",), AggregateFunction.COUNT_DISTINCT),
        AggregateColumn(("amount", "visits"), AggregateFunction.SUM),
        AggregateColumn(("amount", "visits"), AggregateFunction.AVG),
    ),
    join_columns=("id",),
    dimension_columns=("segment", "campaign"),
    scalar_functions=(),
    output_constraints=(OutputConstraint("id", MINIMUM),),
)
THRESHOLD = CustomRule(
    allowed_analyses=("ANY_QUERY",),
    allowed_analysis_providers=(RUNNER,),
    aggregation_threshold=AggregationThreshold(identity_column="id", minimum_identity_count=MINIMUM),
)
LIST = ListRule(join_columns=("id",), list_columns=("segment", "campaign"))
TOGETHER = "FROM consumer c INNER JOIN mapping m ON c.id = m.targetid INNER JOIN provider p ON p.id = m.sourceid"
ALONE = "FROM provider p"


@dataclass(frozen=True, slots=True)
class Room:
    """Both parties' rows, and the mapping between their ids."""

    provider: tuple[tuple[str, str, float], ...]
    consumer: tuple[tuple[str, str, int], ...]
    mapping: tuple[tuple[str, str], ...]

    def without(self, person: str) -> "Room":
        """The room without a person of the provider's, whom the consumer knows as somebody else."""
        known_as = {target for source, target in self.mapping if source == person}
        return Room(
            tuple(row for row in self.provider if row[0] != person),
            tuple(row for row in self.consumer if row[0] not in known_as),
            tuple(row for row in self.mapping if row[0] != person),
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """An answer of a database that holds the room."""
        with duckdb.connect() as connection:
            connection.execute(
                """
                CREATE TABLE provider (id VARCHAR, email VARCHAR, segment VARCHAR, amount DOUBLE);
                CREATE TABLE consumer (id VARCHAR, campaign VARCHAR, visits BIGINT);
                CREATE TABLE mapping (sourceid VARCHAR, targetid VARCHAR);
                """
            )
            fill(connection, "INSERT INTO provider VALUES (?, NULL, ?, ?)", self.provider)
            fill(connection, "INSERT INTO consumer VALUES (?, ?, ?)", self.consumer)
            fill(connection, "INSERT INTO mapping VALUES (?, ?)", self.mapping)
            return connection.execute(sql).fetchall()


def fill(connection: duckdb.DuckDBPyConnection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows into a table."""
    if rows:
        connection.executemany(statement, rows)


def rooms() -> st.SearchStrategy[Room]:
    """Rooms with small groups, and with people whom only one side knows."""
    provider = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["x", "y"]), st.sampled_from([0.5, 1.0, 4.0]))
    consumer = st.tuples(st.sampled_from([f"t{one}" for one in PEOPLE]), st.sampled_from(["c1", "c2"]), st.integers(0, 4))
    mapped = st.lists(st.sampled_from(PEOPLE), unique=True, max_size=len(PEOPLE))
    return st.builds(
        Room,
        st.lists(provider, min_size=4, max_size=30).map(tuple),
        st.lists(consumer, min_size=4, max_size=30).map(tuple),
        mapped.map(lambda people: tuple((one, f"t{one}") for one in people)),
    )


def protected(sql: str, rule: AnalysisRule) -> str:
    """The question under one rule for both parties' tables."""
    return protect(sql, clean_rooms_tables(rule, rule), question=QUESTION).sql()


@settings(max_examples=deep(20), deadline=None, derandomize=True)
@given(
    room=rooms(),
    rule=st.sampled_from([AGGREGATION, THRESHOLD]),
    source=st.sampled_from([ALONE, TOGETHER]),
    is_grouped=st.booleans(),
    person=st.sampled_from(PEOPLE),
)
def test_what_one_person_changes(room: Room, rule: AnalysisRule, source: str, is_grouped: bool, person: str) -> None:
    by, group = ("p.segment", "GROUP BY p.segment") if is_grouped else ("'all'", "")
    named = "p.segment, " if is_grouped else ""
    sql = protected(f"SELECT {named}COUNT(DISTINCT p.id) AS people, SUM(p.amount) AS amount {source} {group}", rule)
    judged = f"SELECT {by}, COUNT(DISTINCT p.id), SUM(p.amount) {source} {group}"
    of_person = f"SELECT {by}, SUM(p.amount) {source} WHERE p.id = '{person}' {group}"

    def by_group(rows: list[tuple[Any, ...]]) -> dict[Any, tuple[Any, ...]]:
        return {row[0] if is_grouped else "all": row[-2:] for row in rows}

    shown, true = by_group(room.rows(sql)), by_group(room.rows(judged))
    parts = {name: amount or 0.0 for name, amount in room.rows(of_person)}
    for name, (people, amount) in shown.items():
        assert people >= MINIMUM
        assert (people, amount) == true[name]
    without = by_group(room.without(person).rows(sql))
    for name in shown.keys() & without.keys():
        assert abs(shown[name][0] - without[name][0]) <= 1
        assert abs(shown[name][1] - without[name][1]) <= parts.get(name, 0.0)


@settings(max_examples=deep(15), deadline=None, derandomize=True)
@given(room=rooms(), person=st.sampled_from(PEOPLE))
def test_a_list_shows_what_both_know_and_no_more(room: Room, person: str) -> None:
    sql = protected(f"SELECT DISTINCT p.segment, c.campaign {TOGETHER}", LIST)
    known = {target for _, target in room.mapping}
    sources = {target: source for source, target in room.mapping}
    expected = {
        (segment, campaign)
        for target, campaign, _ in room.consumer
        if target in known
        for source, segment, _ in room.provider
        if source == sources[target]
    }
    assert set(room.rows(sql)) == expected
    assert set(room.without(person).rows(sql)) <= expected
