"""A small room to ask questions in: AMC's tables, an advertiser's events and Clean Rooms' tables, with one person to look for.

User u7 is the target: alone in the campaign 'solo', on the device 'rare', in the postal code 'canary', with the bid 987.654
and the
product 'canary'. 'tiny' is a campaign of three users. Each of c0 to c3 has 300 users, each of the postal codes p0 to p7 has
150.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from mandorla.domain.analysis_rules import CustomRule, IdMappingTableRule
from mandorla.domain.protected_query import AmcQuestion, QueryParameter, TimeWindow
from mandorla.domain.query_table import EventKey, QueryColumn, QueryTable, amazon_table, event_table
from mandorla.protect.protection import ProtectedSql

IMPRESSIONS = {
    "user_id": "string",
    "advertiser": "string",
    "campaign": "string",
    "campaign_id": "bigint",
    "device_type": "string",
    "postal_code": "string",
    "impressions": "bigint",
    "total_cost": "double",
    "bid_price": "double",
    "impression_dt": "timestamp",
}
AMC_TABLES = (
    amazon_table("dsp_impressions", IMPRESSIONS),
    amazon_table("dsp_clicks", {"user_id": "string", "campaign": "string", "clicks": "bigint", "click_dt": "timestamp"}),
    amazon_table(
        "conversions",
        {"user_id": "string", "campaign": "string", "purchases": "bigint", "product_sales": "double", "event_dt": "timestamp"},
    ),
    amazon_table("campaign_names", {"campaign": "string", "label": "string"}),
    event_table(
        "sample_event_data",
        {
            "customer_user_id": "string",
            "eventtime": "timestamp",
            "eventtype": "string",
            "productid": "string",
            "productquantity": "bigint",
            "totalcost": "double",
        },
        EventKey(mapping_relation="mapping_of_users"),
    ),
)
QUESTION = AmcQuestion(
    time_window=TimeWindow(datetime(2024, 1, 1), datetime(2024, 2, 1)),
    parameters=(
        QueryParameter(name="campaign", data_type="STRING", default_value="c1"),
        QueryParameter(name="least", data_type="INTEGER", default_value="2"),
        QueryParameter(name="devices", data_type="ARRAY", element_type="STRING", default_value='["phone", "tv"]'),
        QueryParameter(name="target", data_type="STRING", default_value="u7"),
        QueryParameter(name="postal", data_type="STRING", default_value="canary"),
    ),
)

ROWS = """
CREATE TABLE dsp_impressions AS
SELECT 'u' || i AS user_id, 'a' || (i % 2) AS advertiser, 'c' || (i % 4) AS campaign, i % 4 AS campaign_id,
       ['phone', 'tv', 'tablet'][1 + i % 3] AS device_type, 'p' || (i % 8) AS postal_code, 1 + i % 3 AS impressions,
       (1 + i % 7) / 4 AS total_cost, (i % 5)::DOUBLE AS bid_price, TIMESTAMP '2024-01-02' + INTERVAL (i % 20) DAY AS
       impression_dt
FROM range(1200) AS t(i), range(2) AS r(k);
INSERT INTO dsp_impressions
SELECT 'u' || i, 'a0', 'tiny', 9, 'phone', 'p1', 4, 2.5, 1.0, TIMESTAMP '2024-01-05' FROM range(5, 8) AS t(i);
INSERT INTO dsp_impressions VALUES ('u7', 'a0', 'solo', 8, 'rare', 'canary', 77, 12345.0, 987.654, TIMESTAMP '2024-01-07
07:07:07');
INSERT INTO dsp_impressions
SELECT 'u' || i, 'a1', 'c1', 1, 'phone', 'q1', 1, 1.0, 2.0, TIMESTAMP '2024-01-09' FROM range(40) AS t(i);
CREATE TABLE dsp_clicks AS
SELECT 'u' || i AS user_id, 'c' || (i % 4) AS campaign, 1 AS clicks, TIMESTAMP '2024-01-04' + INTERVAL (i % 20) DAY AS click_dt
FROM range(0, 1200, 3) AS t(i);
CREATE TABLE conversions AS
SELECT 'u' || i AS user_id, 'c' || (i % 4) AS campaign, 1 + i % 2 AS purchases, 10.5 + i % 3 AS product_sales,
       TIMESTAMP '2024-01-06' + INTERVAL (i % 20) DAY AS event_dt
FROM range(0, 1200, 5) AS t(i);
CREATE TABLE campaign_names AS SELECT 'c' || i AS campaign, 'Campaign ' || i AS label FROM range(4) AS t(i);
CREATE TABLE sample_event_data AS
SELECT 'k' || i AS customer_user_id, TIMESTAMP '2024-01-03' + INTERVAL (i % 15) DAY AS eventtime,
       ['purchase', 'addtocart'][1 + i % 2] AS eventtype, 'prod' || (i % 6) AS productid, 1 + i % 4 AS productquantity,
       2.5 + i % 9 AS totalcost
FROM range(1100) AS t(i);
INSERT INTO sample_event_data VALUES ('k7', TIMESTAMP '2024-01-07 07:07:07', 'secret', 'canary', 77, 4321.0);
CREATE TABLE mapping_of_users AS SELECT 'k' || i AS sourceid, 'u' || i AS targetid FROM range(1000) AS t(i);
"""
WITHOUT_TARGET = """
DELETE FROM dsp_impressions WHERE user_id = 'u7';
DELETE FROM dsp_clicks WHERE user_id = 'u7';
DELETE FROM conversions WHERE user_id = 'u7';
DELETE FROM sample_event_data WHERE customer_user_id = 'k7';
DELETE FROM mapping_of_users WHERE targetid = 'u7';
DELETE FROM provider WHERE id = '7';
DELETE FROM consumer WHERE id = 't7';
DELETE FROM mapping WHERE sourceid = '7';
"""
CLEAN_ROOMS_ROWS = """
CREATE TABLE provider AS
SELECT i::VARCHAR AS id, 'person' || i || '@example.com' AS email, ['x', 'y', 'z'][1 + i % 3] AS segment, (i % 10)::DOUBLE AS
amount
FROM range(600) AS t(i);
CREATE TABLE consumer AS
SELECT 't' || i AS id, 'c' || (i % 3) AS campaign, (i % 4)::BIGINT AS visits FROM range(200, 900) AS t(i);
INSERT INTO consumer VALUES ('t7', 'solo', 77);
CREATE TABLE mapping AS SELECT i::VARCHAR AS sourceid, 't' || i AS targetid FROM range(500) AS t(i) WHERE i < 450 OR i % 2 = 0;
INSERT INTO mapping VALUES ('598', NULL), (NULL, 't899');
"""
RUNNER, PROVIDER = "111122223333", "444455556666"
ANY_QUERY = CustomRule(allowed_analyses=("ANY_QUERY",), allowed_analysis_providers=(RUNNER,))


def columns(names: str) -> tuple[QueryColumn, ...]:
    """Text columns of those names."""
    return tuple(QueryColumn(name) for name in names.split())


def clean_rooms_tables(
    provider_rule: object = ANY_QUERY, consumer_rule: object = ANY_QUERY, mapping_rule: object = None
) -> list[QueryTable]:
    """The provider's, the runner's and the mapping table, under these rules."""
    return [
        QueryTable(name="provider", columns=columns("id email segment amount"), owner=PROVIDER, analysis_rule=provider_rule),
        QueryTable(name="consumer", columns=columns("id campaign visits"), owner=RUNNER, analysis_rule=consumer_rule),
        QueryTable(
            name="mapping",
            columns=columns("sourceid targetid"),
            owner=PROVIDER,
            analysis_rule=mapping_rule or IdMappingTableRule(),
        ),
    ]


def open_room(*, with_target: bool = True) -> duckdb.DuckDBPyConnection:
    """A database in memory with all rows, or without the target's."""
    connection = duckdb.connect()
    connection.execute(ROWS + CLEAN_ROOMS_ROWS)
    if not with_target:
        connection.execute(WITHOUT_TARGET)
    return connection


def answer(connection: duckdb.DuckDBPyConnection, protected: ProtectedSql) -> list[tuple[Any, ...]]:
    """The rows of a protected query. Its swift form, where it has one, must find the same or know that it does not."""
    rows = connection.execute(protected.sql()).fetchall()
    if protected.swift is not None:
        found = connection.execute(protected.swift).fetchall()
        certain = [row[:-1] for row in found if not row[-1]]
        if len(certain) == len(found):
            assert sorted(map(near, certain)) == sorted(map(near, rows)), protected.swift
        else:
            assert set(map(near, certain)) <= set(map(near, rows)), protected.swift
    return rows


def near(row: tuple[Any, ...]) -> str:
    """A row as text, floating point numbers to nine digits: sums of them depend on the order."""
    return repr(tuple(f"{value:.9g}" if isinstance(value, float) else value for value in row))


def cases(path: Path) -> list[tuple[str, str]]:
    """Pairs of a verdict (a comment) and the SQL under it; cases are divided by empty lines."""
    found = []
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        verdict, _, sql = block.strip().partition("\n")
        assert verdict.startswith("-- "), block
        found.append((verdict[3:], sql.strip()))
    return found
