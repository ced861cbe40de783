"""What a log may show of a question: words, names and signs, and never a value, whatever it is dressed as."""

import pytest

from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.loggable import named_tables, text_without_values

SECRET = "secret"
CASES = [
    ("SELECT a FROM t WHERE b = 'secret'", "SELECT a FROM t WHERE b = ?"),
    ('SELECT a FROM t WHERE b = "secret"', "SELECT a FROM t WHERE b = ?"),
    ("SELECT a FROM t WHERE b = 'it''s secret' OR b = 'x\\'secret'", "SELECT a FROM t WHERE b = ? OR b = ?"),
    ("SELECT a FROM t -- secret\n/* secret */ WHERE b IN ('secret', r'secret')", "SELECT a FROM t WHERE b IN (?, ?)"),
    ("SELECT a AS `secret@example.com`, `plain` FROM t", "SELECT a AS ?, `plain` FROM t"),
    ("SELECT X'5ec12e7', 10L, 1.5e3, -7 FROM t", "SELECT ?, ?, ?, -? FROM t"),
    ("SELECT DATE '2024-01-01' + INTERVAL '3' DAY, CAST(a AS DECIMAL(10, 2))",
     "SELECT DATE ? + INTERVAL ? DAY, CAST(a AS DECIMAL(?, ?))"),
    ("SELECT a FROM t WHERE b = :day GROUP  BY\n a", "SELECT a FROM t WHERE b = :day GROUP BY a"),
    ("SELECT 'secret never ends", "?"),
    ("SELECT 2063457890secret FROM t", "SELECT ? FROM t"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), CASES)
def test_a_value_becomes_a_placeholder(text: str, shown: str) -> None:
    assert text_without_values(text, SqlDialect.SPARK) == shown


@pytest.mark.parametrize("dialect", SqlDialect)
@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_no_dialect_shows_a_value(text: str, dialect: SqlDialect) -> None:
    assert SECRET not in text_without_values(text, dialect)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT * FROM Events e JOIN `impressions` i ON e.a = i.a JOIN events f ON TRUE", ("events", "impressions")),
        ("WITH own AS (SELECT * FROM events) SELECT * FROM own WHERE a IN (SELECT b FROM people)", ("events", "people")),
        ("SELECT * FROM `secret@example.com`", ()),
        ("SHOW secret", ()),
        ("SELECT 'secret", ()),
    ],
)
def test_the_tables_that_a_question_names(text: str, names: tuple[str, ...]) -> None:
    assert named_tables(text, SqlDialect.SPARK) == names
