"""Queries over the catalogue without a server: limits, and what is written into logs."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.domain.glue_table import GlueTable
from mandorla.engines.catalogue_queries import QueryResult, QueryStoppedError, run_query
from mandorla.engines.catalogue_statements import read_statement
from mandorla.engines.catalogue_tables import AttachableTable, TableFile

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ENDLESS = "SELECT count(*) FROM UNNEST(sequence(1, 90000)) AS a(x), UNNEST(sequence(1, 90000)) AS b(y), t WHERE x * y = id"


def asked(folder: Path, sql: str, *, seconds: int = 60, is_stopped: bool = False) -> QueryResult:
    """A query over a table of one row."""
    file = folder / "a.csv"
    file.write_text("1,ann@example.com\n", encoding="utf-8")
    columns = [{"name": "id", "type": "bigint"}, {"name": "email", "type": "string"}]
    definition = {"storage_descriptor": {"columns": columns}}
    table = GlueTable(
        account_id="111122223333", database_name="d", name="t", definition=definition, created_at=NOW, updated_at=NOW
    )
    return run_query(
        read_statement(sql, database="d"),
        [AttachableTable(table=table, files=(TableFile(path=file),))],
        database="d",
        folder=folder,
        output=folder / "out.csv",
        seconds=seconds,
        should_stop=lambda: is_stopped,
    )


def test_a_query_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(MandorlaError, match="longer than 1 seconds"):
        asked(tmp_path, ENDLESS, seconds=1)


def test_a_query_that_nobody_wants_is_ended(tmp_path: Path) -> None:
    with pytest.raises(QueryStoppedError):
        asked(tmp_path, ENDLESS, is_stopped=True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t WHERE email = 'bob@example.com' FOR UPDATE",
        "SELECT 'bob@example.com', sha512(to_utf8(email)) FROM t",
        "SELECT array_sort(ARRAY['bob@example.com'], (x, y) -> 1)",
        "EXPLAIN SELECT 'bob@example.com'",
        "SELECT CAST('bob@example.com' AS bigint) FROM t",
        "SHOW 'bob@example.com'",
        "WITH x AS (UNLOAD (SELECT 1) TO 'bob@example.com') SELECT 1",
        "SELECT 1 FROM t WHERE email = 'bob@example.com' PREPARE",
    ],
)
def test_no_text_of_a_query_is_logged_or_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], sql: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(MandorlaError) as refused:
        asked(tmp_path, sql)
    assert "bob@" not in refused.value.message + caplog.text + "".join(capfd.readouterr())
