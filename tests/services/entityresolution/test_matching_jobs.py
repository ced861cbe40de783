"""Matching workflows through boto3, from tables to files in a bucket; and as the target of an ID mapping."""

import csv
import io
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.listening import Listening
from tests.world import RULES, TARGET_CSV, Party, new_party, until

CSV = """customerid,email,phone
1,john@example.com,206-345-7890
2,JOHN@example.com,
3,sue@example.com,206-345-7890
4,bob@example.com,
"""


def create_workflow(party: Party, csv_text: str = CSV, **techniques: Any) -> Any:
    """A matching workflow over one table."""
    party.add_schema(party.name, csv_text)
    rules = {"rules": RULES[:2], "attributeMatchingModel": "ONE_TO_ONE"}
    table = party.add_table("people", csv_text)
    return party.client("entityresolution").create_matching_workflow(
        workflowName=party.name,
        inputSourceConfig=[{"inputSourceARN": table, "schemaName": party.name, "applyNormalization": True}],
        outputSourceConfig=[
            {
                "outputS3Path": f"s3://{party.bucket}/out",
                "output": [{"name": csv_text.split(",")[0]}, {"name": "email", "hashed": True}],
            }
        ],
        resolutionTechniques={"resolutionType": "RULE_MATCHING", "ruleBasedProperties": rules} | techniques,
        roleArn=party.role_arn,
    )


def test_records_get_match_ids(server: Listening) -> None:
    party = new_party(server)
    create_workflow(party)
    client = party.client("entityresolution")
    started = client.start_matching_job(workflowName=party.name)
    job = until(lambda: client.get_matching_job(workflowName=party.name, jobId=started["jobId"]))
    assert job["status"] == "SUCCEEDED", job
    assert job["metrics"] == {
        "inputRecords": 4,
        "totalRecordsProcessed": 4,
        "recordsNotProcessed": 0,
        "deleteRecordsProcessed": 0,
        "matchIDs": 3,
    }
    key = f"out/{party.name}/{started['jobId']}/success/success.csv"
    body = party.client("s3").get_object(Bucket=party.bucket, Key=key)["Body"].read().decode()
    rows = {row["customerid"]: row for row in csv.DictReader(io.StringIO(body))}
    assert rows["1"]["MatchID"] == rows["2"]["MatchID"] != rows["3"]["MatchID"]
    assert [rows[one]["MatchRule"] for one in "1234"] == ["email", "email", "", ""]
    assert len(rows["1"]["email"]) == 64
    assert list(rows["1"]) == ["InputSourceARN", "MatchRule", "customerid", "email", "RecordId", "MatchID"]
    assert client.list_matching_jobs(workflowName=party.name)["jobs"][0]["jobId"] == started["jobId"]


def test_a_matching_workflow_is_a_target_with_its_rules(server: Listening) -> None:
    party = new_party(server)
    made = create_workflow(party, TARGET_CSV)
    client = party.client("entityresolution")
    source = party.add_source()
    client.create_id_mapping_workflow(
        workflowName=f"{party.name}-mapping",
        inputSourceConfig=[{"inputSourceARN": source}, {"inputSourceARN": made["workflowArn"], "type": "TARGET"}],
        idMappingTechniques={
            "idMappingType": "RULE_BASED",
            "ruleBasedProperties": {
                "ruleDefinitionType": "TARGET",
                "attributeMatchingModel": "ONE_TO_ONE",
                "recordMatchingModel": "MANY_SOURCE_TO_ONE_TARGET",
            },
        },
    )
    started = client.start_id_mapping_job(workflowName=f"{party.name}-mapping")
    job = until(lambda: client.get_id_mapping_job(workflowName=f"{party.name}-mapping", jobId=started["jobId"]))
    assert (job["status"], job["metrics"]["totalMappedRecords"]) == ("SUCCEEDED", 2)


@pytest.mark.parametrize(
    ("techniques", "said"),
    [
        ({"resolutionType": "ML_MATCHING"}, "machine learning"),
        ({"resolutionType": "PROVIDER"}, "providers"),
        ({"ruleBasedProperties": {"rules": RULES[2:], "attributeMatchingModel": "ONE_TO_ONE"}}, "names the match key"),
    ],
)
def test_what_is_not_served_says_so(server: Listening, techniques: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=f"ValidationException.*{said}"):
        create_workflow(new_party(server), **techniques)


def test_single_records_are_not_looked_up_and_the_refusal_says_what_to_do(server: Listening) -> None:
    party = new_party(server)
    create_workflow(party)
    client = party.client("entityresolution")
    record = {"inputSourceARN": party.table_arn("people"), "uniqueId": "1", "recordAttributeMap": {"email": "a@example.com"}}
    asked = {
        "get_match_id": {"record": {"email": "a@example.com"}},
        "generate_match_id": {"records": [record]},
        "batch_delete_unique_id": {"uniqueIds": ["1"]},
    }
    for name, given in asked.items():
        with pytest.raises(client.exceptions.ValidationException, match=r"is not served here.* run the workflow"):
            getattr(client, name)(workflowName=party.name, **given)
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            getattr(client, name)(workflowName="absent", **given)


def test_no_provider_is_offered(server: Listening) -> None:
    client = server.client("entityresolution")
    assert client.list_provider_services()["providerServiceSummaries"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_provider_service(
            providerName="LiveRamp",
            providerServiceName="arn:aws:entityresolution:us-east-1::providerservice/LiveRamp/TransCoding",
        )
