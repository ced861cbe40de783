"""Multipart uploads through boto3: parts in any order, one object in the end, or an error that says why not."""

import hashlib
from base64 import b64encode
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mandorla.wire.checksums import checksum_of
from tests.listening import Listening
from tests.services.s3.places import new_bucket
from tests.services.s3.test_buckets import code_of

MIB = 1024 * 1024
FIRST, SECOND, LAST = b"1" * (5 * MIB), b"2" * (5 * MIB + 1), b"3" * 10


@pytest.fixture
def bucket(server: Listening) -> str:
    """An empty bucket of the advertiser's."""
    return new_bucket(server)


def begun(server: Listening, bucket: str, *bodies: bytes, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An upload of the key `k` with some parts, and these as the caller names them."""
    s3 = server.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", **options)
    place = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"]}
    parts = [{"PartNumber": number, "ETag": s3.upload_part(**place, PartNumber=number, Body=body)["ETag"]}
             for number, body in enumerate(bodies, start=1)]  # fmt: skip
    return place, parts


def test_parts_become_one_object(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    place, parts = begun(server, bucket, FIRST, SECOND, LAST, Metadata={"a": "1"}, ContentType="x/y", Tagging="t=1")
    with pytest.raises(ClientError):
        s3.head_object(Bucket=bucket, Key="k")
    done = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    digests = b"".join(hashlib.md5(body).digest() for body in (FIRST, SECOND, LAST))
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == FIRST + SECOND + LAST
    assert (got["Metadata"], got["ContentType"], got["TagCount"]) == ({"a": "1"}, "x/y", 1)
    across = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    assert across["Body"].read() == b"1122"
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=3)
    assert (part["Body"].read(), part["PartsCount"], part["ContentLength"]) == (LAST, 3, 10)
    assert s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})["ETag"] == done["ETag"]


# What is wrong with the list at the end, and S3's code for it.
WRONG = [
    ("order", lambda parts: parts[::-1], "InvalidPartOrder"),
    ("twice", lambda parts: [parts[0], parts[0], parts[1]], "InvalidPartOrder"),
    ("never sent", lambda parts: [*parts, {"PartNumber": 9, "ETag": parts[0]["ETag"]}], "InvalidPart"),
    ("another ETag", lambda parts: [{"PartNumber": 1, "ETag": parts[1]["ETag"]}], "InvalidPart"),
    ("too small", lambda parts: [{**part} for part in (parts[2], {**parts[1], "PartNumber": 4})], "InvalidPart"),
    ("small in the middle", lambda parts: [parts[0], parts[2], parts[3]], "EntityTooSmall"),
    ("none", lambda parts: [], "MalformedXML"),
]


@pytest.mark.parametrize(("what", "change", "code"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_list_of_parts_is_refused_and_loses_nothing(
    server: Listening, bucket: str, what: str, change: Any, code: str
) -> None:
    s3 = server.client("s3")
    place, parts = begun(server, bucket, FIRST, SECOND, LAST, LAST)
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(**place, MultipartUpload={"Parts": change(parts)})
    assert code_of(refused.value) == (code, 400)
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [parts[0], parts[3]]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == FIRST + LAST


@pytest.mark.parametrize(("algorithm", "kind"), [("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC32C", "FULL_OBJECT"),
                                                 ("CRC64NVME", "FULL_OBJECT"), ("SHA256", "COMPOSITE")])  # fmt: skip
def test_the_checksum_of_the_whole_follows_from_the_parts(server: Listening, bucket: str, algorithm: str, kind: str) -> None:
    s3, name = server.client("s3"), algorithm.lower()
    place, _ = begun(server, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    parts = []
    for number, body in enumerate((FIRST, LAST), start=1):
        checksum = {f"Checksum{algorithm}": b64encode(checksum_of(name, body)).decode()}
        sent = s3.upload_part(**place, PartNumber=number, Body=body, **checksum)
        parts.append({"PartNumber": number, "ETag": sent["ETag"], **checksum})
    if kind == "FULL_OBJECT":
        expected = b64encode(checksum_of(name, FIRST + LAST)).decode()
    else:
        expected = f"{b64encode(checksum_of(name, checksum_of(name, FIRST) + checksum_of(name, LAST))).decode()}-2"
    done = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts}, ChecksumType=kind)
    assert (done[f"Checksum{algorithm}"], done["ChecksumType"]) == (expected, kind)
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum", "ObjectParts", "ObjectSize"])
    assert attributes["Checksum"][f"Checksum{algorithm}"] == expected
    assert [part["Size"] for part in attributes["ObjectParts"]["Parts"]] == [len(FIRST), len(LAST)]
    assert attributes["ObjectSize"] == len(FIRST + LAST)


def test_parts_and_uploads_are_listed_in_pages(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    place, _ = begun(server, bucket, b"1", b"2", b"3")
    s3.upload_part(**place, PartNumber=2, Body=b"again")
    pages = list(s3.get_paginator("list_parts").paginate(**place, PaginationConfig={"PageSize": 2}))
    assert [(part["PartNumber"], part["Size"]) for page in pages for part in page.get("Parts", [])] == [(1, 1), (2, 5), (3, 1)]
    others = [s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a/1", "a/2", "k", "z")]
    pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}))
    listed = [(upload["Key"], upload["UploadId"]) for page in pages for upload in page.get("Uploads", [])]
    assert sorted(listed) == sorted([("k", place["UploadId"]), *zip(("a/1", "a/2", "k", "z"), others, strict=True)])
    rolled = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in rolled["CommonPrefixes"]] == ["a/"]
    assert [upload["Key"] for upload in rolled["Uploads"]] == ["k", "k", "z"]


def test_an_aborted_upload_is_gone(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    place, parts = begun(server, bucket, FIRST)
    s3.abort_multipart_upload(**place)
    for asked in (
        lambda: s3.list_parts(**place),
        lambda: s3.upload_part(**place, PartNumber=1, Body=b""),
        lambda: s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts}),
        lambda: s3.abort_multipart_upload(**place),
    ):
        with pytest.raises(ClientError) as gone:
            asked()
        assert code_of(gone.value) == ("NoSuchUpload", 404)


def test_a_part_can_be_a_range_of_an_object(server: Listening, bucket: str) -> None:
    s3, source = server.client("s3"), {"Bucket": bucket, "Key": "source"}
    s3.put_object(Bucket=bucket, Key="source", Body=FIRST + SECOND)
    place, _ = begun(server, bucket)
    ranges = [f"bytes=1-{5 * MIB}", f"bytes={5 * MIB + 1}-{5 * MIB + 7}"]
    parts = []
    for number, asked in enumerate(ranges, start=1):
        copied = s3.upload_part_copy(**place, PartNumber=number, CopySource=source, CopySourceRange=asked)
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.upload_part_copy(**place, PartNumber=3, CopySource=source, CopySourceRange="bytes=0-99999999999")
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    s3.delete_object(Bucket=bucket, Key="source")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == (FIRST + SECOND)[1 : 5 * MIB + 8]


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_part_number_beyond_the_bounds_is_refused(server: Listening, bucket: str, number: int) -> None:
    place, _ = begun(server, bucket)
    with pytest.raises(ClientError, match="InvalidArgument"):
        server.client("s3").upload_part(**place, PartNumber=number, Body=b"")
