"""Roles, policies and sessions through boto3 over real HTTP."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.world import SOURCE_CSV, document, new_party

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ADVERTISER}, "Action": "sts:AssumeRole"}],
}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "entityresolution:List*", "Resource": "*"}]}


def make_role(server: Listening, name: str, trust: Any = TRUST) -> str:
    iam = server.client("iam")
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def test_a_role_is_kept_with_its_policies_and_forgotten_without_them(server: Listening) -> None:
    iam = server.client("iam")
    arn = make_role(server, "kept")
    assert arn == "arn:aws:iam::111122223333:role/kept"
    assert iam.get_role(RoleName="kept")["Role"]["AssumeRolePolicyDocument"] == TRUST
    policy = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="kept", PolicyArn=policy)
    iam.put_role_policy(RoleName="kept", PolicyName="own", PolicyDocument=json.dumps(READ))
    assert iam.list_attached_role_policies(RoleName="kept")["AttachedPolicies"] == [{"PolicyName": "read", "PolicyArn": policy}]
    assert iam.get_role_policy(RoleName="kept", PolicyName="own")["PolicyDocument"] == READ
    version = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == READ
    for refused in (lambda: iam.delete_role(RoleName="kept"), lambda: iam.delete_policy(PolicyArn=policy)):
        with pytest.raises(iam.exceptions.DeleteConflictException):
            refused()
    iam.detach_role_policy(RoleName="kept", PolicyArn=policy)
    iam.delete_role_policy(RoleName="kept", PolicyName="own")
    iam.delete_role(RoleName="kept")
    iam.delete_policy(PolicyArn=policy)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="kept")


def test_a_role_cannot_be_made_twice_nor_with_a_policy_that_is_none(server: Listening) -> None:
    iam = server.client("iam")
    make_role(server, "twice")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        make_role(server, "Twice")
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException, match="line 1"):
        iam.create_role(RoleName="none", AssumeRolePolicyDocument="{{trustPolicy}}")


def session_of(server: Listening, credentials: dict[str, Any], service: str, **config: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_a_session_works_as_its_role_and_no_further(server: Listening) -> None:
    arn = make_role(server, "reader")
    server.client("iam").put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(READ))
    credentials = server.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    identity = session_of(server, credentials, "sts").get_caller_identity
    client = session_of(server, credentials, "entityresolution")
    assert client.list_schema_mappings()["schemaList"] == []
    with pytest.raises(ClientError, match=r"AccessDeniedException.*entityresolution:DeleteSchemaMapping"):
        client.delete_schema_mapping(schemaName="s")
    assert identity()["Arn"] == "arn:aws:sts::111122223333:assumed-role/reader/session"


SCHEMAS = "arn:aws:entityresolution:us-east-1:111122223333:schemamapping"
FIELDS = [{"fieldName": "id", "type": "UNIQUE_ID"}, {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email"}]


def session_with(server: Listening, name: str, *statements: dict[str, Any], service: str = "entityresolution") -> Any:
    """A client that works as a new role with those permissions."""
    arn = make_role(server, name)
    server.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
    credentials = server.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    return session_of(server, credentials, service)


def allowed(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A permission."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_permission_for_one_resource_is_none_for_another(server: Listening) -> None:
    own = server.client("entityresolution")
    for name in ("first", "second"):
        own.create_schema_mapping(schemaName=name, mappedInputFields=FIELDS)
    reader = session_with(server, "one-schema", allowed("entityresolution:*", f"{SCHEMAS}/first"))
    assert reader.get_schema_mapping(schemaName="first")["schemaName"] == "first"
    for refused in (
        lambda: reader.get_schema_mapping(schemaName="second"),
        lambda: reader.create_schema_mapping(schemaName="third", mappedInputFields=FIELDS),
        lambda: reader.list_tags_for_resource(resourceArn=f"{SCHEMAS}/second"),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied.* on resource: arn:aws:entityresolution"):
            refused()
    denied = {"Effect": "Deny", "Action": "*", "Resource": f"{SCHEMAS}/second"}
    client = session_with(server, "all-but-one", allowed("entityresolution:*"), denied)
    client.get_schema_mapping(schemaName="first")
    with pytest.raises(ClientError, match=r"AccessDenied.*explicit deny"):
        client.get_schema_mapping(schemaName="second")


def test_a_table_that_is_denied_is_denied_in_any_writing(server: Listening) -> None:
    glue = server.client("glue")
    glue.create_database(DatabaseInput={"Name": "guarded"})
    for name in ("open", "secret"):
        glue.create_table(DatabaseName="guarded", TableInput={"Name": name})
    secret = f"arn:aws:glue:us-east-1:{ADVERTISER}:table/guarded/secret"
    denied = {"Effect": "Deny", "Action": "glue:*", "Resource": secret}
    client = session_with(server, "guarded", allowed("glue:*"), denied, service="glue")
    assert client.get_table(DatabaseName="guarded", Name="OPEN")["Table"]["Name"] == "open"
    for name in ("secret", "SECRET"):
        with pytest.raises(ClientError, match=f"AccessDenied.*{secret}"):
            client.get_table(DatabaseName="Guarded", Name=name)


def test_a_permission_may_depend_on_tags_and_region(server: Listening) -> None:
    team = {"StringEquals": {"aws:RequestTag/team": "ads"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    theirs = {"StringEquals": {"aws:ResourceTag/team": "ads", "aws:RequestedRegion": "us-east-1"}}
    client = session_with(
        server,
        "by-tags",
        allowed(["entityresolution:CreateSchemaMapping"], Condition=team),
        allowed("entityresolution:GetSchemaMapping", Condition=theirs),
    )
    client.create_schema_mapping(schemaName="tagged", mappedInputFields=FIELDS, tags={"team": "ads"})
    client.get_schema_mapping(schemaName="tagged")
    server.client("entityresolution").create_schema_mapping(schemaName="bare", mappedInputFields=FIELDS)
    for refused in (
        lambda: client.create_schema_mapping(schemaName="x", mappedInputFields=FIELDS),
        lambda: client.create_schema_mapping(schemaName="x", mappedInputFields=FIELDS, tags={"team": "ads", "more": "x"}),
        lambda: client.get_schema_mapping(schemaName="bare"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


@pytest.mark.parametrize(("passed_to", "is_passed"), [("entityresolution.amazonaws.com", True), ("glue.amazonaws.com", False)])
def test_a_role_is_passed_to_the_service_that_the_permission_names(server: Listening, passed_to: str, is_passed: bool) -> None:
    party = new_party(server)
    table = party.add_table("source", SOURCE_CSV)
    party.add_schema(party.name, SOURCE_CSV)
    condition = {"StringEquals": {"iam:PassedToService": passed_to}}
    client = session_with(
        server,
        f"{party.name}-passer",
        allowed("entityresolution:*"),
        allowed("iam:PassRole", party.role_arn, Condition=condition),
    )
    asked = {"idNamespaceName": party.name, "type": "SOURCE", "roleArn": party.role_arn}
    inputs = [{"inputSourceARN": table, "schemaName": party.name}]
    if is_passed:
        assert client.create_id_namespace(**asked, inputSourceConfig=inputs)["roleArn"] == party.role_arn
    else:
        with pytest.raises(client.exceptions.AccessDeniedException, match=f"iam:PassRole on resource: {party.role_arn}"):
            client.create_id_namespace(**asked, inputSourceConfig=inputs)


def test_who_is_not_trusted_gets_no_session(server: Listening) -> None:
    arn = make_role(server, "trusting")
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("sts", PUBLISHER).assume_role(RoleArn=arn, RoleSessionName="session")
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("sts").assume_role(RoleArn=f"{arn}x", RoleSessionName="session")
