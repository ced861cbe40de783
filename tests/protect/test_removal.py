"""Take one person out of a room and ask again: what stays visible changes by no more than that person's own part, and no group
that is too small is ever visible. The judge is DuckDB without protection."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mandorla.protect.protection import protect
from tests.depth import deep
from tests.protect.questions import QUESTION, TABLES, USERS, Asked, Room, questions, rooms
from tests.protect.room import answer

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
SLACK = 1e-9  # of sums of floating point numbers


def rows_of(room: Room, sql: str, dimensions: int) -> Rows:
    """The rows of an answer by their dimensions."""
    with room.open() as connection:
        found = connection.execute(sql).fetchall()
    return {row[:dimensions]: row[dimensions:] for row in found}


def as_number(value: Any) -> float:
    """A number of an answer; nothing is zero."""
    return float(value or 0)


@settings(max_examples=deep(50), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(room=rooms(), asked=questions(), person=st.sampled_from(USERS))
def test_what_one_person_changes(room: Room, asked: Asked, person: str) -> None:
    size, protected = len(asked.dimensions), protect(asked.sql(), TABLES, question=QUESTION)
    sql = protected.sql()
    with room.open() as connection:
        answer(connection, protected)
    shown, judged = rows_of(room, sql, size), rows_of(room, asked.whole(), size)
    for dimensions, numbers in shown.items():
        users, *users_of_metrics = judged[dimensions][len(asked.metrics) :]
        assert not users or users >= asked.needs, (asked.sql(), dimensions)
        for metric, number, adding in zip(asked.metrics, numbers, users_of_metrics, strict=True):
            assert not metric.users or not as_number(number) or adding >= metric.needs, (asked.sql(), dimensions)
        for number, true_number in zip(numbers, judged[dimensions], strict=False):
            assert abs(as_number(number) - as_number(true_number)) <= SLACK, (asked.sql(), dimensions)
    without = rows_of(room.without(person), sql, size)
    parts = rows_of(room, asked.of_person(person), size)
    for dimensions in shown.keys() & without.keys():
        of_person = parts.get(dimensions, (0,) * len(asked.metrics))
        for metric, number, other, part in zip(asked.metrics, shown[dimensions], without[dimensions], of_person, strict=True):
            if metric.adds is not None:
                assert abs(as_number(number) - as_number(other)) <= as_number(part) + SLACK, (asked.sql(), dimensions)


def test_questions_show_something_and_hide_something() -> None:
    """The property is not empty: in a room of many and few, a row is shown and another is hidden."""
    seen = tuple((user, "c1" if place > 1 else "c2", "tv", "p1", 2, 1.5) for place, user in enumerate(USERS))
    room = Room(seen, (), (), ())
    sql = protect("SELECT campaign, SUM(impressions) AS n FROM seen GROUP BY campaign", TABLES, question=QUESTION).sql()
    assert rows_of(room, sql, 1) == {("c1",): (24,)}
