"""Clean Rooms' analysis rules: what each allows, what it refuses in which words, and what comes out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mandorla.domain.analysis_rule_payload import analysis_rule_of
from mandorla.domain.analysis_rules import AnalysisRule, CollaborationRule, IdMappingTableRule
from mandorla.domain.protected_query import CleanRoomsQuestion, QueryParameter
from mandorla.domain.query_table import QueryTable
from mandorla.protect.protection import protect
from mandorla.protect.refusal import RefusedError
from tests.protect.room import ANY_QUERY, PROVIDER, RUNNER, cases, clean_rooms_tables, columns, open_room

CASES = cases(Path(__file__).parent.parent / "tables" / "protect" / "clean_rooms.sql")
COUNTS = [{"columnNames": ["id"], "function": "COUNT_DISTINCT"}, {"columnNames": ["amount"], "function": "AVG"}]


def aggregation(**changes: Any) -> AnalysisRule:
    fields = {
        "aggregateColumns": COUNTS,
        "joinColumns": ["id"],
        "dimensionColumns": ["segment", "campaign", "amount"],
        "scalarFunctions": ["UPPER"],
        "outputConstraints": [{"columnName": "id", "minimum": 100, "type": "COUNT_DISTINCT"}],
    }
    return analysis_rule_of({"v1": {"aggregation": {**fields, **changes}}})


def custom(**fields: Any) -> AnalysisRule:
    return analysis_rule_of(
        {"v1": {"custom": {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [RUNNER], **fields}}}
    )


def threshold(**fields: Any) -> list[Mapping[str, Any]]:
    given = {"identityColumns": ["id"], "minimumIdentityCount": 100, "type": "COUNT_DISTINCT"}
    return [{**given, "allowedAggregateExpressionType": "COLUMNS_ONLY", **fields}]


LISTING = analysis_rule_of({"v1": {"list": {"joinColumns": ["id"], "listColumns": ["segment", "campaign"]}}})
RULES: dict[str, tuple[AnalysisRule | None, AnalysisRule | None]] = {
    "aggregation": (aggregation(), aggregation()),
    "aggregation small groups": (aggregation(), aggregation()),
    "aggregation with join required": (aggregation(joinRequired="QUERY_RUNNER"), aggregation()),
    "list": (LISTING, LISTING),
    "custom": (ANY_QUERY, ANY_QUERY),
    "custom mixed": (ANY_QUERY, aggregation()),
    "no rule": (None, ANY_QUERY),
    "other account": (custom(allowedAnalysisProviders=["999999999999"]), ANY_QUERY),
    "templates only": (
        custom(allowedAnalyses=["arn:aws:cleanrooms:us-east-1:444455556666:membership/m/analysistemplate/t"]),
        ANY_QUERY,
    ),
    "disallowed": (custom(disallowedOutputColumns=["email"]), ANY_QUERY),
    "threshold": (custom(aggregationThresholds=threshold()), ANY_QUERY),
    "threshold ordered": (custom(aggregationThresholds=threshold()), ANY_QUERY),
    "threshold any": (custom(aggregationThresholds=threshold(allowedAggregateExpressionType="ANY_EXPRESSION")), ANY_QUERY),
    "threshold exempt": (
        custom(
            aggregationThresholds=threshold(
                minimumIdentityCount=1000, outputColumnThresholds=[{"outputColumnName": "segment", "minimumIdentityCount": 0}]
            )
        ),
        ANY_QUERY,
    ),
    "controls": (
        custom(
            comparisonControls={
                "allowedLiteralComparisonColumns": ["segment"],
                "allowedColumnComparisonColumns": ["id", "segment"],
            }
        ),
        ANY_QUERY,
    ),
}


@pytest.fixture(scope="module")
def room() -> duckdb.DuckDBPyConnection:
    return open_room()


@pytest.mark.parametrize(("verdict", "sql"), CASES, ids=[f"{verdict[:25]} {sql[:50]}" for verdict, sql in CASES])
def test_a_rule_gives_its_verdict(room: duckdb.DuckDBPyConnection, verdict: str, sql: str) -> None:
    names, _, expected = verdict.partition(": ")
    rule_set = names.removesuffix(" allowed").removesuffix(" refused")
    tables = clean_rooms_tables(*RULES[rule_set])
    question = CleanRoomsQuestion(runner=RUNNER)
    if names.endswith(" refused"):
        with pytest.raises(RefusedError) as refused:
            protect(sql, tables, question=question)
        assert expected in [refusal.sentence for refusal in refused.value.refusals]
    else:
        found = room.execute(protect(sql, tables, question=question).sql()).fetchall()
        assert repr(sorted(found)) == expected


OPEN, TABLE_FIRST, MAPPING_FIRST = IdMappingTableRule(dimension_columns=("sourceid", "targetid")), "p {} JOIN m", "m {} JOIN p"
NAMES = {"p": "provider AS p", "m": "mapping AS m"}
GRID = [(order, side) for order in (TABLE_FIRST, MAPPING_FIRST) for side in ("INNER", "LEFT", "RIGHT", "FULL")]
CLAUSES = {
    "join": "SELECT COUNT(1) AS n FROM {}",
    "select": "SELECT m.sourceid, COUNT(1) AS n FROM {} GROUP BY m.sourceid",
    "where": "SELECT COUNT(1) AS n FROM {} WHERE m.sourceid > '0'",
}


@pytest.mark.parametrize("is_open", [False, True], ids=["protected", "dimension"])
@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize(("order", "side"), GRID, ids=[order.format(side) for order, side in GRID])
def test_the_grid_of_mapping_table_joins(order: str, side: str, clause: str, is_open: bool) -> None:
    joined = " ".join(NAMES.get(word, word) for word in order.format(side).split()) + " ON p.id = m.sourceid"
    tables = clean_rooms_tables(mapping_rule=OPEN if is_open else None)
    is_inner_side = side == "INNER" or (order, side) in ((TABLE_FIRST, "LEFT"), (MAPPING_FIRST, "RIGHT"))
    if is_inner_side and (clause == "join" or is_open):
        assert protect(CLAUSES[clause].format(joined), tables, question=CleanRoomsQuestion(runner=RUNNER))
    else:
        with pytest.raises(RefusedError):
            protect(CLAUSES[clause].format(joined), tables, question=CleanRoomsQuestion(runner=RUNNER))


def overlapping_room() -> duckdb.DuckDBPyConnection:
    room = duckdb.connect()
    room.execute("CREATE TABLE licences AS SELECT * FROM (VALUES ('1', 'TX'), ('2', 'MA'), ('3', 'IL')) AS t(id, state)")
    room.execute("CREATE TABLE policies AS SELECT * FROM (VALUES ('a', 'n1'), ('b', 'n2'), ('c', 'n3')) AS t(id, policy)")
    room.execute(
        "CREATE TABLE idmt AS SELECT * FROM (VALUES ('1', 'a'), ('2', NULL), ('3', 'b'), (NULL, 'c')) AS t(sourceid, targetid)"
    )
    return room


def overlapping_tables(protected: tuple[str, ...] = ("sourceid", "targetid")) -> list[QueryTable]:
    open_sides = tuple(side for side in ("sourceid", "targetid") if side not in protected)
    rule = IdMappingTableRule(require_overlap=protected, dimension_columns=open_sides)
    return [
        QueryTable(name="licences", columns=columns("id state"), owner=PROVIDER, analysis_rule=ANY_QUERY),
        QueryTable(name="policies", columns=columns("id policy"), owner=RUNNER, analysis_rule=ANY_QUERY),
        QueryTable(name="idmt", columns=columns("sourceid targetid"), analysis_rule=rule),
    ]


def test_only_what_overlaps_on_both_sides_comes_out() -> None:
    """Clean Rooms user guide, analysis-rules-id-mapping-table: licences 1 to 3, policies a to c, of which two are mapped."""
    room, tables = overlapping_room(), overlapping_tables()
    for first in ("INNER", "LEFT"):
        for second in ("INNER", "RIGHT"):
            joined = f"licences l {first} JOIN idmt ON l.id = idmt.sourceid {second} JOIN policies p ON p.id = idmt.targetid"
            for sql in (
                f"SELECT l.state, p.policy FROM {joined}",
                f"WITH t AS (SELECT l.state, p.policy FROM {joined}) SELECT state, policy FROM t",
            ):
                found = room.execute(protect(sql, tables, question=CleanRoomsQuestion(runner=RUNNER)).sql()).fetchall()
                assert sorted(found) == [("IL", "n2"), ("TX", "n1")]


# What two questions show in each state of protection: Eduard and Gweneth overlap, Dana and the policy of c do not.
SOURCES = "licences l LEFT JOIN idmt ON l.id = idmt.sourceid"
WHOLE = f"SELECT l.state, p.policy FROM {SOURCES} RIGHT JOIN policies p ON p.id = idmt.targetid"
HALF = f"SELECT l.state FROM {SOURCES}"
BOTH = [("IL", "n2"), ("TX", "n1")]
STATES: dict[tuple[str, ...], tuple[list[tuple[str | None, ...]], list[str]]] = {
    ("sourceid", "targetid"): (BOTH, ["IL", "TX"]),
    ("targetid",): (BOTH, ["IL", "MA", "TX"]),
    ("sourceid",): ([*BOTH, (None, "n3")], ["IL", "TX"]),
    (): ([*BOTH, (None, "n3")], ["IL", "MA", "TX"]),
}


@pytest.mark.parametrize("protected", STATES, ids=["both", "target", "source", "neither"])
def test_what_is_shown_in_the_four_states_of_protection(protected: tuple[str, ...]) -> None:
    tables = overlapping_tables(protected)
    question = CleanRoomsQuestion(runner=RUNNER)
    whole, half = (
        overlapping_room().execute(protect(sql, tables, question=question).sql()).fetchall() for sql in (WHOLE, HALF)
    )
    assert (sorted(whole, key=str), sorted(state for (state,) in half)) == STATES[protected]


def test_a_mapping_column_joins_only_with_the_tables_of_its_side() -> None:
    tables = clean_rooms_tables()
    tables[2] = QueryTable(
        name="mapping",
        columns=columns("sourceid targetid"),
        analysis_rule=IdMappingTableRule(),
        joins_with={"sourceid": PROVIDER, "targetid": RUNNER},
    )
    question = CleanRoomsQuestion(runner=RUNNER)
    assert protect("SELECT COUNT(1) AS n FROM provider p JOIN mapping m ON p.id = m.sourceid", tables, question=question)
    with pytest.raises(RefusedError):
        protect("SELECT COUNT(1) AS n FROM consumer c JOIN mapping m ON c.id = m.sourceid", tables, question=question)


def test_a_template_and_its_parameters() -> None:
    arn = f"arn:aws:cleanrooms:us-east-1:{PROVIDER}:membership/m/analysistemplate/t"
    tables = clean_rooms_tables(custom(allowedAnalyses=[arn], allowedAnalysisProviders=[]))
    parameters = (
        QueryParameter(name="segment", data_type="VARCHAR"),
        QueryParameter(name="least", data_type="INTEGER", default_value="3"),
    )
    question = CleanRoomsQuestion(runner=RUNNER, analysis_template_arn=arn, parameters=parameters)
    sql = "SELECT COUNT(1) AS n FROM provider WHERE segment = :segment AND amount >= :least"
    protected = protect(sql, tables, question=question, parameters={"segment": "x' OR '1'='1"})
    assert open_room().execute(protected.sql()).fetchall() == [(0,)]
    assert open_room().execute(protect(sql, tables, question=question, parameters={"segment": "x"}).sql()).fetchall() == [
        (140,)
    ]
    for wrong in ({}, {"segment": "x", "least": "three"}, {"segment": "x", "other": "1"}):
        with pytest.raises(RefusedError) as refused:
            protect(sql, tables, question=question, parameters=wrong)
        assert {refusal.check for refusal in refused.value.refusals} == {"parameters"}


def test_only_allowed_accounts_receive_results() -> None:
    tables = clean_rooms_tables()
    closed = QueryTable(
        name="provider",
        columns=columns("id segment"),
        analysis_rule=ANY_QUERY,
        collaboration_rule=CollaborationRule(allowed_result_receivers=(PROVIDER,)),
    )
    for receivers, is_allowed in (((PROVIDER,), True), ((RUNNER,), False)):
        question = CleanRoomsQuestion(runner=RUNNER, result_receivers=receivers)
        if is_allowed:
            assert protect("SELECT COUNT(1) AS n FROM provider", [closed, *tables[1:]], question=question)
        else:
            with pytest.raises(RefusedError, match="does not allow account"):
                protect("SELECT COUNT(1) AS n FROM provider", [closed, *tables[1:]], question=question)


def test_all_refusals_come_at_once() -> None:
    with pytest.raises(RefusedError) as refused:
        protect(
            "SELECT email, SUM(amount) AS s FROM provider WHERE id = '7'",
            clean_rooms_tables(aggregation(), aggregation()),
            question=CleanRoomsQuestion(runner=RUNNER),
        )
    assert len(refused.value.refusals) >= 4
