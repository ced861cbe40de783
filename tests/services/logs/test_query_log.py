"""The query log as each member reads it, by boto3 and by the `aws` command: who sees what, and that no value is in it."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.listening import ADVERTISER, PUBLISHER, STRANGER, Listening, listening
from tests.services.cleanrooms.rooms import Room, new_room
from tests.services.cleanrooms.test_protected_queries import EVENTS, bring
from tests.story.serving import AWS
from tests.world import until

SECRET = "john@example.com"
COUNTED = f"""
    SELECT product, COUNT(*) AS n FROM events
    WHERE product <> '{SECRET}' /* {SECRET} */ AND CAST(price AS DOUBLE) < 98765 GROUP BY product
"""
MASKED = "SELECT product, COUNT(*) AS n FROM events WHERE product <> ? AND CAST(price AS DOUBLE) < ? GROUP BY product"
ENDS = ("SUCCESS", "FAILED", "CANCELLED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A room of three: the publisher asks, the advertiser brings a table and receives, the third wants no log."""

    server: Listening
    room: Room

    @property
    def group(self) -> str:
        """The name of everybody's log group."""
        return f"/aws/cleanrooms/{self.room.collaboration_id}"

    def logs(self, account_id: str) -> Any:
        """CloudWatch Logs as a party."""
        return self.server.client("logs", account_id)

    def start(self, sql: str = COUNTED) -> str:
        """Ask; gives the query's id."""
        started = self.room.client(self.room.publisher).start_protected_query(
            type="SQL",
            membershipIdentifier=self.room.membership_of(self.room.publisher),
            sqlParameters={"queryString": sql},
            resultConfiguration={"outputConfiguration": {"member": {"accountId": ADVERTISER}}},
        )
        return str(started["protectedQuery"]["id"])

    def ended(self, query_id: str) -> str:
        """How a query ended."""
        client = self.room.client(self.room.publisher)
        named = {"membershipIdentifier": self.room.membership_of(self.room.publisher), "protectedQueryIdentifier": query_id}
        return str(until(lambda: client.get_protected_query(**named)["protectedQuery"], ENDS)["status"])

    def lines(self, account_id: str, **more: Any) -> list[dict[str, Any]]:
        """What a party reads, over all pages."""
        pages = self.logs(account_id).get_paginator("filter_log_events").paginate(logGroupName=self.group, **more)
        return [json.loads(event["message"]) for page in pages for event in page["events"]]

    def groups(self, account_id: str) -> list[str]:
        """The log groups that a party has for this collaboration."""
        found = self.logs(account_id).describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        return [one["logGroupName"] for one in found]


def logged_room(server: Listening) -> Logged:
    """A room with a table."""
    members = [
        {"accountId": ADVERTISER, "displayName": "advertiser", "memberAbilities": ["CAN_RECEIVE_RESULTS"]},
        {"accountId": STRANGER, "displayName": "third", "memberAbilities": []},
    ]
    room = new_room(server, members=members)
    server.client("cleanrooms", STRANGER).create_membership(
        collaborationIdentifier=room.collaboration_id, queryLogStatus="DISABLED"
    )
    bring(room, room.advertiser, "events", EVENTS)
    results = f"{room.advertiser.bucket}-results"
    room.advertiser.client("s3").create_bucket(Bucket=results)
    room.client(room.advertiser).update_membership(
        membershipIdentifier=room.membership_of(room.advertiser),
        defaultResultConfiguration={"outputConfiguration": {"s3": {"resultFormat": "CSV", "bucket": results}}},
    )
    return Logged(server=server, room=room)


@pytest.fixture
def logged(server: Listening) -> Logged:
    return logged_room(server)


def test_both_members_see_what_was_asked_and_how_it_ended_without_values(logged: Logged) -> None:
    assert logged.groups(PUBLISHER) == logged.groups(ADVERTISER) == [logged.group]
    query_id = logged.start()
    assert logged.ended(query_id) == "SUCCESS"
    asked, done = logged.lines(PUBLISHER)
    assert logged.lines(ADVERTISER) == [asked, done]
    duration = done.pop("statistics")["totalDurationInMillis"]
    assert duration >= 0
    assert done.pop("eventTimestamp") >= asked.pop("eventTimestamp")
    assert done == {**asked, "status": "SUCCESS"}
    assert asked == {
        "eventId": query_id,
        "status": "SUBMITTED",
        "collaborationId": logged.room.collaboration_id,
        "requesterAccountId": PUBLISHER,
        "resultReceiverAccountIds": [ADVERTISER],
        "schemaNames": ["events"],
        "queryText": MASKED,
    }


def test_who_wants_no_log_and_who_is_not_in_it_see_nothing(logged: Logged) -> None:
    logged.start()
    client = logged.logs(STRANGER)
    assert logged.groups(STRANGER) == []
    arn = logged.logs(PUBLISHER).describe_log_groups(logGroupNamePrefix=logged.group)["logGroups"][0]["logGroupArn"]
    for named in ({"logGroupName": logged.group}, {"logGroupIdentifier": arn}):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.filter_log_events(**named)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_log_events(**named, logStreamName=logged.room.membership_of(logged.room.publisher))
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.describe_log_streams(**named)


def test_a_failure_is_told_by_its_code_only(logged: Logged) -> None:
    # The receiver's bucket goes, so that the answer cannot be handed over.
    logged.room.advertiser.client("s3").delete_bucket(Bucket=f"{logged.room.advertiser.bucket}-results")
    query_id = logged.start()
    assert logged.ended(query_id) == "FAILED"
    failed = logged.lines(ADVERTISER)[-1]
    assert (failed["eventId"], failed["status"], failed["errorCode"]) == (query_id, "FAILED", "INVALID_RESOURCE")
    assert "results" not in json.dumps(failed)


def test_a_member_that_turns_the_log_on_sees_what_comes_and_not_what_was(tmp_path: Path) -> None:
    with listening(tmp_path, with_worker=False) as server:
        logged = logged_room(server)
        first = logged.start()
        client = server.client("cleanrooms", STRANGER)
        [mine] = client.list_memberships()["membershipSummaries"]
        client.update_membership(membershipIdentifier=mine["id"], queryLogStatus="ENABLED")
        assert (logged.groups(STRANGER), logged.lines(STRANGER)) == ([logged.group], [])
        asker = logged.room.client(logged.room.publisher)
        membership = logged.room.membership_of(logged.room.publisher)
        asker.update_protected_query(membershipIdentifier=membership, protectedQueryIdentifier=first, targetStatus="CANCELLED")
        assert [(line["eventId"], line["status"]) for line in logged.lines(STRANGER)] == [(first, "CANCELLED")]
        client.update_membership(membershipIdentifier=mine["id"], queryLogStatus="DISABLED")
        logged.start()
        assert len(logged.lines(STRANGER)) == 1
        assert len(logged.lines(PUBLISHER)) == 3


def test_lines_are_read_in_pages_and_chosen_by_time_stream_and_words(tmp_path: Path) -> None:
    with listening(tmp_path, with_worker=False) as server:
        logged = logged_room(server)
        made = [logged.start() for _ in range(4)]
        client, named = logged.logs(ADVERTISER), {"logGroupName": logged.group}
        [stream] = client.describe_log_streams(**named, orderBy="LastEventTime")["logStreams"]
        assert stream["logStreamName"] == logged.room.membership_of(logged.room.advertiser)
        events = client.filter_log_events(**named)["events"]
        assert [json.loads(event["message"])["eventId"] for event in events] == made
        times = [event["timestamp"] for event in events]
        assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (times[0], times[-1])
        assert [one["eventId"] for one in logged.lines(ADVERTISER, PaginationConfig={"PageSize": 3})] == made
        assert logged.lines(ADVERTISER, startTime=times[-1] + 1) == logged.lines(ADVERTISER, endTime=times[0]) == []
        assert [one["eventId"] for one in logged.lines(ADVERTISER, endTime=times[-1] + 1)] == made
        for pattern, ids in {
            made[2].split("-")[0]: [made[2]],
            f'"{made[1]}" SUBMITTED': [made[1]],
            '"\\"status\\": \\"SUBMITTED\\""': made,
            "submitted": [],
            "": made,
        }.items():
            assert [one["eventId"] for one in logged.lines(ADVERTISER, filterPattern=pattern)] == ids, pattern
        for pattern in ('{ $.status = "FAILED" }', "[a, b]", "?SUBMITTED ?FAILED", "-FAILED", "%FAIL%", '"not closed'):
            with pytest.raises(client.exceptions.InvalidParameterException, match="filterPattern"):
                client.filter_log_events(**named, filterPattern=pattern)
        assert not client.filter_log_events(**named, logStreamNames=["another"])["events"]


def test_a_stream_is_read_forth_and_back(tmp_path: Path) -> None:
    with listening(tmp_path, with_worker=False) as server:
        logged = logged_room(server)
        made = [logged.start() for _ in range(5)]
        client = logged.logs(PUBLISHER)
        named = {"logGroupName": logged.group, "logStreamName": logged.room.membership_of(logged.room.publisher), "limit": 2}

        def read(**more: Any) -> tuple[list[str], dict[str, Any]]:
            page = client.get_log_events(**named, **more)
            return [json.loads(event["message"])["eventId"] for event in page["events"]], page

        found, page = read(startFromHead=True)
        assert found == made[:2]
        found, page = read(nextToken=page["nextForwardToken"])
        assert found == made[2:4]
        assert read(nextToken=page["nextBackwardToken"])[0] == made[:2]
        found, page = read(nextToken=page["nextForwardToken"])
        assert found == made[4:]
        found, last = read(nextToken=page["nextForwardToken"])
        assert (found, last["nextForwardToken"]) == ([], page["nextForwardToken"])
        found, page = read()
        assert found == made[3:]
        assert read(nextToken=page["nextBackwardToken"])[0] == made[1:3]
        with pytest.raises(client.exceptions.InvalidParameterException):
            read(nextToken="another")


def test_nobody_writes_here(logged: Logged) -> None:
    client = logged.logs(PUBLISHER)
    with pytest.raises(client.exceptions.ClientError, match="not served"):
        client.create_log_group(logGroupName="mine")


def test_a_role_that_is_denied_a_group_is_denied_it_by_name_and_by_arn(logged: Logged) -> None:
    query_id, arn = logged.start(), f"arn:aws:logs:us-east-1:{ADVERTISER}:log-group:{logged.group}"
    iam, name = logged.server.client("iam", ADVERTISER), f"reader-{query_id}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ADVERTISER}:root"}}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}))
    assumed = logged.server.client("sts", ADVERTISER).assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="reader")
    given = assumed["Credentials"]
    reader = boto3.client(
        "logs",
        endpoint_url=logged.server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    writings = ({"logGroupName": logged.group}, {"logGroupIdentifier": logged.group}, {"logGroupIdentifier": arn})
    statements = [{"Effect": "Allow", "Action": "logs:FilterLogEvents", "Resource": f"{arn}:*"}]
    for is_denied in (False, True):
        statements += [{"Effect": "Deny", "Action": "logs:*", "Resource": f"{arn}:*"}] if is_denied else []
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_role_policy(RoleName=name, PolicyName="reads", PolicyDocument=document)
        for named in writings:
            if is_denied:
                with pytest.raises(reader.exceptions.ClientError, match="AccessDenied"):
                    reader.filter_log_events(**named)
            else:
                assert reader.filter_log_events(**named)["events"]


def test_the_stock_command_reads_the_log(logged: Logged) -> None:
    query_id = logged.start()
    assert logged.ended(query_id) == "SUCCESS"

    def aws(*arguments: str) -> Any:
        environment = {**os.environ, **logged.server.environment(ADVERTISER)}
        done = subprocess.run([str(AWS), "logs", *arguments], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert SECRET not in done.stdout
        return json.loads(done.stdout)

    [group] = aws("describe-log-groups", "--log-group-name-prefix", logged.group)["logGroups"]
    [stream] = aws("describe-log-streams", "--log-group-name", group["logGroupName"])["logStreams"]
    named = ("--log-group-name", logged.group)
    filtered = aws("filter-log-events", *named, "--filter-pattern", "SUCCESS")["events"]
    assert [json.loads(event["message"])["eventId"] for event in filtered] == [query_id]
    # What `aws logs tail` of the command's second version asks, page by page.
    tailed = aws("filter-log-events", *named, "--interleaved", "--start-time", "0", "--page-size", "1")["events"]
    assert [json.loads(event["message"])["status"] for event in tailed] == ["SUBMITTED", "SUCCESS"]
    read = aws("get-log-events", *named, "--log-stream-name", stream["logStreamName"])["events"]
    assert [event["message"] for event in read] == [event["message"] for event in tailed]
