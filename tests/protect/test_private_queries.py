"""Questions under differential privacy: which form they may have, what they cost, and that a user's rows are nobody else's."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from mandorla.domain.analysis_rules import AggregationThreshold, CustomRule
from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.protect.protection import ProtectedSql, protect
from mandorla.protect.refusal import RefusedError
from tests.protect.room import ANY_QUERY, RUNNER, cases, clean_rooms_tables, open_room

CASES = cases(Path(__file__).parent.parent / "tables" / "protect" / "private.sql")
PRIVATE = replace(ANY_QUERY, differential_privacy_column="id")
RULES: dict[str, tuple[CustomRule, CustomRule]] = {
    "private": (PRIVATE, ANY_QUERY),
    "both private": (PRIVATE, PRIVATE),
    "other column": (PRIVATE, replace(ANY_QUERY, differential_privacy_column="campaign")),
    "lost column": (replace(ANY_QUERY, differential_privacy_column="person"), ANY_QUERY),
    "threshold beside": (
        PRIVATE,
        replace(ANY_QUERY, aggregation_threshold=AggregationThreshold(identity_column="id", minimum_identity_count=3)),
    ),
    "other account": (replace(PRIVATE, allowed_analysis_providers=("999999999999",)), ANY_QUERY),
}
ALLOWED = [(verdict.partition(" allowed: ")[0], verdict, sql) for verdict, sql in CASES if " allowed: " in verdict]
REFUSED = [(*verdict.split(" refused: "), sql) for verdict, sql in CASES if " refused: " in verdict]


def protected(rules: str, sql: str) -> ProtectedSql:
    return protect(sql, clean_rooms_tables(*RULES[rules]), question=CleanRoomsQuestion(runner=RUNNER))


def test_every_case_is_one_or_the_other() -> None:
    assert len(ALLOWED) + len(REFUSED) == len(CASES)


@pytest.mark.parametrize(("rules", "sentence", "sql"), REFUSED, ids=[sql[:70] for *_, sql in REFUSED])
def test_what_cannot_be_protected_is_refused(rules: str, sentence: str, sql: str) -> None:
    with pytest.raises(RefusedError) as refused:
        protected(rules, sql)
    assert sentence in [refusal.sentence for refusal in refused.value.refusals]


@pytest.mark.parametrize(("rules", "verdict", "sql"), ALLOWED, ids=[sql[:70] for *_, sql in ALLOWED])
def test_a_question_costs_its_releases_and_keeps_users_apart(rules: str, verdict: str, sql: str) -> None:
    found = protected(rules, sql)
    assert found.private is not None
    assert verdict.partition(": ")[2].split()[0] == str(found.private.releases)
    room = duckdb.connect()
    fill(room)
    whole = contributions(room, found)
    assert whole, "the case has rows"
    for person in ("7", "8", "t9"):
        if rules == "private" and person == "t9":
            continue
        room.execute("BEGIN")
        room.execute("DELETE FROM provider WHERE id = ?", [person])
        if rules == "both private":
            room.execute("DELETE FROM consumer WHERE id = ?", [person])
        others = Counter({row: count for row, count in whole.items() if row[0] != person})
        assert contributions(room, found) == others
        room.execute("ROLLBACK")


def fill(room: duckdb.DuckDBPyConnection) -> None:
    """Few people with several rows each, some alike, some nobody's, so that every join has something to fill up."""
    room.execute(
        """
        CREATE TABLE provider AS
        SELECT (i % 12)::VARCHAR AS id, 'e' || (i % 12) AS email, ['x', 'y', 'z'][1 + i % 3] AS segment,
            (i % 7)::DOUBLE AS amount
        FROM range(40) AS t(i);
        INSERT INTO provider VALUES (NULL, 'nobody', 'x', 5), ('7', 'e7', 'y', 987654), ('9', NULL, NULL, NULL);
        CREATE TABLE consumer AS
        SELECT (CASE WHEN i % 2 = 0 THEN 't' ELSE '' END) || i AS id, 'c' || (i % 3) AS campaign, (i % 4)::BIGINT AS visits
        FROM range(5, 20) AS t(i);
        INSERT INTO consumer VALUES ('t9', 'c1', 3), ('t7', 'c1', 3), (NULL, 'c2', 1);
        CREATE TABLE mapping AS SELECT i::VARCHAR AS sourceid, 't' || i AS targetid FROM range(4, 11) AS t(i);
        """
    )


def contributions(room: duckdb.DuckDBPyConnection, found: ProtectedSql) -> Counter[tuple[object, ...]]:
    """The rows that users contribute, without those that are nobody's."""
    assert found.private is not None
    rows = room.execute(found.private.rows).fetchall()
    return Counter(row for row in rows if row[0] is not None)


def test_the_text_reads_no_table() -> None:
    found = protected("private", "SELECT segment, COUNT(*) AS n FROM provider GROUP BY segment")
    with pytest.raises(duckdb.CatalogException):
        open_room().execute(found.sql())


def test_parts_that_are_read_again_and_again_are_worked_out_once() -> None:
    parts = ["p0 AS (SELECT id FROM provider)"]
    parts += [f"p{n} AS (SELECT a.id FROM p{n - 1} a JOIN p{n - 1} b ON a.id = b.id)" for n in range(1, 30)]
    found = protected("private", f"WITH {', '.join(parts)} SELECT COUNT(*) AS n FROM p29")
    assert found.private is not None
