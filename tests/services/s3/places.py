"""Buckets of a test, and roles that may do with them only what a policy says."""

import json
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from tests.listening import ADVERTISER, Listening


def new_bucket(server: Listening, account_id: str = ADVERTISER) -> str:
    """A bucket that no other test uses."""
    name = f"bucket-{uuid4().hex[:20]}"
    server.client("s3", account_id).create_bucket(Bucket=name)
    return name


def session_of_role(server: Listening, account_id: str, statements: list[dict[str, Any]]) -> tuple[Any, str]:
    """An S3 client that works as a new role with that policy, and the role's ARN."""
    iam, name = server.client("iam", account_id), f"role-{uuid4().hex[:12]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document([trust]))["Role"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(statements))
    given = server.client("sts", account_id).assume_role(RoleArn=role["Arn"], RoleSessionName="test")["Credentials"]
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        config=Config(retries={"max_attempts": 0}),
    )
    return client, role["Arn"]


def document(statements: list[dict[str, Any]]) -> str:
    """A policy of statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
