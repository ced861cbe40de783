"""The guide's last third: AMC by plain HTTP, boto3 for what happens in the customer's own account, and no client of ours.

The publisher is the server's own: `mandorla account amc-publisher` makes it, with people who do not exist to match against.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.config import Config

from mandorla.engines.synthetic_people import write_people
from tests.story.serving import Program, Shell, serving
from tests.wire_cases import send
from tests.world import document, reading

ADVERTISER = "111122223333"
PEOPLE = 2_000


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The server."""
    with serving(tmp_path_factory.mktemp("story") / "data") as running:
        yield running


class Amc:
    """AMC's API with a token."""

    def __init__(self, program: Program, client: Mapping[str, str]) -> None:
        form = {
            "grant_type": "refresh_token",
            "client_id": client["clientId"],
            "client_secret": client["clientSecret"],
            "refresh_token": client["refreshToken"],
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, _, text = send("POST", f"{program.endpoint}/auth/o2/token", headers, urlencode(form).encode())
        assert status == 200, text
        self.endpoint = program.endpoint
        self.headers = {
            "Authorization": f"Bearer {json.loads(text)['access_token']}",
            "Amazon-Advertising-API-ClientId": client["clientId"],
            "Content-Type": "application/vnd.amcinstances.v1+json",
        }

    def account(self) -> None:
        """Work for the first account that AMC lists."""
        [account] = self.call("GET", "/amc/accounts")["amcAccounts"]
        self.headers["Amazon-Advertising-API-AdvertiserId"] = account["accountId"]
        self.headers["Amazon-Advertising-API-MarketplaceId"] = account["marketplaceId"]

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """The document of a call that answers with a status."""
        data = b"" if body is None else json.dumps(body).encode()
        found, _, text = send(method, f"{self.endpoint}{path}", self.headers, data)
        assert found == status, text
        return json.loads(text) if text else {}


def boto(shell: Shell, service: str) -> Any:
    """A boto3 client of a party."""
    return boto3.client(
        service,
        endpoint_url=shell.environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=shell.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=shell.environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 0}),
    )


def bring_identity(shell: Shell, membership_id: str) -> str:
    """The customer's part, with boto3: role, bucket, table, schema mapping, namespace, association. The namespace's ARN."""
    people = write_people(shell.folder / "people", source_rows=PEOPLE, target_rows=PEOPLE, file_format="csv")
    boto(shell, "s3").create_bucket(Bucket="customers")
    boto(shell, "s3").upload_file(str(people.source), "customers", "identity/part-0.csv")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "entityresolution.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = boto(shell, "iam").create_role(RoleName="reader", AssumeRolePolicyDocument=document(trust))["Role"]
    boto(shell, "iam").put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=document(reading("customers")))
    fields = people.source_schema_payload["mappedInputFields"]
    boto(shell, "glue").create_database(DatabaseInput={"Name": "identity"})
    boto(shell, "glue").create_table(
        DatabaseName="identity",
        TableInput={
            "Name": "customers",
            "StorageDescriptor": {
                "Columns": [{"Name": field["fieldName"], "Type": "string"} for field in fields],
                "Location": "s3://customers/identity/",
            },
            "Parameters": {"classification": "csv", "skip.header.line.count": "1"},
        },
    )
    resolution = boto(shell, "entityresolution")
    resolution.create_schema_mapping(schemaName="customers", mappedInputFields=fields)
    namespace = resolution.create_id_namespace(
        idNamespaceName="customers",
        type="SOURCE",
        inputSourceConfig=[
            {"inputSourceARN": f"arn:aws:glue:us-east-1:{ADVERTISER}:table/identity/customers", "schemaName": "customers"}
        ],
        idMappingWorkflowProperties=[
            {"idMappingType": "RULE_BASED", "ruleBasedProperties": {"ruleDefinitionTypes": ["TARGET"]}}
        ],
        roleArn=role["Arn"],
    )
    boto(shell, "cleanrooms").create_id_namespace_association(
        membershipIdentifier=membership_id,
        name="customers",
        inputReferenceConfig={"inputReferenceArn": namespace["idNamespaceArn"], "manageResourcePolicies": True},
    )
    return str(namespace["idNamespaceArn"])


def test_the_guides_last_third(program: Program) -> None:
    advertiser = program.party("advertiser", ADVERTISER)
    program.mandorla("account", "amc-publisher", "--people", str(PEOPLE))
    amc = Amc(program, program.mandorla("account", "amc-client", "advertiser"))
    amc.account()
    made = amc.call("POST", "/amc/instances", {"instanceName": "my first room", "acrBacked": True})["instance"]
    path = f"/amc/instances/{made['instanceId']}/collaboration"
    collaboration = amc.call("GET", path)["collaboration"]
    assert collaboration["status"] == "PENDING_ACCEPTANCE"
    joined = boto(advertiser, "cleanrooms").create_membership(
        collaborationIdentifier=collaboration["id"], queryLogStatus="ENABLED"
    )["membership"]
    assert amc.call("GET", path)["collaboration"]["status"] == "ACTIVE"

    namespace_arn = bring_identity(advertiser, joined["id"])
    listed = amc.call("POST", f"{path}/idnamespaces/list", {})["collaborationIdNamespaceAssociations"]
    assert [one["idNamespaceArn"] for one in listed] == [namespace_arn]
    body = {"idMappingTableName": "my_mapping", "sourceIdNamespaceArn": namespace_arn}
    table = amc.call("POST", f"{path}/idmappingtables", body)
    job_path = f"{path}/idmappingtables/{table['idMappingTable']['id']}/jobs/{table['idMappingWorkflowJobId']}"
    deadline = time.monotonic() + 120
    while (job := amc.call("GET", job_path)["idMappingJob"])["status"] in ("QUEUED", "RUNNING"):
        assert time.monotonic() < deadline, job
        time.sleep(0.2)
    assert job["status"] == "SUCCEEDED", job
    # Of the made-up customers sixty in a hundred are known to the publisher too, and most of them can be found.
    assert 0.4 * PEOPLE < job["metrics"]["totalMappedSourceRecords"] < 0.6 * PEOPLE
    refused = amc.call("POST", f"{path}/idmappingtables/{table['idMappingTable']['id']}/refresh", status=400)
    assert (refused["code"], "14 days" in refused["details"]) == ("400", True)
    assert amc.call("DELETE", f"{path}/idmappingtables/{table['idMappingTable']['id']}") == {}
