"""Privacy budgets through boto3: set, shown, spent once for each query, and never more than there is."""

import csv
import io
import sys
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mandorla.domain.privacy_budget import PrivacySpending
from mandorla.store.database import transaction
from mandorla.store.records import Records
from tests.listening import ADVERTISER, PUBLISHER, Listening, listening
from tests.mortal_workers import outlived
from tests.postgres import new_database
from tests.services.cleanrooms.rooms import Room, new_room
from tests.services.cleanrooms.test_protected_queries import ANYTHING, bring, ended, start

PRIVACY = "DIFFERENTIAL_PRIVACY"
PRIVATE = {**ANYTHING, "differentialPrivacy": {"columns": [{"name": "user_id"}]}}
PEOPLE = 4000
VISITS = "user_id,campaign,minutes\n" + "".join(
    f"u{n},{'large' if n % 4 else 'small' if n else 'lonely'},{2 + n % 2}\n" for n in range(PEOPLE)
)
COUNT = "SELECT COUNT(*) AS n FROM visits"


def private_room(server: Listening, *, results: bool = True) -> Room:
    """The advertiser asks and receives; the publisher's visits are under differential privacy."""
    member = {
        "accountId": ADVERTISER,
        "displayName": "advertiser",
        "memberAbilities": ["CAN_QUERY", "CAN_RECEIVE_RESULTS"],
    }
    room = new_room(server, creatorMemberAbilities=[], members=[member])
    bring(room, room.publisher, "visits", VISITS, custom=PRIVATE)
    if results:
        room.advertiser.client("s3").create_bucket(Bucket=f"{room.advertiser.bucket}-results")
    return room


def set_budget(room: Room, epsilon: int = 3, users: int = 10, **more: Any) -> dict[str, Any]:
    """The publisher's budget."""
    made = room.client(room.publisher).create_privacy_budget_template(
        membershipIdentifier=room.membership_of(room.publisher),
        privacyBudgetType=PRIVACY,
        parameters={"differentialPrivacy": {"epsilon": epsilon, "usersNoisePerQuery": users}},
        **more,
    )
    template: dict[str, Any] = made["privacyBudgetTemplate"]
    return template


def counts_left(room: Room) -> dict[str, int]:
    """How many aggregates of each type are left, as the one who asks sees it."""
    listed = room.client(room.advertiser).list_privacy_budgets(
        membershipIdentifier=room.membership_of(room.advertiser), privacyBudgetType=PRIVACY
    )["privacyBudgetSummaries"]
    [budget] = [one["budget"]["differentialPrivacy"] for one in listed]
    return {one["type"]: one["remainingCount"] for one in budget["aggregations"]}


def spent(server: Listening, room: Room) -> list[PrivacySpending]:
    """What was paid in a collaboration."""
    with transaction(server.parts.database, writes=False) as connection:
        return Records(connection).children(PrivacySpending, room.collaboration_id)


def answer_of(room: Room, query: dict[str, Any]) -> list[list[str]]:
    """The rows of an answer."""
    bucket, _, folder = query["result"]["output"]["s3"]["location"].removeprefix("s3://").partition("/")
    body = room.advertiser.client("s3").get_object(Bucket=bucket, Key=f"{folder}/part-0.csv")["Body"].read()
    return list(csv.reader(io.StringIO(body.decode())))[1:]


def test_a_budget_is_set_seen_changed_and_taken_away(server: Listening) -> None:
    room = private_room(server, results=False)
    owner, asker = room.client(room.publisher), room.client(room.advertiser)
    place = {"membershipIdentifier": room.membership_of(room.publisher)}
    everywhere = {"collaborationIdentifier": room.collaboration_id}
    template = set_budget(room, epsilon=3, users=30, autoRefresh="CALENDAR_MONTH", tags={"for": "visits"})
    assert template["parameters"] == {"differentialPrivacy": {"epsilon": 3, "usersNoisePerQuery": 30}}
    assert template["autoRefresh"] == "CALENDAR_MONTH"
    assert owner.list_tags_for_resource(resourceArn=template["arn"])["tags"] == {"for": "visits"}
    named = {**place, "privacyBudgetTemplateIdentifier": template["id"]}
    assert owner.get_privacy_budget_template(**named)["privacyBudgetTemplate"] == template
    [listed] = owner.list_privacy_budget_templates(**place)["privacyBudgetTemplateSummaries"]
    assert listed["arn"] == template["arn"]
    seen = asker.get_collaboration_privacy_budget_template(**everywhere, privacyBudgetTemplateIdentifier=template["id"])[
        "collaborationPrivacyBudgetTemplate"
    ]
    assert (seen["creatorAccountId"], seen["parameters"]) == (PUBLISHER, template["parameters"])
    [listed] = asker.list_collaboration_privacy_budget_templates(**everywhere)["collaborationPrivacyBudgetTemplateSummaries"]
    assert listed["id"] == template["id"]
    [budget] = asker.list_collaboration_privacy_budgets(**everywhere, privacyBudgetType=PRIVACY)[
        "collaborationPrivacyBudgetSummaries"
    ]
    assert budget["creatorAccountId"] == PUBLISHER
    assert budget["budget"]["differentialPrivacy"]["epsilon"] == 3
    of_count = {"type": "COUNT", "maxCount": 126, "remainingCount": 126}
    assert of_count in budget["budget"]["differentialPrivacy"]["aggregations"]
    with pytest.raises(owner.exceptions.ConflictException, match="already"):
        set_budget(room)
    changed = owner.update_privacy_budget_template(
        **named, privacyBudgetType=PRIVACY, parameters={"differentialPrivacy": {"usersNoisePerQuery": 60}}
    )["privacyBudgetTemplate"]
    assert changed["parameters"]["differentialPrivacy"] == {"epsilon": 3, "usersNoisePerQuery": 60}
    assert counts_left(room)["COUNT"] == 507
    owner.delete_privacy_budget_template(**named)
    with pytest.raises(owner.exceptions.ResourceNotFoundException):
        owner.get_privacy_budget_template(**named)
    assert (
        asker.list_privacy_budgets(membershipIdentifier=room.membership_of(room.advertiser), privacyBudgetType="ACCESS_BUDGET")[
            "privacyBudgetSummaries"
        ]
        == []
    )


def test_a_preview_says_what_other_parameters_would_allow(server: Listening) -> None:
    room = private_room(server, results=False)
    said = room.client(room.publisher).preview_privacy_impact(
        membershipIdentifier=room.membership_of(room.publisher),
        parameters={"differentialPrivacy": {"epsilon": 3, "usersNoisePerQuery": 30}},
    )["privacyImpact"]["differentialPrivacy"]["aggregations"]
    assert {one["type"]: one["maxCount"] for one in said} == {
        "AVG": 63,
        "COUNT": 126,
        "COUNT_DISTINCT": 126,
        "STDDEV": 50,
        "SUM": 84,
    }


def test_who_receives_results_sets_no_budget_and_other_budgets_are_not_served(server: Listening) -> None:
    room = private_room(server, results=False)
    asked = {
        "membershipIdentifier": room.membership_of(room.advertiser),
        "privacyBudgetType": PRIVACY,
        "parameters": {"differentialPrivacy": {"epsilon": 20, "usersNoisePerQuery": 10}},
    }
    with pytest.raises(ClientError, match="receives results"):
        room.client(room.advertiser).create_privacy_budget_template(**asked)
    association = f"arn:aws:cleanrooms:us-east-1:{PUBLISHER}:membership/m/configuredtableassociation/a"
    with pytest.raises(ClientError, match="of the type ACCESS_BUDGET are not served"):
        room.client(room.publisher).create_privacy_budget_template(
            membershipIdentifier=room.membership_of(room.publisher),
            privacyBudgetType="ACCESS_BUDGET",
            parameters={"accessBudget": {"budgetParameters": [{"type": "LIFETIME", "budget": 3}], "resourceArn": association}},
        )


def test_a_table_waits_for_its_budget_and_then_answers_with_noise(server: Listening) -> None:
    room = private_room(server)

    def codes() -> list[str]:
        schema = room.client(room.advertiser).get_schema(collaborationIdentifier=room.collaboration_id, name="visits")["schema"]
        return [reason["code"] for one in schema["schemaStatusDetails"] for reason in one.get("reasons", [])]

    assert codes() == ["DIFFERENTIAL_PRIVACY_POLICY_NOT_CONFIGURED"]
    with pytest.raises(ClientError, match="has no privacy budget"):
        start(room, COUNT)
    set_budget(room, epsilon=20, users=10)
    assert codes() == []
    before = counts_left(room)["COUNT"]
    query = ended(
        room, start(room, "SELECT campaign, COUNT(*) AS n, AVG(CAST(minutes AS DOUBLE)) AS m FROM visits GROUP BY campaign")
    )
    assert query["status"] == "SUCCESS", query
    rows = {campaign: (int(n), float(m)) for campaign, n, m in answer_of(room, query)}
    # 'lonely' is a group of one, and nobody learns that it is there.
    assert set(rows) == {"large", "small"}
    assert abs(rows["large"][0] - 3000) < 100
    assert abs(rows["small"][0] - 999) < 100
    assert abs(rows["large"][1] - 2.67) < 0.2
    said = query["differentialPrivacy"]["sensitivityParameters"]
    assert [one["aggregationType"] for one in said] == ["COUNT", "AVG"]
    assert said[0]["aggregationExpression"] == "COUNT(*)"
    assert [one["userContributionLimit"] for one in said] == [1, 1]
    assert (said[1]["minColumnValue"], said[1]["maxColumnValue"]) == (2.0, 4.0)
    # A limit, bounds, a selection of groups, a count, a sum and a count.
    [paid] = spent(server, room)
    assert (paid.query_id, paid.releases, paid.users_noise_per_query) == (query["id"], 6, 10)
    assert counts_left(room)["COUNT"] == before - 3


def test_a_budget_that_is_spent_refuses_and_a_new_template_does_not_forget(server: Listening) -> None:
    room = private_room(server)
    template = set_budget(room, epsilon=1, users=10)  # three releases
    assert counts_left(room) == {"AVG": 0, "COUNT": 1, "COUNT_DISTINCT": 1, "STDDEV": 0, "SUM": 1}
    assert ended(room, start(room, COUNT))["status"] == "SUCCESS"
    client = room.client(room.advertiser)
    for _ in range(2):
        with pytest.raises(client.exceptions.ValidationException) as refused:
            start(room, COUNT)
        assert refused.value.response["reason"] == "INVALID_QUERY"
        assert "the query takes 2 releases, and 1 are left" in refused.value.response["Error"]["Message"]
        place = {"membershipIdentifier": room.membership_of(room.publisher)}
        room.client(room.publisher).delete_privacy_budget_template(**place, privacyBudgetTemplateIdentifier=template["id"])
        template = set_budget(room, epsilon=1, users=10)
    assert len(spent(server, room)) == 1
    assert ended(room, start(room, "SELECT COUNT(DISTINCT user_id) AS n FROM visits"))["status"] == "SUCCESS"
    assert set(counts_left(room).values()) == {0}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_workers_at_once_spend_what_only_one_can_pay(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    database = new_database(request.getfixturevalue("postgres_url")) if kind == "postgresql" else ""
    with listening(tmp_path, database=database, with_worker=False) as server:
        room = private_room(server)
        set_budget(room, epsilon=1, users=10)  # enough for one of them
        queries = [start(room, COUNT) for _ in range(2)]
        barrier = Barrier(2)

        def work(name: str) -> None:
            worker = replace(server.parts.worker(), name=name)
            barrier.wait()
            while worker.work_once():
                pass

        threads = [Thread(target=work, args=(name,)) for name in ("one", "other")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = [ended(room, query_id) for query_id in queries]
        assert sorted(one["status"] for one in found) == ["FAILED", "SUCCESS"]
        [failed] = [one for one in found if one["status"] == "FAILED"]
        assert "The privacy budget is not enough" in failed["error"]["message"]
        [paid] = spent(server, room)
        assert paid.releases == 2


@pytest.mark.parametrize("place", ["after 0", "after 1"])
def test_a_query_whose_worker_is_killed_pays_once(tmp_path: Path, place: str) -> None:
    with listening(tmp_path, with_worker=False) as server:
        room = private_room(server)
        set_budget(room, epsilon=10, users=10)
        query_id = start(room, COUNT)
        worker = "tests.services.entityresolution.dying_worker"
        database = f"sqlite:///{tmp_path / 'records.sqlite'}"
        command = [sys.executable, "-m", worker, str(tmp_path), database, place, "protected query"]
        named = {"membershipIdentifier": room.membership_of(room.advertiser), "protectedQueryIdentifier": query_id}
        deaths, query = outlived(
            command,
            lambda: dict(room.client(room.advertiser).get_protected_query(**named)["protectedQuery"]),
            lambda query: query["status"] in ("SUCCESS", "FAILED"),
            seconds=400,
        )
        assert (deaths, query["status"]) == (1, "SUCCESS"), query
        [paid] = spent(server, room)
        assert (paid.query_id, paid.releases) == (query_id, 2)
        assert abs(int(answer_of(room, query)[0][0]) - PEOPLE) < 100
