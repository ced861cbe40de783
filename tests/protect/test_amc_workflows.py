"""What an AMC execution brings besides its SQL: parameters, its time window, consent and the mapping of events to users."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import duckdb
import pytest

from mandorla.domain.analysis_rules import (
    AggregationThreshold,
    AllowedAggregateExpression,
    ComparisonControls,
    CustomRule,
)
from mandorla.domain.protected_query import AmcQuestion, QueryParameter, TimeWindow, UserThresholds
from mandorla.domain.query_table import EventKey, QueryColumn, QueryTable, Sensitivity, amazon_table, event_table
from mandorla.protect.protection import protect
from mandorla.protect.refusal import RefusedError
from mandorla.protect.rewrites.consent import COUNTRIES_WITH_CONSENT
from mandorla.protect.time_windows import duration_of
from tests.protect.room import AMC_TABLES, QUESTION, open_room

OPEN = UserThresholds(none=1, low=1, medium=1, high=1)


def days(sql: str, question: AmcQuestion) -> list[tuple[object, ...]]:
    room = duckdb.connect()
    room.execute(
        "CREATE TABLE dsp_clicks AS SELECT 'u' || i AS user_id, TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS "
        "click_dt FROM range(100) t(i)"
    )
    tables = [amazon_table("dsp_clicks", {"user_id": "string", "click_dt": "timestamp"})]
    return room.execute(protect(sql, tables, question=question).sql()).fetchall()


def test_the_time_window_bounds_amazons_tables() -> None:
    question = AmcQuestion(time_window=TimeWindow(datetime(2024, 1, 11), datetime(2024, 1, 21)), thresholds=OPEN)
    assert days("SELECT COUNT(1) AS n FROM dsp_clicks", question) == [(10,)]
    assert days("SELECT COUNT(1) AS n FROM EXTEND_TIME_WINDOW('dsp_clicks', 'P3D', 'P1D')", question) == [(14,)]
    assert days("SELECT COUNT(1) AS n FROM EXTEND_TIME_WINDOW('dsp_clicks', 'PT24H', 'PT0S') AS c", question) == [(11,)]
    assert days("SELECT COUNT(1) AS n FROM dsp_clicks", AmcQuestion(thresholds=OPEN)) == [(100,)]


def test_the_query_can_name_the_window() -> None:
    window = TimeWindow(datetime(2024, 1, 11), datetime(2024, 1, 21), "America/New_York")
    sql = (
        "SELECT BUILT_IN_PARAMETER('TIME_WINDOW_START') AS s, BUILT_IN_PARAMETER('TIME_WINDOW_TIME_ZONE') AS "
        "z, COUNT(1) AS n FROM dsp_clicks "
        "WHERE click_dt >= BUILT_IN_PARAMETER('TIME_WINDOW_START') AND click_dt < BUILT_IN_PARAMETER('TIME_WINDOW_END')"
    )
    assert days(sql, AmcQuestion(time_window=window, thresholds=OPEN)) == [(datetime(2024, 1, 11), "America/New_York", 10)]
    with pytest.raises(RefusedError, match="has no value here"):
        days(sql, AmcQuestion(thresholds=OPEN))


@pytest.mark.parametrize(
    ("text", "length"), [("P14D", timedelta(days=14)), ("P1W", timedelta(weeks=1)), ("P", None), ("14D", None), ("P1M", None)]
)
def test_durations(text: str, length: timedelta | None) -> None:
    assert duration_of(text) == length


TYPED = {
    "BOOLEAN": ("true", "maybe"), "BYTE": ("12", "1000"), "DATE": ("2024-01-02", "yesterday"), "DOUBLE": ("1.5", "NaN"),
    "FLOAT": ("2.5", "x"), "INTEGER": ("7", "7.5"), "LONG": ("70000000000", "9223372036854775808"), "SHORT": ("300", "70000"),
    "TIMESTAMP": ("2024-01-02T03:04:05", "noon"), "BINARY": ("00ff", "zz"), "DECIMAL": ("1.25", "Infinity"),
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPED)
def test_a_parameter_is_of_its_type(kind: str) -> None:
    good, bad = TYPED[kind]
    question = AmcQuestion(parameters=(QueryParameter(name="p", data_type=kind),), thresholds=OPEN)
    assert days("SELECT CUSTOM_PARAMETER('p') AS p, COUNT(1) AS n FROM dsp_clicks", AmcQuestion(
        parameters=(QueryParameter(name="p", data_type=kind, default_value=good),), thresholds=OPEN))[0][1] == 100  # fmt: skip
    with pytest.raises(RefusedError, match="is not of its type"):
        protect(
            "SELECT CUSTOM_PARAMETER('p') AS p, COUNT(1) AS n FROM dsp_clicks",
            AMC_TABLES,
            question=question,
            parameters={"p": bad},
        )


def test_a_parameter_is_never_more_than_a_value() -> None:
    sql = "SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE campaign = CUSTOM_PARAMETER('campaign') GROUP BY campaign"
    for value in ("x' OR '1' = '1", "c1'; DROP TABLE dsp_impressions; --", "user_id", "$1"):
        assert (
            open_room().execute(protect(sql, AMC_TABLES, question=QUESTION, parameters={"campaign": value}).sql()).fetchall()
            == []
        )


def consented(row: dict[str, str | None]) -> bool:
    """The guide's rule, written as plainly as it reads."""
    if all(value is None for value in row.values()):
        return True
    if "country" in row and row["country"] is not None and row["country"].upper() not in COUNTRIES_WITH_CONSENT:
        return True
    if row["tcf"] is not None:
        return row["tcf"] == "GRANTED"
    if row["gpp"] is not None:
        return row["gpp"] == "GRANTED"
    if row["amz_user_data_consent"] is not None:
        return row["amz_user_data_consent"] == "GRANTED" and row["amz_ad_storage_consent"] in (None, "GRANTED")
    return False


@pytest.mark.parametrize("has_country", [True, False])
def test_the_consent_truth_table(has_country: bool) -> None:
    values = dict.fromkeys(("tcf", "gpp", "amz_user_data_consent", "amz_ad_storage_consent"), (None, "GRANTED", "DENIED"))
    values = {**({"country": (None, "US", "DE")} if has_country else {}), **values}
    rows = [dict(zip(values, row, strict=True)) for row in product(*values.values())]
    room = duckdb.connect()
    room.execute(f"CREATE TABLE events (customer_user_id TEXT, {', '.join(f'{name} TEXT' for name in values)})")
    room.executemany(
        f"INSERT INTO events VALUES ({', '.join('?' * (len(values) + 1))})",
        [(f"k{i}", *row.values()) for i, row in enumerate(rows)],
    )
    room.execute("CREATE TABLE mapped AS SELECT customer_user_id AS sourceid, 'u' || customer_user_id AS targetid FROM events")
    table = event_table("events", dict.fromkeys(("customer_user_id", *values), "string"), EventKey(mapping_relation="mapped"))
    protected = protect("SELECT COUNT(1) AS n FROM events", [table], question=AmcQuestion(thresholds=OPEN))
    assert room.execute(protected.sql()).fetchall() == [(sum(consented(row) for row in rows),)]


def test_a_consent_column_of_another_type_is_ignored() -> None:
    room = duckdb.connect()
    room.execute("CREATE TABLE events AS SELECT 'k' AS customer_user_id, 0 AS tcf")
    room.execute("CREATE TABLE mapped AS SELECT 'k' AS sourceid, 'u' AS targetid")
    table = event_table("events", {"customer_user_id": "string", "tcf": "int"}, EventKey(mapping_relation="mapped"))
    protected = protect("SELECT COUNT(1) AS n FROM events", [table], question=AmcQuestion(thresholds=OPEN))
    assert room.execute(protected.sql()).fetchall() == [(1,)]
    assert protected.relations == ("events", "mapped")


def test_an_internal_column_cannot_be_used_at_all() -> None:
    table = QueryTable(
        name="t",
        columns=(QueryColumn("user_id", "string", Sensitivity.VERY_HIGH), QueryColumn("raw", "string", Sensitivity.INTERNAL)),
        user_column="user_id",
    )
    with pytest.raises(RefusedError, match="INTERNAL"):
        protect("SELECT COUNT(1) AS n FROM t WHERE raw = 'x'", [table], question=AmcQuestion())


def test_a_zero_can_count_as_a_small_group() -> None:
    sql = "SELECT COUNT(1) AS n, SUM(CASE WHEN campaign = 'nowhere' THEN 1 ELSE 0 END) AS m FROM dsp_impressions"
    room = open_room()
    assert room.execute(protect(sql, AMC_TABLES, question=AmcQuestion()).sql()).fetchall() == [(2444, 0)]
    strict = AmcQuestion(thresholds=UserThresholds(zero_needs_users=True))
    assert room.execute(protect(sql, AMC_TABLES, question=strict).sql()).fetchall() == []


def test_an_added_column_needs_a_name_of_its_own() -> None:
    question = AmcQuestion(distinct_user_count_column="n")
    with pytest.raises(RefusedError, match="adds a column 'n'"):
        protect("SELECT COUNT(1) AS n FROM dsp_clicks", AMC_TABLES, question=question)


RULED = replace(
    AMC_TABLES[-1],
    analysis_rule=CustomRule(
        allowed_analyses=("ANY_QUERY",),
        disallowed_output_columns=("productid",),
        aggregation_threshold=AggregationThreshold(
            identity_column="customer_user_id",
            minimum_identity_count=600,
            allowed_aggregate_expression=AllowedAggregateExpression.COLUMNS_ONLY,
        ),
        comparison_controls=ComparisonControls(("eventtype",), ("eventtype", "productid")),
    ),
)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT productid, COUNT(1) AS n FROM sample_event_data GROUP BY productid", "may not be in the output"),
        ("SELECT COUNT(1) AS n FROM sample_event_data WHERE totalcost > 5", "may not be compared with a literal"),
        ("SELECT productquantity, COUNT(1) AS n FROM sample_event_data GROUP BY 1", "joined on or grouped by"),
        ("SELECT SUM(totalcost * 2) AS n FROM sample_event_data", "may aggregate only a column"),
    ],
)
def test_the_owners_own_rule_holds_in_amc_too(sql: str, said: str) -> None:
    assert protect(sql, AMC_TABLES, question=AmcQuestion())
    with pytest.raises(RefusedError, match=said):
        protect(sql, [*AMC_TABLES[:-1], RULED], question=AmcQuestion())


def test_the_owners_threshold_wins_where_it_is_stricter() -> None:
    sql = (
        "SELECT eventtype, COUNT(DISTINCT c.user_id) AS n FROM sample_event_data c "
        "INNER JOIN dsp_impressions i ON i.user_id = c.user_id GROUP BY eventtype"
    )
    room, tables = open_room(), [*AMC_TABLES[:-1], RULED]
    free = dict(room.execute(protect(sql, AMC_TABLES, question=AmcQuestion()).sql()).fetchall())
    held = dict(room.execute(protect(sql, tables, question=AmcQuestion()).sql()).fetchall())
    assert free
    assert held == {kind: users for kind, users in free.items() if users >= 600}
    assert held != free
