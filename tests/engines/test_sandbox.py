"""The sandbox answers from its tables, and nothing else of the machine is in its reach."""

from pathlib import Path

import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.engines.catalogue_queries import QueryStoppedError
from mandorla.engines.sandbox import Output, Question, ask


def asked(folder: Path, sql: str, *, swift: str | None = None, seconds: int = 30, stops: bool = False) -> str:
    """The answer as text."""
    folder.mkdir(exist_ok=True)
    output = folder / "out.csv"
    question = Question(sql=sql, swift=swift, tables=(), mappings=(), folder=folder, outputs=(Output(output, "CSV"),))
    ask(question, seconds=seconds, should_stop=lambda: stops)
    return (folder / "out.csv").read_text()


def test_a_question_is_answered(tmp_path: Path) -> None:
    assert asked(tmp_path, "SELECT 1 AS n, 'a,b' AS text") == '"n","text"\n1,"a,b"\n'


def test_a_swift_form_answers_where_it_has_decided_all(tmp_path: Path) -> None:
    swift = "SELECT 2 AS n, FALSE AS open UNION ALL SELECT 1, {} ORDER BY n DESC"
    assert asked(tmp_path, "SELECT 7 AS n", swift=swift.format("NULL")) == '"n"\n2\n1\n'
    assert asked(tmp_path, "SELECT 7 AS n", swift=swift.format("TRUE")) == '"n"\n7\n'


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/proc/self/environ')",
        "SELECT * FROM read_blob('../secret.txt')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY (SELECT 1) TO '/tmp/out-of-the-sandbox.csv'",
        "ATTACH '/tmp/out-of-the-sandbox.db'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SELECT getenv('HOME')",
    ],
)
def test_nothing_outside_is_in_reach(tmp_path: Path, sql: str) -> None:
    (tmp_path / "secret.txt").write_text("s3cret")
    with pytest.raises(MandorlaError) as refused:
        asked(tmp_path / "box", sql)
    assert "s3cret" not in str(refused.value)


def test_an_error_holds_no_value(tmp_path: Path) -> None:
    with pytest.raises(MandorlaError) as refused:
        asked(tmp_path, "SELECT CAST(secret AS INTEGER) FROM (VALUES ('john@example.com')) AS t(secret)")
    assert "john" not in str(refused.value)


ENDLESS = "SELECT SUM(a.range * b.range % 7) FROM range(100000000) a, range(1000000) b"


def test_a_question_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(MandorlaError, match="ran for longer than 1 seconds"):
        asked(tmp_path, ENDLESS, seconds=1)


def test_a_question_that_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    with pytest.raises(QueryStoppedError):
        asked(tmp_path, ENDLESS, stops=True)
