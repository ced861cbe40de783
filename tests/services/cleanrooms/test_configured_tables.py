"""Configured tables, their rules, and whether a collaboration can ask about them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.services.cleanrooms.rooms import Room, new_room

CSV = "customer_user_id,product,price\n1,shoes,10\n"
CUSTOM = {
    "allowedAnalyses": ["ANY_QUERY"],
    "allowedAnalysisProviders": [PUBLISHER],
    "additionalAnalyses": "ALLOWED",
}


def add_table(room: Room, **more: Any) -> str:
    """A configured table of the advertiser's over a new Glue table."""
    room.advertiser.add_table("events", CSV)
    made = room.client(room.advertiser).create_configured_table(
        **{
            "name": "events",
            "tableReference": {"glue": {"databaseName": room.advertiser.name, "tableName": "events"}},
            "allowedColumns": ["customer_user_id", "price"],
            "analysisMethod": "DIRECT_QUERY",
            **more,
        }
    )
    return str(made["configuredTable"]["id"])


def test_a_table_says_what_it_lacks_until_it_is_ready(server: Listening) -> None:
    room = new_room(server)
    table_id, client = add_table(room), room.client(room.advertiser)
    membership = {"membershipIdentifier": room.membership_of(room.advertiser)}
    association = client.create_configured_table_association(
        **membership, name="events", configuredTableIdentifier=table_id, roleArn=room.advertiser.role_arn
    )["configuredTableAssociation"]

    def codes() -> list[str]:
        schema = room.client(room.publisher).get_schema(collaborationIdentifier=room.collaboration_id, name="events")["schema"]
        assert [column["name"] for column in schema["columns"]] == ["customer_user_id", "price"]
        [direct] = [one for one in schema["schemaStatusDetails"] if one["analysisType"] == "DIRECT_ANALYSIS"]
        return [one["code"] for one in direct.get("reasons", [])]

    assert codes() == ["ANALYSIS_RULE_MISSING"]
    rule = {"analysisRuleType": "CUSTOM", "analysisRulePolicy": {"v1": {"custom": CUSTOM}}}
    client.create_configured_table_analysis_rule(configuredTableIdentifier=table_id, **rule)
    assert codes() == ["COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED"]
    named = {**membership, "configuredTableAssociationIdentifier": association["id"]}
    own_rule = {"v1": {"custom": {"allowedResultReceivers": [room.advertiser.account_id]}}}
    client.create_configured_table_association_analysis_rule(**named, analysisRuleType="CUSTOM", analysisRulePolicy=own_rule)
    assert codes() == []
    seen = room.client(room.publisher).get_schema_analysis_rule(
        collaborationIdentifier=room.collaboration_id, name="events", type="CUSTOM"
    )["analysisRule"]
    assert seen["consolidatedPolicy"]["v1"]["custom"]["allowedResultReceivers"] == [room.advertiser.account_id]
    with pytest.raises(client.exceptions.ConflictException, match="Delete the association first"):
        client.delete_configured_table(configuredTableIdentifier=table_id)
    client.delete_configured_table_association(**named)
    client.delete_configured_table(configuredTableIdentifier=table_id)


# The table's rule and the collaboration's (None for none, a type for one of another type); the reasons for direct analysis,
# and for additional analysis (None where nothing is said of it).
ANY = {"allowedAnalyses": ["ANY_QUERY"], "allowedAnalysisProviders": [PUBLISHER]}
WITH_MORE = {**ANY, "additionalAnalyses": "ALLOWED"}
AN_ALGORITHM = f"arn:aws:cleanrooms-ml:us-east-1:{PUBLISHER}:membership/*/configured-model-algorithm-association/*"
REASONS: list[tuple[dict[str, Any], Any, list[str], list[str] | None]] = [
    (ANY, None, [], None),
    ({"allowedAnalyses": []}, None, ["ANALYSIS_TEMPLATES_NOT_CONFIGURED"], None),
    (ANY, {}, [], None),
    (ANY, {"allowedResultReceivers": [ADVERTISER]}, [], None),
    (ANY, {"allowedResultReceivers": []}, ["RESULT_RECEIVERS_NOT_CONFIGURED"], None),
    (ANY, {"allowedResultReceivers": [PUBLISHER]}, ["RESULT_RECEIVERS_NOT_ALLOWED"], None),
    (ANY, {"allowedAdditionalAnalyses": [AN_ALGORITHM]}, [], ["ADDITIONAL_ANALYSES_NOT_ALLOWED"]),
    (ANY, "LIST", ["ANALYSIS_RULE_TYPES_NOT_COMPATIBLE"], None),
    (WITH_MORE, None, ["COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED"], ["COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED"]),
    (WITH_MORE, {}, [], ["ADDITIONAL_ANALYSES_NOT_CONFIGURED"]),
    (WITH_MORE, {"allowedAdditionalAnalyses": [AN_ALGORITHM]}, [], []),
    ({**ANY, "differentialPrivacy": {"columns": [{"name": "customer_user_id"}]}}, None,
     ["DIFFERENTIAL_PRIVACY_POLICY_NOT_CONFIGURED"], None),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "own", "direct", "additional"), REASONS)
def test_every_reason_is_given(server: Listening, rule: Any, own: Any, direct: list[str], additional: list[str] | None) -> None:
    room = new_room(server)
    table, client = {"configuredTableIdentifier": add_table(room)}, room.client(room.advertiser)
    membership = {"membershipIdentifier": room.membership_of(room.advertiser)}
    association = client.create_configured_table_association(
        **membership, **table, name="events", roleArn=room.advertiser.role_arn
    )["configuredTableAssociation"]
    named = {**membership, "configuredTableAssociationIdentifier": association["id"]}
    if own == "LIST":
        # The table's rule was another one when the collaboration's was made.
        listed = {"v1": {"list": {"joinColumns": ["customer_user_id"], "listColumns": ["price"]}}}
        client.create_configured_table_analysis_rule(**table, analysisRuleType="LIST", analysisRulePolicy=listed)
        client.create_configured_table_association_analysis_rule(
            **named, analysisRuleType="LIST", analysisRulePolicy={"v1": {"list": {}}}
        )
        client.delete_configured_table_analysis_rule(**table, analysisRuleType="LIST")
    client.create_configured_table_analysis_rule(
        **table, analysisRuleType="CUSTOM", analysisRulePolicy={"v1": {"custom": rule}}
    )
    if isinstance(own, dict):
        client.create_configured_table_association_analysis_rule(
            **named, analysisRuleType="CUSTOM", analysisRulePolicy={"v1": {"custom": own}}
        )
    schema = room.client(room.publisher).get_schema(collaborationIdentifier=room.collaboration_id, name="events")["schema"]
    found = {
        one["analysisType"]: (one["status"], [reason["code"] for reason in one.get("reasons", [])])
        for one in schema["schemaStatusDetails"]
    }
    said = {"DIRECT_ANALYSIS": direct, **({} if additional is None else {"ADDITIONAL_ANALYSIS": additional})}
    assert found == {name: ("NOT_READY" if codes else "READY", codes) for name, codes in said.items()}


@pytest.mark.parametrize(
    ("rule_type", "policy", "said"),
    [
        ("LIST", {"list": {"joinColumns": ["absent"], "listColumns": ["price"]}}, "names absent"),
        ("LIST", {"list": {"joinColumns": ["price"], "listColumns": ["price"]}}, "in joinColumns and in listColumns"),
        ("LIST", {"custom": CUSTOM}, "must hold v1.list"),
        ("CUSTOM", {"custom": {"allowedAnalyses": ["ANY_QUERY"]}}, "ANY_QUERY needs allowedAnalysisProviders"),
        ("CUSTOM", {"custom": {"allowedAnalyses": [], "allowedAnalysisProviders": [PUBLISHER]}}, "goes with ANY_QUERY"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused(server: Listening, rule_type: str, policy: Any, said: str) -> None:
    room = new_room(server)
    with pytest.raises(ClientError, match=f"ValidationException.*{said}"):
        room.client(room.advertiser).create_configured_table_analysis_rule(
            configuredTableIdentifier=add_table(room), analysisRuleType=rule_type, analysisRulePolicy={"v1": policy}
        )


def test_columns_and_tables_that_are_not_there_are_named(server: Listening) -> None:
    room = new_room(server)
    with pytest.raises(ClientError, match=r"names color, which the Glue table"):
        add_table(room, allowedColumns=["color"])
    other = new_room(server)
    with pytest.raises(ClientError, match=r"The Glue table nowhere.events was not found"):
        add_table(other, tableReference={"glue": {"databaseName": "nowhere", "tableName": "events"}})


def test_a_template_is_seen_by_all_and_its_text_stays(server: Listening) -> None:
    room = new_room(server)
    client, membership = room.client(room.advertiser), {"membershipIdentifier": room.membership_of(room.advertiser)}
    made = client.create_analysis_template(
        **membership,
        name="reach",
        format="SQL",
        source={"text": "SELECT COUNT(*) FROM events WHERE price > :least"},
        analysisParameters=[{"name": "least", "type": "INTEGER", "defaultValue": "1"}],
    )["analysisTemplate"]
    place = {"collaborationIdentifier": room.collaboration_id}
    seen = room.client(room.publisher).get_collaboration_analysis_template(**place, analysisTemplateArn=made["arn"])
    assert seen["collaborationAnalysisTemplate"]["source"] == {"text": "SELECT COUNT(*) FROM events WHERE price > :least"}
    many = room.client(room.publisher).batch_get_collaboration_analysis_template(
        **place, analysisTemplateArns=[made["arn"], made["arn"][:-1] + ("0" if made["arn"][-1] != "0" else "1")]
    )
    assert (len(many["collaborationAnalysisTemplates"]), len(many["errors"])) == (1, 1)
    with pytest.raises(client.exceptions.ConflictException):
        client.create_analysis_template(**membership, name="Reach", format="SQL", source={"text": "SELECT 1"})
    client.delete_analysis_template(**membership, analysisTemplateIdentifier=made["id"])
    assert client.list_analysis_templates(**membership)["analysisTemplateSummaries"] == []
