"""Lists through boto3's paginators, and every field that clients look at."""

import pytest
from botocore.exceptions import ClientError

from tests.listening import Listening
from tests.services.s3.places import new_bucket

KEYS = ["a", "a b+c%/é", "dir/1", "dir/2", "dir/sub/3", "dir2/4", "z\r\x01<&>", "ü"]


@pytest.fixture(scope="module")
def bucket(server: Listening) -> str:
    """A bucket with some keys."""
    name = new_bucket(server)
    for key in KEYS:
        server.client("s3").put_object(Bucket=name, Key=key, Body=b"12345")
    return name


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects", "list_object_versions"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_pages_give_every_key_once_and_in_order(server: Listening, bucket: str, operation: str, size: int) -> None:
    pages = server.client("s3").get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    found = [item["Key"] for page in pages for item in page.get("Contents", page.get("Versions", []))]
    assert found == sorted(KEYS, key=str.encode)


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_delimiter_rolls_up(server: Listening, bucket: str, operation: str, size: int) -> None:
    pages = list(
        server.client("s3").get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size})
    )
    assert [item["Key"] for page in pages for item in page.get("Contents", [])] == ["a", "z\r\x01<&>", "ü"]
    assert [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])] == ["a b+c%/", "dir/", "dir2/"]


def test_a_page_says_what_was_asked_and_what_is_there(server: Listening, bucket: str) -> None:
    page = server.client("s3").list_objects_v2(Bucket=bucket, Prefix="dir/", Delimiter="/", StartAfter="dir/1", FetchOwner=True)
    assert (page["Name"], page["Prefix"], page["Delimiter"], page["StartAfter"]) == (bucket, "dir/", "/", "dir/1")
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (2, 1000, False)
    [item] = page["Contents"]
    assert (item["Key"], item["Size"], item["StorageClass"]) == ("dir/2", 5, "STANDARD")
    assert item["Owner"]["ID"].endswith("111122223333")
    assert page["CommonPrefixes"] == [{"Prefix": "dir/sub/"}]


def test_no_keys_are_asked_for_and_none_are_given(server: Listening, bucket: str) -> None:
    page = server.client("s3").list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (page["KeyCount"], page["IsTruncated"]) == (0, False)


def test_a_token_that_nobody_gave_out_is_refused(server: Listening, bucket: str) -> None:
    with pytest.raises(ClientError, match="InvalidArgument"):
        server.client("s3").list_objects_v2(Bucket=bucket, ContinuationToken="ü")
