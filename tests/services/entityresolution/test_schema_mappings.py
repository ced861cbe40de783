"""Schema mappings through boto3 over real HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.listening import PUBLISHER, Listening

FIELDS = [
    {"fieldName": "customer_id", "type": "UNIQUE_ID"},
    {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email", "hashed": True},
]


def test_a_schema_mapping_is_kept_shown_and_forgotten(server: Listening) -> None:
    client = server.client("entityresolution")
    made = client.create_schema_mapping(schemaName="kept", mappedInputFields=FIELDS, tags={"team": "crm"})
    assert made["schemaArn"] == "arn:aws:entityresolution:us-east-1:111122223333:schemamapping/kept"
    got = client.get_schema_mapping(schemaName="kept")
    assert [field["fieldName"] for field in got["mappedInputFields"]] == ["customer_id", "email"]
    assert got["mappedInputFields"][1]["hashed"] is True
    assert got["tags"] == {"team": "crm"}
    assert client.delete_schema_mapping(schemaName="kept")["message"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_schema_mapping(schemaName="kept")


def test_a_second_one_of_the_same_name_is_a_conflict(server: Listening) -> None:
    client = server.client("entityresolution")
    client.create_schema_mapping(schemaName="twice", mappedInputFields=FIELDS)
    with pytest.raises(ClientError, match="ConflictException"):
        client.create_schema_mapping(schemaName="twice", mappedInputFields=FIELDS)


def test_of_many_that_make_the_same_thing_at_once_one_does(server: Listening) -> None:
    client = server.client("entityresolution")

    def answer(_: int) -> str:
        try:
            return str(client.create_schema_mapping(schemaName="at-once", mappedInputFields=FIELDS)["schemaName"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(answer, range(24)))
    assert answers == ["ConflictException"] * 23 + ["at-once"]


def test_another_account_sees_the_same_as_if_it_were_not_there(server: Listening) -> None:
    server.client("entityresolution").create_schema_mapping(schemaName="private", mappedInputFields=FIELDS)
    with pytest.raises(ClientError) as foreign:
        server.client("entityresolution", PUBLISHER).get_schema_mapping(schemaName="private")
    with pytest.raises(ClientError) as absent:
        server.client("entityresolution", PUBLISHER).get_schema_mapping(schemaName="absentt")
    errors = [error.value.response["Error"] for error in (foreign, absent)]
    assert errors[0]["Code"] == errors[1]["Code"] == "ResourceNotFoundException"
    assert errors[0]["Message"].replace("private", "absentt") == errors[1]["Message"]


def test_the_list_is_read_in_pages(server: Listening) -> None:
    client = server.client("entityresolution")
    names = [f"page-{number:02}" for number in range(7)]
    for name in names:
        client.create_schema_mapping(schemaName=name, mappedInputFields=FIELDS)
    pages = client.get_paginator("list_schema_mappings").paginate(PaginationConfig={"PageSize": 3})
    listed = [schema["schemaName"] for page in pages for schema in page["schemaList"]]
    assert [name for name in listed if name.startswith("page-")] == names


def test_a_mapping_without_a_unique_id_is_refused_in_a_sentence(server: Listening) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.*UNIQUE_ID"):
        server.client("entityresolution").create_schema_mapping(schemaName="s", mappedInputFields=[FIELDS[1], FIELDS[1]])


def test_another_region_gets_the_sentence_that_says_so(server: Listening) -> None:
    with pytest.raises(ClientError, match="only us-east-1 is supported"):
        server.client("entityresolution", region="eu-west-1").list_schema_mappings()
