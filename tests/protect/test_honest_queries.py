"""Honest questions get the answer that they would get without any protection, but for the groups that are too small."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mandorla.protect.protection import protect
from tests.protect.room import AMC_TABLES, QUESTION, answer, cases, open_room

HONEST = cases(Path(__file__).parent.parent / "tables" / "protect" / "amc_honest.sql")
# AMC's own words, as DuckDB's macros: the oracle knows nothing of the code under test.
UNPROTECTED = """
CREATE MACRO seconds_between(a, b) AS date_diff('second', a, b);
CREATE MACRO contained_in(a, b) AS list_contains(b, a);
CREATE MACRO nvl(a, b) AS coalesce(a, b);
CREATE MACRO built_in_parameter(name) AS CASE name WHEN 'TIME_WINDOW_START' THEN TIMESTAMP '2024-01-01' ELSE TIMESTAMP
'2024-02-01' END;
CREATE TABLE events AS
SELECT e.*, m.targetid AS user_id FROM sample_event_data AS e LEFT JOIN mapping_of_users AS m ON e.customer_user_id =
m.sourceid;
"""
PARAMETERS = {"campaign": "'c1'", "least": "2", "devices": "['phone', 'tv']"}


@pytest.fixture(scope="module")
def room() -> duckdb.DuckDBPyConnection:
    connection = open_room()
    connection.execute(UNPROTECTED)
    return connection


def unprotected(sql: str) -> str:
    """The same question for DuckDB as it is, with the event table's view and the parameters' values written out."""
    sql = re.sub(r"CUSTOM_PARAMETER\('(\w+)'\)", lambda found: PARAMETERS[found.group(1)], sql)
    return sql.replace("sample_event_data", "events")


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows in an order of their own, with numbers that differ only by their type made equal."""
    found = connection.execute(sql).fetchall()
    return sorted(
        (
            tuple(round(float(v), 6) if isinstance(v, (int, float)) or hasattr(v, "as_tuple") else v for v in row)
            for row in found
        ),
        key=str,
    )


@pytest.mark.parametrize(("verdict", "sql"), HONEST, ids=[sql[:60] for _, sql in HONEST])
def test_an_honest_question_is_answered(room: duckdb.DuckDBPyConnection, verdict: str, sql: str) -> None:
    protected = protect(sql, AMC_TABLES, question=QUESTION)
    kept = f"WHERE NOT coalesce({verdict.removeprefix('without: ')}, FALSE)" if verdict.startswith("without: ") else ""
    expected = rows(room, f"SELECT * FROM ({unprotected(sql)}) AS answer {kept}")
    assert expected, "the oracle's answer has rows"
    answer(room, protected)
    assert rows(room, protected.sql()) == expected


def test_there_are_eighty_honest_questions() -> None:
    assert len(HONEST) >= 80
