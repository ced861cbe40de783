"""The page of the SQL reference says what the tables say, and every function it names runs."""

import duckdb
import pytest

from mandorla.domain.protected_query import AmcQuestion, CleanRoomsQuestion, SqlDialect, UserThresholds
from mandorla.domain.query_table import QueryColumn, QueryTable, Sensitivity
from mandorla.protect.grammar import AGGREGATES, AMC_FUNCTIONS, SCALARS, WINDOWS
from mandorla.protect.parsing import read_query
from mandorla.protect.protection import protect
from mandorla.protect.refusal import RefusedError
from tests.protect.room import ANY_QUERY, RUNNER

EXAMPLES = [*SCALARS.examples, *AGGREGATES.examples, *WINDOWS.examples]
TEXTS = {
    "UPPER",
    "LOWER",
    "TRIM",
    "LTRIM",
    "RTRIM",
    "SUBSTRING",
    "LEFT",
    "RIGHT",
    "CONCAT",
    "LENGTH",
    "CHAR_LENGTH",
    "REPLACE",
    "SPLIT_PART",
    "POSITION",
    "STRPOS",
    "REGEXP_LIKE",
    "INITCAP",
    "TO_DATE",
    "TO_TIMESTAMP",
    "TO_NUMBER",
    "NVL2",
    "IF",
}
TIMES = {
    "DATE_TRUNC",
    "EXTRACT",
    "DATE_PART",
    "YEAR",
    "MONTH",
    "DAY",
    "HOUR",
    "DATEADD",
    "DATEDIFF",
    "DATE",
    "LAST_DAY",
    "TO_CHAR",
}


def table(name: str) -> QueryTable:
    kind = "text" if name in TEXTS else "timestamp" if name in TIMES | set(AMC_FUNCTIONS) else "double"
    columns = tuple(QueryColumn(column, kind, Sensitivity.NONE) for column in ("a", "b"))
    flag = QueryColumn("c", "boolean" if name == "IF" else kind, Sensitivity.NONE)
    return QueryTable(name="t", columns=(*columns, flag), analysis_rule=ANY_QUERY)


def run(example: str, dialect: SqlDialect) -> list[tuple[object, ...]]:
    name = example.split("(")[0]
    shown = table(name)
    room = duckdb.connect()
    value = {"text": "'12'", "timestamp": "TIMESTAMP '2024-01-02 03:04:05'", "double": "2.5"}[shown.columns[0].data_type]
    room.execute(f"CREATE TABLE t AS SELECT {value} AS a, {value} AS b, {value} AS c")
    if name == "IF":
        example = "IF(a = b, b, c)"
    amc = dialect is SqlDialect.AMC
    question = (
        AmcQuestion(thresholds=UserThresholds(none=0, low=0)) if amc else CleanRoomsQuestion(runner=RUNNER, dialect=dialect)
    )
    sql = (
        f"SELECT x FROM (SELECT {example} AS x FROM t) AS s"
        if not amc
        else f"SELECT x, COUNT(1) AS n FROM (SELECT {example} AS x FROM t) AS s GROUP BY x"
    )
    return room.execute(protect(sql, [shown], question=question).sql()).fetchall()


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("dialect", [SqlDialect.REDSHIFT, SqlDialect.SPARK])
def test_a_listed_function_runs(example: str, dialect: SqlDialect) -> None:
    try:
        read_query(f"SELECT {example}", dialect)
    except RefusedError:
        pytest.skip("the dialect writes it otherwise")
    assert len(run(example, dialect)) == 1


@pytest.mark.parametrize(
    "example", [*SCALARS.examples, "SECONDS_BETWEEN(a, b)", "CONVERT_TIME_ZONE_FROM_UTC(a, 'Europe/Paris')"]
)
def test_a_listed_function_runs_in_amc(example: str) -> None:
    assert len(run(example, SqlDialect.AMC)) == 1
