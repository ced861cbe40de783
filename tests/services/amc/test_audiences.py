"""Rule-based audiences: the publisher gets the users, the advertiser about how many they are, and each refusal its reason."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from botocore.exceptions import ClientError

from mandorla.services.amc.audience_sizes import shown_size
from mandorla.services.amc.audiences import AUDIENCE
from tests.listening import PUBLISHER, ROOMY, Listening, listening
from tests.mortal_workers import outlived
from tests.services.amc.ads import AmcRoom, Clock, eventually
from tests.services.amc.test_executions import answering_room

PATH = "/amc/audiences/query"
SMALL = replace(ROOMY, amc_audience_users=2, amc_users_low=2, amc_users_medium=2, amc_users_high=2)
CLOCK = Clock()
BOUGHT = """
    SELECT a.user_id FROM dsp_impressions_for_audiences a INNER JOIN sample_event_data c ON a.user_id = c.user_id
    WHERE c.eventtype = 'purchase'
"""


@dataclass(frozen=True, slots=True)
class Audiences:
    """The audiences of a room's instance, as its client asks for them."""

    room: AmcRoom

    def call(self, method: str, audience_id: str = "", body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and document of a call."""
        path = f"{PATH}/{audience_id}" if audience_id else PATH
        sent = {"Amazon-Marketing-Cloud-Audience-InstanceId": self.room.instance_id, **headers}
        return self.room.ads.call(method, path, body, **sent)

    def create(self, query: str | None, **more: Any) -> tuple[int, dict[str, Any]]:
        """What a request for an audience is answered with."""
        return self.call("POST", body=requested(query, **more))

    def made(self, query: str, **more: Any) -> dict[str, Any]:
        """An audience once it has ended."""
        status, said = self.create(query, **more)
        assert status == 200, said
        return self.ended(said["audienceExecutionId"])

    def ended(self, audience_id: str) -> dict[str, Any]:
        """An audience that is not on its way any more."""
        found: dict[str, Any] = eventually(
            lambda: self.call("GET", audience_id)[1], lambda said: said["status"] not in ("PENDING", "RUNNING")
        )
        return found

    def key(self, audience: dict[str, Any], name: str) -> dict[str, str]:
        """Where the publisher finds a part of an audience."""
        folder = f"{self.room.instance_id}/{audience['audienceExecutionId']}"
        return {"Bucket": f"amc-audiences-{PUBLISHER}", "Key": f"{folder}/{name}"}

    def users(self, audience: dict[str, Any]) -> list[str]:
        """Who is in an audience, as the publisher reads it."""
        body = self.room.publisher.client("s3").get_object(**self.key(audience, "users.csv"))["Body"].read().decode()
        [head, *rows] = csv.reader(io.StringIO(body))
        assert head == ["user_id"]
        return [user for [user] in rows]


def requested(query: str | None, **more: Any) -> dict[str, Any]:
    """A request for an audience."""
    body = {"advertiserId": "1", "audienceName": "Buyers", "query": query} | more
    window = {"timeWindowStart": "2024-01-01T00:00:00Z", "timeWindowEnd": "2024-12-31T00:00:00Z"}
    return {name: value for name, value in (window | body).items() if value is not None}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A server on which two users are enough, whose clock can be set forward."""
    with listening(tmp_path_factory.mktemp("server"), limits=SMALL, clock=CLOCK) as running:
        yield running


@pytest.fixture(scope="module")
def audiences(server: Listening) -> Audiences:
    """A room that can answer."""
    return Audiences(answering_room(server))


def test_the_publisher_gets_the_users_and_the_advertiser_their_number(audiences: Audiences) -> None:
    audience = audiences.made(BOUGHT)
    assert (audience["status"], audience["audienceCount"]) == ("SUCCEEDED", 2), audience
    assert audiences.users(audience) == ["u-a", "u-b"]
    told = audiences.room.publisher.client("s3").get_object(**audiences.key(audience, "audience.json"))["Body"].read()
    assert json.loads(told)["audienceName"] == "AMC Buyers"
    assert "u-a" not in json.dumps(audiences.call("GET")[1])


def test_the_advertiser_cannot_read_the_publishers_bucket(audiences: Audiences) -> None:
    audience = audiences.made(BOUGHT, audienceName="Read")
    s3 = audiences.room.advertiser.client("s3")
    place = audiences.key(audience, "users.csv")
    for ask in (lambda: s3.get_object(**place), lambda: s3.list_objects_v2(Bucket=place["Bucket"])):
        with pytest.raises(ClientError, match="AccessDenied"):
            ask()


@pytest.mark.parametrize(
    ("query", "users"),
    [
        ("SELECT user_id FROM dsp_impressions_for_audiences", ["u-a", "u-b", "u-c"]),
        ("SELECT DISTINCT user_id FROM DSP_IMPRESSIONS_FOR_AUDIENCES WHERE campaign <> 'c3'", ["u-a", "u-b"]),
        ("SELECT user_id FROM sample_event_data", ["u-a", "u-b", "u-c"]),
        (
            "WITH t AS (SELECT user_id, COUNT(1) AS n FROM dsp_impressions_for_audiences GROUP BY user_id) "
            "SELECT user_id FROM t WHERE n < 5",
            ["u-a", "u-b", "u-c"],
        ),
        (
            "SELECT user_id FROM dsp_impressions_for_audiences WHERE user_id NOT IN "
            "(SELECT user_id FROM sample_event_data WHERE eventtype = 'addtocart')",
            ["u-a", "u-b"],
        ),
    ],
)
def test_audiences_of_many_forms(audiences: Audiences, query: str, users: list[str]) -> None:
    audience = audiences.made(query)
    assert audience["status"] == "SUCCEEDED", audience
    assert audiences.users(audience) == users


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT user_id, campaign FROM dsp_impressions_for_audiences", "selects user_id and nothing else"),
        ("SELECT campaign FROM dsp_impressions_for_audiences", "selects user_id and nothing else"),
        ("SELECT COUNT(DISTINCT user_id) AS n FROM dsp_impressions_for_audiences", "selects user_id and nothing else"),
        ("SELECT * FROM dsp_impressions_for_audiences", "selects user_id and nothing else"),
        ("SELECT user_id FROM", "Syntax error"),
        ("DELETE FROM dsp_impressions_for_audiences", "Only SELECT may run here"),
        ("", "query"),
    ],
)
def test_what_is_no_audience_by_its_text_is_refused_at_once(audiences: Audiences, query: str, said: str) -> None:
    status, answer = audiences.create(query)
    assert (status, answer["code"]) == (400, "400")
    assert said in answer["details"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT user_id FROM dsp_impressions", "Invalid tables in the SQL query: Use audience-specific tables in the query."),
        ("SELECT user_id FROM nowhere_for_audiences", "nowhere_for_audiences"),
        ("SELECT user_id FROM dsp_impressions_for_audiences WHERE campaign = 'c3'", "too small"),
        (
            "SELECT user_id FROM dsp_impressions_for_audiences WHERE campaign = 'c3' "
            "UNION ALL SELECT user_id FROM sample_event_data",
            "too small",
        ),
        ("SELECT user_id FROM dsp_impressions_for_audiences WHERE user_id = 'u-a'", "user_id may be counted"),
        ("SELECT campaign AS user_id FROM dsp_impressions_for_audiences", "the column of that name in a table, unchanged"),
        ("SELECT customer_user_id AS user_id FROM sample_event_data", "the column of that name in a table, unchanged"),
        ("SELECT 'u-a' AS user_id", "the column of that name in a table, unchanged"),
        ("SELECT user_id FROM dsp_impressions_for_audiences ORDER BY impressions LIMIT 2", "LIMIT is not supported"),
    ],
)
def test_what_the_tables_do_not_allow_fails_with_the_reason(audiences: Audiences, query: str, said: str) -> None:
    audience = audiences.made(query)
    assert (audience["status"], audience["audienceCount"]) == ("FAILED", 0)
    assert said in audience["statusReason"]
    with pytest.raises(ClientError, match=r"NoSuchKey|NoSuchBucket"):
        audiences.users(audience)


def test_a_failed_audience_is_mended_or_deleted_and_no_other_is(audiences: Audiences) -> None:
    failed = audiences.made("SELECT user_id FROM dsp_impressions")["audienceExecutionId"]
    mended = requested(BOUGHT, audienceType="RULE_BASED")
    for wrong in ({"audienceName": "Others"}, {"audienceType": "LOOKALIKE"}, {"audienceDescription": "new"}):
        status, said = audiences.call("PUT", failed, {**mended, **wrong})
        assert (status, said["code"]) == (400, "400"), said
    assert audiences.call("PUT", failed, mended)[1]["status"] == "PENDING"
    assert audiences.ended(failed)["status"] == "SUCCEEDED"
    for method, body in (("PUT", mended), ("DELETE", None)):
        status, said = audiences.call(method, failed, body)
        assert (status, said["details"]) == (400, "The audience is SUCCEEDED. Only FAILED audiences may be updated or deleted.")
    again = audiences.made("SELECT user_id FROM dsp_impressions")["audienceExecutionId"]
    assert audiences.call("DELETE", again)[0] == 204
    assert audiences.call("GET", again)[0] == 404


def test_a_workflow_and_its_parameters_make_an_audience(audiences: Audiences) -> None:
    workflow = {
        "workflowId": "buyers",
        "sqlQuery": "SELECT user_id FROM dsp_impressions_for_audiences WHERE campaign = CUSTOM_PARAMETER('c')",
        "inputParameters": [{"name": "c", "dataType": "STRING"}],
    }
    audiences.room.ads.ok("POST", f"/amc/reporting/{audiences.room.instance_id}/workflows", workflow)
    status, said = audiences.create(None, workflowId="buyers")
    assert (status, said["details"]) == (400, "parameterValues lacks c, which has no default.")
    _, said = audiences.create(None, workflowId="buyers", parameterValues={"c": "c1"})
    audience = audiences.ended(said["audienceExecutionId"])
    assert (audience["workflowId"], audience["query"]) == ("buyers", workflow["sqlQuery"])
    assert audiences.users(audience) == ["u-a", "u-b"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"workflowId": "buyers"}, "one of both"),
        ({"refreshRateDays": 22}, "refreshRateDays"),
        ({"refreshRateDays": -1}, "refreshRateDays"),
        ({"timeWindowStart": "2025-01-01T00:00:00Z"}, "must lie before"),
        ({"timeWindowEnd": "yesterday"}, "timeWindowEnd"),
        ({"advertiserId": None}, "advertiserId"),
        ({"colour": "blue"}, "colour"),
        ({"parameterValues": ["c1"]}, "parameterValues"),
    ],
)
def test_a_request_that_is_wrong_is_refused(audiences: Audiences, more: dict[str, Any], said: str) -> None:
    status, answer = audiences.create(BOUGHT, **more)
    assert (status, answer["code"]) == (400, "400")
    assert said in answer["details"]


def test_an_unknown_instance_and_a_missing_header(audiences: Audiences) -> None:
    named = {"Amazon-Marketing-Cloud-Audience-InstanceId": "amcnowhere"}
    for method, body, expected in (("GET", None, 404), ("POST", requested(BOUGHT), 400)):
        status, said = audiences.call(method, body=body, **named)
        assert (status, said["code"]) == (expected, str(expected))
        assert "amcnowhere" in said["details"]
    status, said = audiences.room.ads.call("GET", PATH)
    assert (status, said["code"]) == (400, "400")


def test_the_entity_header_names_the_account(audiences: Audiences) -> None:
    sent = audiences.room.ads.headers()
    del sent["Amazon-Advertising-API-AdvertiserId"], sent["Amazon-Advertising-API-MarketplaceId"]
    sent["Amazon-Advertising-API-EntityId"] = audiences.room.ads.amc_account_id
    sent["Amazon-Marketing-Cloud-Audience-InstanceId"] = audiences.room.instance_id
    command = ["curl", "-s", f"{audiences.room.ads.server.endpoint}{PATH}"]
    for name, value in sent.items():
        command += ["-H", f"{name}: {value}"]
    assert "executionMetadata" in json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def test_no_audience_is_made_of_a_table_that_wants_none(audiences: Audiences) -> None:
    client = audiences.room.advertiser.client("cleanrooms")
    [table] = client.list_configured_tables()["configuredTableSummaries"]
    place = {"configuredTableIdentifier": table["id"], "analysisRuleType": "CUSTOM"}
    kept = client.get_configured_table_analysis_rule(**place)["analysisRule"]["policy"]
    closed = {"v1": {"custom": {**kept["v1"]["custom"], "additionalAnalyses": "NOT_ALLOWED"}}}
    client.update_configured_table_analysis_rule(**place, analysisRulePolicy=closed)
    try:
        assert "additionalAnalyses ALLOWED" in audiences.made(BOUGHT)["statusReason"]
        assert audiences.made("SELECT user_id FROM dsp_impressions_for_audiences")["status"] == "SUCCEEDED"
    finally:
        client.update_configured_table_analysis_rule(**place, analysisRulePolicy=kept)


def test_audiences_are_refreshed_when_their_time_has_come(audiences: Audiences) -> None:
    kept = audiences.made(BOUGHT, refreshRateDays=3, timeWindowRelative=True)
    last = audiences.made(BOUGHT, refreshRateDays=0, audienceName="Last")
    try:
        CLOCK.ahead = timedelta(days=4)
        moved = eventually(
            lambda: audiences.ended(kept["audienceExecutionId"]),
            lambda said: said["lastRefreshedTime"] > kept["lastRefreshedTime"],
        )
        assert (moved["status"], moved["timeWindowStart"]) == ("SUCCEEDED", "2024-01-05T00:00:00Z")
        assert audiences.ended(last["audienceExecutionId"])["lastRefreshedTime"] == last["lastRefreshedTime"]
        CLOCK.ahead = timedelta(days=31)
        assert audiences.ended(last["audienceExecutionId"])["status"] == "DEACTIVATED"
    finally:
        CLOCK.ahead = timedelta()


def test_answers_are_as_the_specification_has_them(audiences: Audiences, cases: Path) -> None:
    specification = json.loads((cases / "wire" / "openapi" / "AMCRuleAudience.json").read_text())

    def held(method: str, path: str, status: int, answer: dict[str, Any]) -> None:
        for content in specification["paths"][path][method]["responses"][str(status)]["content"].values():
            schema = {**content["schema"], "components": specification["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer)

    one = f"{PATH}/{{audienceExecutionId}}"
    status, made = audiences.create(BOUGHT, audienceName="Specified", audienceDescription="those who bought")
    held("post", PATH, status, made)
    audiences.ended(made["audienceExecutionId"])
    held("get", one, *audiences.call("GET", made["audienceExecutionId"]))
    held("get", PATH, *audiences.call("GET"))
    held("get", one, *audiences.call("GET", "nobody"))
    held("post", PATH, *audiences.create("SELECT 1 AS n"))
    held("put", one, *audiences.call("PUT", made["audienceExecutionId"], requested(BOUGHT, audienceType="RULE_BASED")))
    failed = audiences.made("SELECT user_id FROM dsp_impressions")["audienceExecutionId"]
    held("put", one, *audiences.call("PUT", failed, requested(BOUGHT, audienceType="RULE_BASED")))
    held("delete", one, *audiences.call("DELETE", made["audienceExecutionId"]))


def test_pages_hold_every_audience_once(audiences: Audiences) -> None:
    for number in range(4):
        assert audiences.create(BOUGHT, audienceName=f"Page {number}")[0] == 200
    every = [one["audienceExecutionId"] for one in audiences.call("GET")[1]["executionMetadata"]]
    assert len(every) > 3
    found, token = [], ""
    while token is not None:
        path = f"{PATH}?maxResults=2" + (f"&nextToken={token}" if token else "")
        sent = {"Amazon-Marketing-Cloud-Audience-InstanceId": audiences.room.instance_id}
        _, page = audiences.room.ads.call("GET", path, **sent)
        found += [one["audienceExecutionId"] for one in page["executionMetadata"]]
        token = page.get("nextToken")
    assert found == every


def test_two_sizes_do_not_tell_one_user(tmp_path: Path) -> None:
    """Over many audiences that differ by one user, the shown difference is as often for as against that user."""
    found = []
    for start in range(200):
        sizes = []
        for count in (2500, 2501):
            users = tmp_path / "users.csv"
            users.write_text("user_id\n" + "\n".join(f"u{start}-{number}" for number in range(count)))
            sizes.append(shown_size(count, 2000, server_key=b"key", users=users))
            assert sizes[-1] == shown_size(count, 2000, server_key=b"key", users=users)
            assert sizes[-1] % 100 == 0
            assert abs(sizes[-1] - count) < 700
        found.append(sizes[1] - sizes[0])
    assert sum(one > 0 for one in found) < 1.5 * sum(one < 0 for one in found)
    assert sum(one < 0 for one in found) < 1.5 * sum(one > 0 for one in found)


@pytest.mark.parametrize("place", ["after 0", "before 1", "after 1", "before 2", "after 2"])
def test_an_audience_is_the_same_wherever_its_worker_is_killed(tmp_path: Path, place: str) -> None:
    """After its last stage, an audience is with the publisher already, and its worker's death must not make it two."""
    with listening(tmp_path, limits=SMALL) as server:
        room = answering_room(server)
    limits = {"AMC_AUDIENCE_USERS": 2, "AMC_USERS_LOW": 2, "AMC_USERS_MEDIUM": 2, "AMC_USERS_HIGH": 2}
    environment = {**os.environ, **{f"MANDORLA_LIMIT_{name}": str(value) for name, value in limits.items()}}
    database = f"sqlite:///{tmp_path / 'records.sqlite'}"
    command = [sys.executable, "-m", "tests.services.entityresolution.dying_worker", str(tmp_path), database, place, AUDIENCE]
    with listening(tmp_path, limits=SMALL, with_worker=False, is_new=False) as server:
        moved = Audiences(replace(room, ads=replace(room.ads, server=server), publisher=replace(room.publisher, server=server)))
        said = moved.create(BOUGHT)[1]
        deaths, audience = outlived(
            command,
            lambda: moved.call("GET", said["audienceExecutionId"])[1],
            lambda audience: audience["status"] not in ("PENDING", "RUNNING"),
            seconds=400,
            environment=environment,
        )
        assert (deaths, audience["status"], audience["audienceCount"]) == (1, "SUCCEEDED", 2), audience
        assert moved.users(audience) == ["u-a", "u-b"]
