"""Roles, policies and sessions through boto3 over real HTTP."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, Listening

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


def test_a_role_keeps_how_long_people_may_be_signed_in_until_that_is_reset(server: Listening) -> None:
    iam = server.client("iam")
    iam.create_role(
        RoleName="people", AssumeRolePolicyDocument=json.dumps(TRUST), MaxSigninSessionDuration=7200, MaxSessionDuration=3600
    )
    assert iam.get_role(RoleName="people")["Role"]["MaxSigninSessionDuration"] == 7200
    iam.update_role(RoleName="people", MaxSigninSessionDuration=3600)
    assert iam.get_role(RoleName="people")["Role"]["MaxSigninSessionDuration"] == 3600
    with pytest.raises(ClientError, match="exclude each other"):
        iam.update_role(RoleName="people", MaxSigninSessionDuration=3600, ResetMaxSigninSessionDuration=True)
    iam.update_role(RoleName="people", ResetMaxSigninSessionDuration=True)
    assert "MaxSigninSessionDuration" not in iam.get_role(RoleName="people")["Role"]


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


def test_who_is_not_trusted_gets_no_session(server: Listening) -> None:
    arn = make_role(server, "trusting")
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("sts", PUBLISHER).assume_role(RoleArn=arn, RoleSessionName="session")
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("sts").assume_role(RoleArn=f"{arn}x", RoleSessionName="session")
