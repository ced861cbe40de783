"""Buckets through boto3: names, owners, places and what is set for them."""

import json

import pytest
from botocore.exceptions import ClientError
from botocore.handlers import validate_bucket_name

from tests.listening import ADVERTISER, PUBLISHER, Listening
from tests.services.s3.places import new_bucket


def code_of(error: ClientError) -> tuple[str, int]:
    """What a client sees of an error."""
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_bucket_is_made_found_listed_and_given_back(server: Listening) -> None:
    s3, name = server.client("s3"), new_bucket(server)
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] is None
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert name not in [bucket["Name"] for bucket in server.client("s3", PUBLISHER).list_buckets()["Buckets"]]
    s3.delete_bucket(Bucket=name)
    with pytest.raises(ClientError) as gone:
        s3.head_bucket(Bucket=name)
    assert code_of(gone.value) == ("404", 404)


@pytest.mark.parametrize(
    "name", ["ab", "Capital", "under_score", "-first", "last-", "two..dots", "192.168.5.4", "xn--a", "dash-.dot", "a" * 64]
)
def test_a_name_that_no_bucket_can_have_is_refused(server: Listening, name: str) -> None:
    s3 = server.client("s3", s3={"addressing_style": "path"})
    s3.meta.events.unregister("before-parameter-build.s3", validate_bucket_name)
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket=name)
    assert code_of(refused.value) == ("InvalidBucketName", 400)


def test_a_name_is_taken_once_over_all_accounts(server: Listening) -> None:
    name = new_bucket(server)
    server.client("s3").create_bucket(Bucket=name)  # us-east-1 answers 200 to its owner
    with pytest.raises(ClientError) as taken:
        server.client("s3", PUBLISHER).create_bucket(Bucket=name)
    assert code_of(taken.value) == ("BucketAlreadyExists", 409)


def test_a_location_must_be_that_of_the_request(server: Listening) -> None:
    with pytest.raises(ClientError) as refused:
        server.client("s3").create_bucket(Bucket="elsewhere-1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert code_of(refused.value) == ("IllegalLocationConstraintException", 400)


def test_a_bucket_with_an_object_stays(server: Listening) -> None:
    s3, name = server.client("s3"), new_bucket(server)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    with pytest.raises(ClientError) as refused:
        s3.delete_bucket(Bucket=name)
    assert code_of(refused.value) == ("BucketNotEmpty", 409)
    s3.create_multipart_upload(Bucket=name, Key="begun")
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)


def test_buckets_are_listed_in_pages(server: Listening) -> None:
    s3 = server.client("s3", PUBLISHER)
    names = sorted(new_bucket(server, PUBLISHER) for _ in range(5))
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2})
    listed = [bucket["Name"] for page in pages for bucket in page["Buckets"]]
    assert [name for name in listed if name in names] == names
    assert listed == sorted(listed)


def test_a_policy_comes_back_as_it_was_written(server: Listening) -> None:
    s3, name = server.client("s3"), new_bucket(server)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": PUBLISHER},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=3)
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    assert s3.get_bucket_policy(Bucket=name)["Policy"] == policy
    assert s3.get_bucket_policy_status(Bucket=name)["PolicyStatus"]["IsPublic"] is False
    s3.delete_bucket_policy(Bucket=name)
    with pytest.raises(ClientError) as unset:
        s3.get_bucket_policy(Bucket=name)
    assert code_of(unset.value) == ("NoSuchBucketPolicy", 404)


@pytest.mark.parametrize("policy", ["{", "{}", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}', "elsewhere"])
def test_a_policy_that_is_none_is_refused(server: Listening, policy: str) -> None:
    name = new_bucket(server)
    if policy == "elsewhere":
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::another/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    with pytest.raises(ClientError) as refused:
        server.client("s3").put_bucket_policy(Bucket=name, Policy=policy)
    assert code_of(refused.value) == ("MalformedPolicy", 400)


def test_tags_and_public_access_are_set_read_and_forgotten(server: Listening) -> None:
    s3, name = server.client("s3"), new_bucket(server)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "b", "Value": "2"}]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "b", "Value": "2"}]
    s3.delete_bucket_tagging(Bucket=name)
    blocked = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == blocked
    s3.delete_public_access_block(Bucket=name)


# What clients ask about a bucket for which nothing was ever set, and S3's error for it.
UNSET = [
    ("get_bucket_tagging", "NoSuchTagSet"),
    ("get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
    ("get_bucket_cors", "NoSuchCORSConfiguration"),
    ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ("get_bucket_website", "NoSuchWebsiteConfiguration"),
    ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
    ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
    ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
]


@pytest.mark.parametrize(("method", "code"), UNSET, ids=[row[0] for row in UNSET])
def test_what_was_never_set_is_an_error_of_its_own(server: Listening, method: str, code: str) -> None:
    with pytest.raises(ClientError) as unset:
        getattr(server.client("s3"), method)(Bucket=new_bucket(server))
    assert code_of(unset.value) == (code, 404)


def test_what_is_always_so_can_be_asked(server: Listening) -> None:
    s3, name = server.client("s3"), new_bucket(server)
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    assert s3.get_bucket_acl(Bucket=name)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_request_payment(Bucket=name)["Payer"] == "BucketOwner"
    rules = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=name)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=name)


def test_what_is_not_implemented_is_refused_by_name(server: Listening) -> None:
    s3 = server.client("s3")
    with pytest.raises(ClientError, match="AccessControlListNotSupported"):
        s3.create_bucket(Bucket="public-bucket-1", ACL="public-read")
    key, name = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}, new_bucket(server)
    with pytest.raises(ClientError, match=r"NotImplemented.*sse_customer_algorithm"):
        s3.put_object(Bucket=name, Key="k", Body=b"", **key)


def test_the_owner_that_a_caller_expects_must_be_the_owner(server: Listening) -> None:
    name = new_bucket(server)
    server.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=ADVERTISER)
    with pytest.raises(ClientError) as refused:
        server.client("s3").list_objects_v2(Bucket=name, ExpectedBucketOwner=PUBLISHER)
    assert code_of(refused.value) == ("AccessDenied", 403)
