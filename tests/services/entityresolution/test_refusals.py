"""What a user gets wrong on the way: each time the modelled error, and a sentence that helps."""

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, Listening
from tests.wire_cases import send
from tests.world import SOURCE_CSV, new_party

UNIQUE = {"fieldName": "id", "type": "UNIQUE_ID"}


def unchecked(server: Listening, service: str) -> Any:
    """A client that sends what its own model forbids."""
    key_id, secret = server.keys[ADVERTISER]
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )


def fields(count: int) -> list[dict[str, str]]:
    """A unique id, and so many fields beside it."""
    more = [{"fieldName": f"f{number}", "type": "STRING", "matchKey": f"k{number}"} for number in range(count - 1)]
    return [UNIQUE, *more]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (fields(61), "mappedInputFields"),
        (fields(1), "mappedInputFields"),
        ([UNIQUE, {"fieldName": "email", "type": "E-MAIL"}], "type"),
        ([UNIQUE, {"fieldName": "email", "type": "EMAIL_ADDRESS", "hashed": "false"}], "hashed"),
    ],
)
def test_a_schema_mapping_that_cannot_be(server: Listening, given: list[Any], said: str) -> None:
    with pytest.raises(ClientError, match=f"ValidationException.*{said}"):
        unchecked(server, "entityresolution").create_schema_mapping(schemaName="s", mappedInputFields=given)


def test_sixty_fields_are_taken(server: Listening) -> None:
    server.client("entityresolution").create_schema_mapping(schemaName="sixty", mappedInputFields=fields(60))


def test_a_namespace_takes_twenty_tables_and_no_more(server: Listening) -> None:
    party = new_party(server)
    party.add_schema(party.name, SOURCE_CSV)
    inputs = [{"inputSourceARN": party.add_table(f"t{number}", SOURCE_CSV), "schemaName": party.name} for number in range(21)]
    asked = {"idNamespaceName": party.name, "type": "SOURCE", "roleArn": party.role_arn}
    with pytest.raises(ClientError, match=r"ValidationException.*inputSourceConfig"):
        unchecked(server, "entityresolution").create_id_namespace(**asked, inputSourceConfig=inputs)
    party.client("entityresolution").create_id_namespace(**asked, inputSourceConfig=inputs[:20])


def test_steps_in_the_wrong_order_say_what_comes_first(server: Listening) -> None:
    party = new_party(server)
    client = party.client("entityresolution")
    source = {"inputSourceARN": party.table_arn("source"), "schemaName": party.name}
    asked = {"idNamespaceName": party.name, "type": "SOURCE", "inputSourceConfig": [source], "roleArn": party.role_arn}
    with pytest.raises(ClientError, match=r"ValidationException.*Glue table .* was not found"):
        client.create_id_namespace(**asked)
    party.add_table("source", SOURCE_CSV)
    with pytest.raises(ClientError, match=r"ValidationException.*schema mapping .* was not found"):
        client.create_id_namespace(**asked)
    party.add_schema(party.name, SOURCE_CSV)
    with pytest.raises(ClientError, match=r"AccessDeniedException.*is no role of account"):
        client.create_id_namespace(**{**asked, "roleArn": party.role_arn + "-absent"})
    with pytest.raises(ClientError, match="roleArn is missing"):
        client.create_id_namespace(**{name: value for name, value in asked.items() if name != "roleArn"})
    client.create_id_namespace(**asked)
    with pytest.raises(client.exceptions.ConflictException, match="already exists"):
        client.create_id_namespace(**asked)


def test_a_field_that_nobody_knows_is_named(server: Listening) -> None:
    body = json.dumps({"schemaName": "s", "mappedInputFields": [UNIQUE, UNIQUE], "colour": "red"}).encode()
    request = AWSRequest("POST", f"{server.endpoint}/schemas", {"Content-Type": "application/json"}, body)
    SigV4Auth(Credentials(*server.keys[ADVERTISER]), "entityresolution", "us-east-1").add_auth(request)
    status, headers, text = send("POST", request.url, dict(request.headers), body)
    assert (status, headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert "colour" in text


@pytest.mark.parametrize("service", ["entityresolution", "cleanrooms", "glue", "athena", "iam", "s3"])
def test_a_request_that_nobody_signed_gets_the_services_own_error(server: Listening, service: str) -> None:
    nobody = boto3.client(
        service, endpoint_url=server.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    ask = {"entityresolution": "list_schema_mappings", "cleanrooms": "list_collaborations", "glue": "get_databases"}
    ask |= {"athena": "list_work_groups", "iam": "list_roles", "s3": "list_buckets"}
    with pytest.raises(ClientError, match=r"MissingAuthenticationToken|AccessDenied"):
        getattr(nobody, ask[service])()
