"""Executions of workflows: the guide's identity join, from two parties' tables to an answer in the customer's bucket."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.listening import PUBLISHER, ROOMY, Listening, listening
from tests.services.amc.ads import AmcRoom, eventually, new_room

EVENTS = """customer_user_id,eventtime,eventtype,productid,productquantity,totalcost
1,2024-03-01T10:00:00Z,purchase,111,1,10.00
1,2024-03-01T11:00:00Z,purchase,222,3,15.65
2,2024-03-02T09:30:00Z,purchase,333,5,13.22
3,2024-03-03T12:00:00Z,addtocart,333,7,11.47
"""
IMPRESSIONS = """user_id,advertiser,campaign,impressions
u-a,Acme,c1,3
u-a,Acme,c2,1
u-b,Acme,c1,2
u-c,Brand,c3,5
"""
JOIN = """
    SELECT advertiser, COUNT(1) AS meetings
    FROM dsp_impressions a INNER JOIN sample_event_data c ON a.user_id = c.user_id GROUP BY 1
"""
AMC_ACCOUNTS = ["657425294073", "813176346477"]


def answering_room(server: Listening, *, events: str = EVENTS, impressions: str = IMPRESSIONS, **identities: str) -> AmcRoom:
    """A room with a populated mapping, the publisher's impressions, the advertiser's events and a bucket for results."""
    room = new_room(server, **identities)
    made = room.create_table("mapping")
    assert room.job(made["idMappingTable"]["id"], made["idMappingWorkflowJobId"])["status"] == "SUCCEEDED"
    add_publisher_table(room, impressions)
    add_events(room, events)
    results = f"{room.advertiser.bucket}-results"
    room.advertiser.client("s3").create_bucket(Bucket=results)
    output = {"s3": {"resultFormat": "CSV", "bucket": results, "keyPrefix": "amc"}}
    room.advertiser.client("cleanrooms").update_membership(
        membershipIdentifier=room.membership_id, defaultResultConfiguration={"outputConfiguration": output}
    )
    return room


def add_publisher_table(room: AmcRoom, impressions: str = IMPRESSIONS) -> None:
    """The publisher's impressions, configured and no more: AMC brings them to each of its rooms."""
    room.publisher.add_table("impressions", impressions)
    client = room.publisher.client("cleanrooms")
    for old in client.list_configured_tables()["configuredTableSummaries"]:
        client.delete_configured_table_analysis_rule(configuredTableIdentifier=old["id"], analysisRuleType="CUSTOM")
    table = client.create_configured_table(
        name="dsp_impressions",
        tableReference={"glue": {"databaseName": room.publisher.name, "tableName": "impressions"}},
        allowedColumns=impressions.splitlines()[0].split(","),
        analysisMethod="DIRECT_QUERY",
    )["configuredTable"]
    rule = {"custom": {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [PUBLISHER]}}
    client.create_configured_table_analysis_rule(
        configuredTableIdentifier=table["id"], analysisRuleType="CUSTOM", analysisRulePolicy={"v1": rule}
    )


def add_events(room: AmcRoom, events: str = EVENTS) -> None:
    """The advertiser's event table, as the guide has it set up."""
    room.advertiser.add_table("events", events)
    client = room.advertiser.client("cleanrooms")
    table = client.create_configured_table(
        name="sample_event_data",
        tableReference={"glue": {"databaseName": room.advertiser.name, "tableName": "events"}},
        allowedColumns=events.splitlines()[0].split(","),
        analysisMethod="DIRECT_QUERY",
    )["configuredTable"]
    rule = {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": AMC_ACCOUNTS, "additionalAnalyses": "ALLOWED"}
    client.create_configured_table_analysis_rule(
        configuredTableIdentifier=table["id"],
        analysisRuleType="CUSTOM",
        analysisRulePolicy={"v1": {"custom": rule}},
    )
    association = client.create_configured_table_association(
        membershipIdentifier=room.membership_id,
        name="sample_event_data",
        configuredTableIdentifier=table["id"],
        roleArn=room.advertiser.role_arn,
    )["configuredTableAssociation"]
    client.create_configured_table_association_analysis_rule(
        membershipIdentifier=room.membership_id,
        configuredTableAssociationIdentifier=association["id"],
        analysisRuleType="CUSTOM",
        analysisRulePolicy={"v1": {"custom": {"allowedResultReceivers": [room.advertiser.account_id]}}},
    )


def run(room: AmcRoom, sql: str, **more: Any) -> dict[str, Any]:
    """An execution at its end."""
    path = f"/amc/reporting/{room.instance_id}/workflowExecutions"
    workflow = {"sqlQuery": sql, **more.pop("workflow", {})}
    made = room.ads.ok("POST", path, {"workflow": workflow, "timeWindowType": "ALL", **more})
    one = f"{path}/{made['workflowExecutionId']}"
    ended: dict[str, Any] = eventually(
        lambda: room.ads.ok("GET", one), lambda said: said["status"] not in ("PENDING", "RUNNING")
    )
    return ended


def rows_of(room: AmcRoom, execution: dict[str, Any]) -> list[list[str]]:
    """The rows that the customer received."""
    assert execution["status"] == "SUCCEEDED", execution
    bucket, _, folder = execution["outputS3URI"].removeprefix("s3://").partition("/")
    body = room.advertiser.client("s3").get_object(Bucket=bucket, Key=f"{folder}/part-0.csv")["Body"].read().decode()
    return sorted(list(csv.reader(io.StringIO(body)))[1:])


@pytest.fixture(scope="module", params=[1, 2, 100])
def least(request: pytest.FixtureRequest) -> int:
    """How many users a row needs."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, least: int) -> Iterator[AmcRoom]:
    """A room on a server with that threshold."""
    users = replace(ROOMY, amc_users_none=1, amc_users_low=least, amc_users_medium=least, amc_users_high=least)
    with listening(tmp_path_factory.mktemp("server"), limits=users) as server:
        yield answering_room(server)


def test_the_identity_join_is_answered_with_as_many_rows_as_the_threshold_leaves(room: AmcRoom, least: int) -> None:
    expected = {1: [["Acme", "5"], ["Brand", "1"]], 2: [["Acme", "5"]], 100: []}
    assert rows_of(room, run(room, JOIN)) == expected[least]


def test_sources_are_listed_with_their_sensitivities(room: AmcRoom) -> None:
    sources = room.ads.ok("GET", f"/amc/reporting/{room.instance_id}/dataSources")["dataSources"]
    run(room, "SELECT advertiser, SUM(impressions) AS n FROM dsp_impressions GROUP BY advertiser")
    sources = room.ads.ok("GET", f"/amc/reporting/{room.instance_id}/dataSources")["dataSources"]
    found = {one["dataSourceId"]: {column["name"]: column["sensitivity"] for column in one["columns"]} for one in sources}
    assert found["dsp_impressions"]["user_id"] == "VERY_HIGH"
    assert found["sample_event_data"]["user_id"] == "VERY_HIGH"
    assert "customer_user_id" in found["sample_event_data"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT user_id, SUM(impressions) AS n FROM dsp_impressions GROUP BY user_id", "user_id"),
        ("SELECT * FROM dsp_impressions", "*"),
        ("SELECT advertiser, COUNT(1) AS n FROM nowhere GROUP BY 1", "nowhere"),
        ("SELECT advertiser, COUNT(1) AS n FROM dsp_impressions GROUP BY 1 LIMIT 5", "LIMIT"),
    ],
)
def test_a_query_that_may_not_run_fails_with_the_reason(room: AmcRoom, sql: str, said: str) -> None:
    ended = run(room, sql)
    assert ended["status"] == "FAILED"
    assert said in ended["statusReason"]


def test_parameters_fill_a_query_and_a_dry_run_writes_nothing(room: AmcRoom, least: int) -> None:
    sql = "SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE campaign = CUSTOM_PARAMETER('c') GROUP BY 1"
    workflow = {"inputParameters": [{"name": "c", "dataType": "STRING"}]}
    ended = run(room, sql, workflow=workflow, parameterValues={"c": "c1"})
    assert rows_of(room, ended) == ([["c1", "2"]] if least < 100 else [])
    dry = run(room, sql, workflow=workflow, parameterValues={"c": "c1"}, dryRun=True)
    assert (dry["status"], dry.get("outputS3URI")) == ("SUCCEEDED", None)


def test_both_members_read_in_their_logs_what_a_workflow_asked(room: AmcRoom) -> None:
    sql = "SELECT campaign, COUNT(1) AS n FROM dsp_impressions WHERE campaign <> 'john@example.com' GROUP BY 1"
    done, refused = run(room, sql), run(room, "SELECT 'john@example.com', * FROM dsp_impressions")
    found = {}
    for party in (room.advertiser, room.publisher):
        events = party.client("logs").filter_log_events(logGroupName=f"/aws/cleanrooms/{room.collaboration_id}")["events"]
        lines = [json.loads(event["message"]) for event in events]
        assert "john@example.com" not in json.dumps(lines)
        found[party.account_id] = [
            (line["status"], line.get("errorCode"), line["requesterAccountId"], line["schemaNames"], line["queryText"])
            for line in lines
            if line["eventId"] in (done["workflowExecutionId"], refused["workflowExecutionId"])
        ]
    told = (room.advertiser.account_id, ["dsp_impressions"])
    counted, starred = (
        "SELECT campaign, COUNT(?) AS n FROM dsp_impressions WHERE campaign <> ? GROUP BY ?",
        "SELECT ?, * FROM dsp_impressions",
    )
    assert found[PUBLISHER] == found[room.advertiser.account_id]
    assert found[PUBLISHER] == [
        ("SUBMITTED", None, *told, counted),
        ("SUCCESS", None, *told, counted),
        ("SUBMITTED", None, *told, starred),
        ("FAILED", "INVALID_RESOURCE", *told, starred),
    ]


def test_what_a_table_lacks_is_said(tmp_path: Path) -> None:
    with listening(tmp_path) as server:
        room = new_room(server)
        add_events(room)
        ended = run(room, JOIN)
        assert "no ID mapping table of the instance is populated" in ended["statusReason"]
        room.ads.refused("GET", f"/amc/reporting/{room.instance_id}/dataSources/sample_event_data", status=404)


@pytest.mark.parametrize(
    ("users", "answer"),
    [(1, "result_without_thresholds"), (2, "result_with_minimum_2_users"), (100, "result_with_thresholds")],
)
def test_the_guides_tables_from_files_to_the_stated_result(tmp_path: Path, cases: Path, users: int, answer: str) -> None:
    folder = cases / "end_to_end" / "guide_small"
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    names = {"source": "sampleidentity", "target": "target", "events": "sampleevent", "impressions": "dsp_impressions"}
    texts = {name: (folder / f"{file}.csv").read_text(encoding="utf-8") for name, file in names.items()}
    thresholds = dict.fromkeys(("amc_users_none", "amc_users_low", "amc_users_medium", "amc_users_high"), users)
    with listening(tmp_path, limits=replace(ROOMY, **thresholds)) as server:
        room = answering_room(server, **texts)
        [table] = room.ads.ok("POST", f"{room.path}/idmappingtables/list", {})["idMappingTables"]
        [job] = room.ads.ok("POST", f"{room.path}/idmappingtables/{table['id']}/jobs/list", {})["idMappingJobs"]
        metrics = room.job(table["id"], job["jobId"])["metrics"]
        for name in ("totalMappedSourceRecords", "totalMappedTargetRecords", "recordsNotProcessed"):
            assert metrics[name] == case["job_metrics"][name]
        stated = sorted([advertiser, str(meetings)] for advertiser, meetings in case[answer])
        assert rows_of(room, run(room, case["query"])) == stated
