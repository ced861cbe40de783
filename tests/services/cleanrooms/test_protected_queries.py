"""Protected queries through boto3: two parties' tables, joined through a mapping table, answered into a bucket."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, Listening, listening
from tests.services.cleanrooms.rooms import Room, new_room
from tests.world import Party, until

EVENTS = "customer_user_id,product,price\n" + "".join(f"{1 + number % 4},p{number % 2},{number}.5\n" for number in range(12))
IMPRESSIONS = "user_id,campaign\n" + "".join(f"u-{letter},c{ord(letter) % 2}\n" for letter in "aabbcd")
ANYTHING = {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [ADVERTISER, PUBLISHER]}
ENDED = ("SUCCESS", "FAILED", "TIMED_OUT", "CANCELLED")
JOINED = """
    SELECT i.campaign, COUNT(*) AS events
    FROM impressions i INNER JOIN mapping m ON i.user_id = m.targetid INNER JOIN events e ON e.customer_user_id = m.sourceid
    GROUP BY i.campaign
"""


def bring(room: Room, party: Party, name: str, text: str, **rule: Any) -> None:
    """A configured table of a party's with a CUSTOM rule, or another one by its type."""
    party.add_table(name, text)
    client = room.client(party)
    table = client.create_configured_table(
        name=name,
        tableReference={"glue": {"databaseName": party.name, "tableName": name}},
        allowedColumns=text.splitlines()[0].split(","),
        analysisMethod="DIRECT_QUERY",
    )["configuredTable"]
    [(kind, policy)] = (rule or {"custom": ANYTHING}).items()
    client.create_configured_table_analysis_rule(
        configuredTableIdentifier=table["id"], analysisRuleType=kind.upper(), analysisRulePolicy={"v1": {kind: policy}}
    )
    client.create_configured_table_association(
        membershipIdentifier=room.membership_of(party),
        name=name,
        configuredTableIdentifier=table["id"],
        roleArn=party.role_arn,
    )


@pytest.fixture
def room(server: Listening) -> Room:
    """The advertiser asks and receives; both bring a table, and between them is a populated mapping."""
    abilities = ["CAN_QUERY", "CAN_RECEIVE_RESULTS"]
    member = {"accountId": ADVERTISER, "displayName": "advertiser", "memberAbilities": abilities}
    found = new_room(server, creatorMemberAbilities=[], members=[member])
    source, target = found.advertiser.add_source(), found.publisher.add_target()
    found.associate(found.advertiser, source, "ours")
    found.associate(found.publisher, target, "theirs")
    table = found.add_mapping_table(found.add_workflow(source, target))
    assert found.populate(table)["status"] == "SUCCEEDED"
    bring(found, found.advertiser, "events", EVENTS)
    bring(found, found.publisher, "impressions", IMPRESSIONS)
    found.advertiser.client("s3").create_bucket(Bucket=f"{found.advertiser.bucket}-results")
    return found


def start(room: Room, sql: str, **more: Any) -> str:
    """Ask; gives the query's id."""
    bucket = more.pop("bucket", f"{room.advertiser.bucket}-results")
    output = {"s3": {"resultFormat": more.pop("result_format", "CSV"), "bucket": bucket, "keyPrefix": "answers"}}
    started = room.client(room.advertiser).start_protected_query(
        type="SQL",
        membershipIdentifier=room.membership_of(room.advertiser),
        sqlParameters=more.pop("sql_parameters", {"queryString": sql}),
        resultConfiguration={"outputConfiguration": output},
        **more,
    )
    return str(started["protectedQuery"]["id"])


def ended(room: Room, query_id: str) -> dict[str, Any]:
    """What is said of a query at its end."""
    client, membership = room.client(room.advertiser), room.membership_of(room.advertiser)

    def look() -> dict[str, Any]:
        found: dict[str, Any] = client.get_protected_query(membershipIdentifier=membership, protectedQueryIdentifier=query_id)[
            "protectedQuery"
        ]
        return found

    said: dict[str, Any] = until(look, ENDED)
    return said


def body_of(room: Room, query: dict[str, Any], suffix: str) -> bytes:
    """The bytes of an answer."""
    bucket, _, folder = query["result"]["output"]["s3"]["location"].removeprefix("s3://").partition("/")
    got = room.advertiser.client("s3").get_object(Bucket=bucket, Key=f"{folder}/part-0.{suffix}")
    return bytes(got["Body"].read())


def rows_of(room: Room, sql: str) -> list[tuple[str, ...]]:
    """The rows of a question that is answered."""
    query = ended(room, start(room, sql))
    assert query["status"] == "SUCCESS", query
    _, *rows = csv.reader(io.StringIO(body_of(room, query, "csv").decode()))
    return sorted(tuple(row) for row in rows)


def test_two_tables_meet_through_the_mapping(room: Room) -> None:
    # u-a has 2 impressions, u-b 2, u-c 1; each of the customers 1, 2, 3 behind them has 3 events.
    assert rows_of(room, JOINED) == [("c0", "6"), ("c1", "9")]


def test_an_answer_comes_as_parquet_where_that_is_wanted(room: Room) -> None:
    query = ended(room, start(room, JOINED, result_format="PARQUET"))
    table = pq.read_table(io.BytesIO(body_of(room, query, "parquet")))
    assert table.column_names == ["campaign", "events"]
    assert sorted(table["events"].to_pylist()) == [6, 9]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT sourceid FROM mapping", "mapping"),
        ("SELECT m.targetid, COUNT(*) FROM mapping m INNER JOIN events e ON e.customer_user_id = m.sourceid GROUP BY 1", ""),
        ("SELECT * FROM read_csv('/etc/passwd')", ""),
        ("SELECT secret FROM events", ""),
        ("SELECT COUNT(*) FROM nowhere", "nowhere"),
        ("DROP TABLE events", ""),
        ("SELECT 1 +", ""),
    ],
)
def test_what_the_rules_forbid_is_refused_when_it_is_asked(room: Room, sql: str, said: str) -> None:
    client = room.client(room.advertiser)
    with pytest.raises(client.exceptions.ValidationException) as refused:
        start(room, sql)
    assert refused.value.response["reason"] == "INVALID_QUERY"
    assert said in refused.value.response["Error"]["Message"]


def test_a_table_that_allows_nobody_stays_closed(room: Room) -> None:
    closed = {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": ["999999999999"]}
    bring(room, room.publisher, "closed", IMPRESSIONS, custom=closed)
    with pytest.raises(ClientError, match="does not allow queries of account"):
        start(room, "SELECT COUNT(*) FROM closed")


def test_small_groups_go_where_the_rule_counts_people(room: Room) -> None:
    rule = {
        "aggregateColumns": [{"columnNames": ["user_id"], "function": "COUNT"}],
        "joinColumns": ["user_id"],
        "dimensionColumns": ["campaign"],
        "scalarFunctions": [],
        "outputConstraints": [{"columnName": "user_id", "minimum": 3, "type": "COUNT_DISTINCT"}],
    }
    rule["joinColumns"] = []
    bring(room, room.publisher, "counted", "user_id,campaign\n1,big\n2,big\n3,big\n4,small\n", aggregation=rule)
    assert rows_of(room, "SELECT campaign, COUNT(user_id) FROM counted GROUP BY campaign") == [("big", "3")]


def test_a_template_is_asked_with_its_parameters(room: Room) -> None:
    client = room.client(room.advertiser)
    template = client.create_analysis_template(
        membershipIdentifier=room.membership_of(room.advertiser),
        name="above",
        format="SQL",
        source={"text": "SELECT product, COUNT(*) AS n FROM events WHERE CAST(price AS DOUBLE) > :least GROUP BY product"},
        analysisParameters=[{"name": "least", "type": "DOUBLE"}],
    )["analysisTemplate"]
    parameters = {"analysisTemplateArn": template["arn"], "parameters": {"least": "9"}}
    query = ended(room, start(room, "", sql_parameters=parameters))
    assert query["status"] == "SUCCESS", query
    assert sorted(body_of(room, query, "csv").decode().split()) == ['"p0",1', '"p1",2', '"product","n"']


def test_results_do_not_go_where_the_data_is(room: Room) -> None:
    with pytest.raises(ClientError, match="different bucket than the one that contains the data"):
        start(room, JOINED, bucket=room.advertiser.bucket)


def test_a_result_for_another_member_goes_to_its_bucket(server: Listening) -> None:
    room = new_room(server)  # the publisher asks, the advertiser receives
    bring(room, room.advertiser, "events", EVENTS)
    results = f"{room.advertiser.bucket}-results"
    room.advertiser.client("s3").create_bucket(Bucket=results)
    place = {"membershipIdentifier": room.membership_of(room.publisher)}
    asked = {
        **place,
        "type": "SQL",
        "sqlParameters": {"queryString": "SELECT product, COUNT(*) AS n FROM events GROUP BY product"},
        "resultConfiguration": {"outputConfiguration": {"member": {"accountId": ADVERTISER}}},
    }
    client = room.client(room.publisher)
    query_id = client.start_protected_query(**asked)["protectedQuery"]["id"]
    named = {**place, "protectedQueryIdentifier": query_id}
    failed = until(lambda: client.get_protected_query(**named)["protectedQuery"], ENDED)
    assert "has nowhere to receive results" in failed["error"]["message"]
    room.client(room.advertiser).update_membership(
        membershipIdentifier=room.membership_of(room.advertiser),
        defaultResultConfiguration={"outputConfiguration": {"s3": {"resultFormat": "CSV", "bucket": results}}},
    )
    named["protectedQueryIdentifier"] = client.start_protected_query(**asked)["protectedQuery"]["id"]
    done = until(lambda: client.get_protected_query(**named)["protectedQuery"], ENDED)
    assert done["result"]["output"] == {"memberList": [{"accountId": ADVERTISER}]}
    key = f"{done['id']}/part-0.csv"
    assert room.advertiser.client("s3").get_object(Bucket=results, Key=key)["Body"].read().startswith(b'"product","n"')
    with pytest.raises(ClientError, match="CAN_QUERY"):
        room.client(room.advertiser).start_protected_query(
            **{**asked, "membershipIdentifier": room.membership_of(room.advertiser)}
        )
    listed = client.list_protected_queries(**place, status="SUCCESS")["protectedQueries"]
    assert [one["id"] for one in listed] == [done["id"]]


def test_a_rule_that_is_gone_closes_a_query_that_waits(server: Listening, room: Room) -> None:
    client = room.client(room.publisher)
    [table] = [one for one in client.list_configured_tables()["configuredTableSummaries"] if one["name"] == "impressions"][-1:]
    query_id = start(room, "SELECT campaign, COUNT(*) FROM impressions GROUP BY campaign")
    named = {"membershipIdentifier": room.membership_of(room.advertiser), "protectedQueryIdentifier": query_id}
    asker = room.client(room.advertiser)
    ended(room, query_id)
    with pytest.raises(asker.exceptions.ConflictException, match="ended already"):
        asker.update_protected_query(**named, targetStatus="CANCELLED")
    client.delete_configured_table_analysis_rule(configuredTableIdentifier=table["id"], analysisRuleType="CUSTOM")


def test_a_query_that_waits_is_cancelled_and_queries_are_listed_latest_first(tmp_path: Path) -> None:
    with listening(tmp_path, with_worker=False) as server:
        room = new_room(server)  # the publisher asks, the advertiser receives
        bring(room, room.advertiser, "events", EVENTS)
        client, place = room.client(room.publisher), {"membershipIdentifier": room.membership_of(room.publisher)}
        asked = {
            "type": "SQL",
            "sqlParameters": {"queryString": "SELECT product, COUNT(*) AS n FROM events GROUP BY product"},
            "resultConfiguration": {"outputConfiguration": {"member": {"accountId": ADVERTISER}}},
        }
        made = [client.start_protected_query(**place, **asked)["protectedQuery"]["id"] for _ in range(5)]
        cancelled = client.update_protected_query(**place, protectedQueryIdentifier=made[1], targetStatus="CANCELLED")
        assert cancelled["protectedQuery"]["status"] == "CANCELLED"
        pages = client.get_paginator("list_protected_queries").paginate(**place, PaginationConfig={"PageSize": 2})
        listed = [one for page in pages for one in page["protectedQueries"]]
        assert [one["id"] for one in listed] == made[::-1]
        waiting = client.list_protected_queries(**place, status="SUBMITTED", maxResults=10)["protectedQueries"]
        assert [one["id"] for one in waiting] == [one for one in made[::-1] if one != made[1]]
