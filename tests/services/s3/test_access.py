"""Who may: the owner, whom a bucket's policy lets in, and roles that may no more than their policies say."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.listening import ADVERTISER, PUBLISHER, STRANGER, Listening
from tests.services.s3.places import document, new_bucket, session_of_role
from tests.services.s3.test_buckets import code_of

ASKED: list[Callable[[Any, str], Any]] = [
    lambda s3, bucket: s3.get_object(Bucket=bucket, Key="k"),
    lambda s3, bucket: s3.get_object(Bucket=bucket, Key="absent"),
    lambda s3, bucket: s3.put_object(Bucket=bucket, Key="k", Body=b"mine now"),
    lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="k"),
    lambda s3, bucket: s3.list_objects_v2(Bucket=bucket),
    lambda s3, bucket: s3.list_objects(Bucket=bucket),
    lambda s3, bucket: s3.copy_object(Bucket=bucket, Key="k2", CopySource={"Bucket": bucket, "Key": "k"}),
    lambda s3, bucket: s3.create_multipart_upload(Bucket=bucket, Key="k"),
    lambda s3, bucket: s3.get_bucket_policy(Bucket=bucket),
    lambda s3, bucket: s3.put_bucket_policy(Bucket=bucket, Policy=document([])),
    lambda s3, bucket: s3.get_bucket_location(Bucket=bucket),
    lambda s3, bucket: s3.get_object_tagging(Bucket=bucket, Key="k"),
    lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.__code__.co_names[0])
def test_another_account_gets_nothing(server: Listening, asked: Callable[[Any, str], Any]) -> None:
    bucket = new_bucket(server)
    server.client("s3").put_object(Bucket=bucket, Key="k", Body=b"secret")
    with pytest.raises(ClientError) as refused:
        asked(server.client("s3", PUBLISHER), bucket)
    assert code_of(refused.value) == ("AccessDenied", 403)
    assert "secret" not in str(refused.value)
    assert server.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"


def test_a_copy_needs_the_right_to_read_its_source(server: Listening) -> None:
    theirs, mine = new_bucket(server), new_bucket(server, PUBLISHER)
    server.client("s3").put_object(Bucket=theirs, Key="k", Body=b"secret")
    with pytest.raises(ClientError, match="AccessDenied"):
        server.client("s3", PUBLISHER).copy_object(Bucket=mine, Key="k", CopySource={"Bucket": theirs, "Key": "k"})


def test_a_bucket_policy_lets_one_account_read_one_folder(server: Listening) -> None:
    bucket, s3 = new_bucket(server), server.client("s3")
    s3.put_object(Bucket=bucket, Key="shared/k", Body=b"shared")
    s3.put_object(Bucket=bucket, Key="own/k", Body=b"own")
    arn, who = f"arn:aws:s3:::{bucket}", {"AWS": f"arn:aws:iam::{PUBLISHER}:root"}
    listing = {"StringLike": {"s3:prefix": "shared/*"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=document([
        {"Effect": "Allow", "Principal": who, "Action": "s3:GetObject", "Resource": f"{arn}/shared/*"},
        {"Effect": "Allow", "Principal": who, "Action": "s3:ListBucket", "Resource": arn, "Condition": listing},
    ]))  # fmt: skip
    publisher = server.client("s3", PUBLISHER)
    assert publisher.get_object(Bucket=bucket, Key="shared/k")["Body"].read() == b"shared"
    assert publisher.list_objects_v2(Bucket=bucket, Prefix="shared/")["KeyCount"] == 1
    for asked in (
        lambda: publisher.get_object(Bucket=bucket, Key="own/k"),
        lambda: publisher.list_objects_v2(Bucket=bucket),
        lambda: publisher.put_object(Bucket=bucket, Key="shared/k", Body=b""),
        lambda: server.client("s3", STRANGER).get_object(Bucket=bucket, Key="shared/k"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            asked()


def test_a_denial_holds_against_the_owner_but_not_against_his_mending_it(server: Listening) -> None:
    bucket, s3 = new_bucket(server), server.client("s3")
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(
        Bucket=bucket, Policy=document([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything}])
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"")
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")


def test_a_role_may_what_its_policy_says_and_no_more(server: Listening) -> None:
    bucket = new_bucket(server)
    server.client("s3").put_object(Bucket=bucket, Key="in/k", Body=b"in")
    server.client("s3").put_object(Bucket=bucket, Key="out/k", Body=b"out")
    reading = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{bucket}/in/*"}
    session, _ = session_of_role(server, ADVERTISER, [reading])
    assert session.get_object(Bucket=bucket, Key="in/k")["Body"].read() == b"in"
    for asked in (
        lambda: session.get_object(Bucket=bucket, Key="out/k"),
        lambda: session.get_object(Bucket=bucket, Key="in/absent"),
        lambda: session.list_objects_v2(Bucket=bucket),
        lambda: session.put_object(Bucket=bucket, Key="in/k", Body=b""),
        lambda: session.list_buckets(),
        lambda: session.create_bucket(Bucket="a-bucket-of-a-role"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            asked()


def test_a_role_of_another_account_needs_both_policies(server: Listening) -> None:
    bucket, s3 = new_bucket(server), server.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    with_policy, arn = session_of_role(server, PUBLISHER, [reading])
    without_policy, other_arn = session_of_role(server, PUBLISHER, [])
    for session in (with_policy, without_policy):
        with pytest.raises(ClientError, match="AccessDenied"):
            session.get_object(Bucket=bucket, Key="k")
    s3.put_bucket_policy(Bucket=bucket, Policy=document([{**reading, "Principal": {"AWS": [arn, other_arn]}}]))
    assert with_policy.get_object(Bucket=bucket, Key="k")["Body"].read() == b"k"
    with pytest.raises(ClientError, match="AccessDenied"):
        without_policy.get_object(Bucket=bucket, Key="k")
