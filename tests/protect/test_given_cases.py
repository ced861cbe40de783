"""The cases that nobody here wrote, where they are at hand: verdicts on queries, and the guide's own identity join."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mandorla.domain.analysis_rules import IdMappingTableRule
from mandorla.domain.protected_query import AmcQuestion, CleanRoomsQuestion, UserThresholds
from mandorla.domain.query_table import EventKey, QueryTable, amazon_table, event_table
from mandorla.protect.protection import protect
from mandorla.protect.refusal import RefusedError
from tests.protect.room import ANY_QUERY, PROVIDER, RUNNER, columns

CASES = Path(os.environ.get("MANDORLA_CASES", Path(__file__).parents[3] / "shared" / "cases"))
QUERIES = CASES / "sql" / "queries.json"
LOADED = json.loads(QUERIES.read_text(encoding="utf-8"))["cases"] if QUERIES.exists() else []
EVENTS = event_table(
    "sample_event_data",
    dict.fromkeys(("customer_user_id", "eventtime", "eventtype", "productid", "productquantity", "totalcost"), "string"),
    EventKey(mapping_relation="mapped"),
)
TABLES = [
    amazon_table(
        "dsp_impressions",
        dict.fromkeys(("user_id", "advertiser", "campaign", "campaign_id", "total_cost", "impressions"), "string"),
    ),
    amazon_table("dsp_clicks", dict.fromkeys(("user_id", "campaign"), "string")),
    amazon_table(
        "amazon_attributed_events_by_traffic_time",
        dict.fromkeys(("user_id", "campaign", "total_purchases", "traffic_event_dt_utc", "conversion_event_dt_utc"), "string"),
    ),
    EVENTS,
]
ROOM = [
    QueryTable(name="provider", columns=columns("id data_col"), owner=PROVIDER, analysis_rule=ANY_QUERY),
    QueryTable(name="consumer", columns=columns("id campaign"), owner=RUNNER, analysis_rule=ANY_QUERY),
    QueryTable(name="mapping", columns=columns("sourceid targetid"), owner=PROVIDER, analysis_rule=IdMappingTableRule()),
]


@pytest.mark.skipif(not LOADED, reason="the given cases are not here; MANDORLA_CASES names their folder")
@pytest.mark.parametrize("case", LOADED, ids=[case["id"] for case in LOADED])
def test_a_given_query_gets_its_verdict(case: dict[str, Any]) -> None:
    is_amc = case["dialect"] == "amc"
    question = AmcQuestion() if is_amc else CleanRoomsQuestion(runner=RUNNER)
    tables = TABLES if is_amc else ROOM
    if case["verdict"] == "accept":
        assert protect(case["sql"], tables, question=question)
    elif case["verdict"] == "reject":
        with pytest.raises(RefusedError) as refused:
            protect(case["sql"], tables, question=question)
        assert refused.value.message


@pytest.mark.skipif(
    not (CASES / "end_to_end").exists(), reason="the given cases are not here; MANDORLA_CASES names their folder"
)
@pytest.mark.parametrize(
    ("thresholds", "answer"),
    [
        (UserThresholds(none=1, low=1, medium=1, high=1), "result_without_thresholds"),
        (UserThresholds(none=2, low=2, medium=2, high=2), "result_with_minimum_2_users"),
        (UserThresholds(), "result_with_thresholds"),
    ],
)
def test_the_identity_join_of_the_guide(thresholds: UserThresholds, answer: str) -> None:
    folder = CASES / "end_to_end" / "guide_small"
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    room = duckdb.connect()
    for name, file in (("dsp_impressions", "dsp_impressions.csv"), ("sample_event_data", "sampleevent.csv")):
        with (folder / file).open(encoding="utf-8", newline="") as text:
            header, *rows = csv.reader(text)
        room.execute(f"CREATE TABLE {name} ({', '.join(f'{column} TEXT' for column in header)})")
        room.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(header))})", rows)
    room.execute("CREATE TABLE mapped (sourceid TEXT, targetid TEXT)")
    room.executemany("INSERT INTO mapped VALUES (?, ?)", [row[:2] for row in case["mapping"]])
    impressions = amazon_table("dsp_impressions", dict.fromkeys(("user_id", "advertiser", "campaign", "impressions"), "string"))
    protected = protect(case["query"], [impressions, EVENTS], question=AmcQuestion(thresholds=thresholds))
    assert sorted(room.execute(protected.sql()).fetchall()) == [tuple(row) for row in case[answer]]
