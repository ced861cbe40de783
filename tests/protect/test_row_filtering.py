"""The guide's worked example of row filtering, made from users' rows: which rows go, and which values become NULL."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mandorla.domain.protected_query import AmcQuestion, PrivacyFiltering, UserThresholds
from mandorla.domain.query_table import QueryTable, amazon_table
from mandorla.protect.protection import protect

# impressions, clicks, device, postal code, users with impressions, users with clicks: Amazon Ads guide, create workflow.
GROUPS = [
    (1100, 300, "iPhone", "11111", 50, 13),
    (200, 100, "Android", "22222", 30, 8),
    (1300, 500, "Android", "33333", 133, 87),
    (1700, 700, "Android", "44444", 108, 359),
]
TABLE = amazon_table(
    "traffic",
    {"user_id": "string", "impressions": "bigint", "clicks": "bigint", "device_type": "string", "postal_code": "string"},
)
SQL = (
    "SELECT SUM(impressions) AS impressions, SUM(clicks) AS clicks, device_type, postal_code "
    "FROM traffic GROUP BY device_type, postal_code"
)


def spread(total: int, users: int) -> Iterator[int]:
    """A total over so many users, nobody with none."""
    yield from (total // users + (1 if user < total % users else 0) for user in range(users))


@pytest.fixture
def room() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE traffic (user_id TEXT, impressions BIGINT, clicks BIGINT, device_type TEXT, postal_code TEXT)"
    )
    for number, (impressions, clicks, device, postal, seen, clicked) in enumerate(GROUPS):
        rows = [(f"u{number}-{user}", share, 0, device, postal) for user, share in enumerate(spread(impressions, seen))]
        rows += [(f"u{number}-{user}", 0, share, device, postal) for user, share in enumerate(spread(clicks, clicked))]
        connection.executemany("INSERT INTO traffic VALUES (?, ?, ?, ?, ?)", rows)
    return connection


def answer(room: duckdb.DuckDBPyConnection, question: AmcQuestion, table: QueryTable = TABLE) -> list[tuple[object, ...]]:
    return sorted(room.execute(protect(SQL, [table], question=question).sql()).fetchall(), key=str)


def test_rows_with_too_few_users_go(room: duckdb.DuckDBPyConnection) -> None:
    assert answer(room, AmcQuestion()) == [(1700, 700, "Android", "44444")]


def test_with_a_discriminator_values_become_null_and_rows_are_aggregated_again(room: duckdb.DuckDBPyConnection) -> None:
    assert answer(room, AmcQuestion(filtered_metrics_discriminator_column="filtered")) == [
        (1100, 300, "iPhone", None, True),
        (1500, 600, "Android", None, True),
        (1700, 700, "Android", "44444", False),
    ]


def test_the_published_example_comes_out(room: duckdb.DuckDBPyConnection, cases: Path) -> None:
    published = json.loads((cases / "sql" / "row_filtering.json").read_text())
    assert [tuple(row.values()) for row in published["raw_rows"]] == GROUPS
    with_column = AmcQuestion(filtered_metrics_discriminator_column="filtered")
    for name, question in (("REMOVE_ROWS", AmcQuestion()), ("REMOVE_VALUES_with_filtered_column", with_column)):
        assert [list(row) for row in answer(room, question)] == published[name]


def test_the_count_and_the_reason_are_added(room: duckdb.DuckDBPyConnection) -> None:
    question = AmcQuestion(
        privacy_filtering=PrivacyFiltering.REMOVE_VALUES,
        distinct_user_count_column="users",
        filtered_metrics_discriminator_column="filtered",
        filtered_reason_column="reason",
    )
    protected = protect(SQL, [TABLE], question=question)
    assert protected.columns == ("impressions", "clicks", "device_type", "postal_code", "users", "filtered", "reason")
    found = sorted(room.execute(protected.sql()).fetchall(), key=str)
    assert found[0] == (1100, 300, "iPhone", None, 13, True, "50 'traffic' users < 100 required")
    assert found[-1] == (1700, 700, "Android", "44444", 108, False, None)


def test_without_thresholds_every_row_is_there(room: duckdb.DuckDBPyConnection) -> None:
    open_thresholds = UserThresholds(none=1, low=1, medium=1, high=1)
    assert len(answer(room, AmcQuestion(thresholds=open_thresholds))) == len(GROUPS)


def test_the_count_column_stands_beside_rows(room: duckdb.DuckDBPyConnection) -> None:
    question = AmcQuestion(distinct_user_count_column="users", filtered_reason_column="reason")
    assert answer(room, question) == [(1700, 700, "Android", "44444", 108, None)]
