"""Objects through boto3: whole, in ranges, under conditions, with everything that is said of them."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from mandorla.wire.checksums import checksum_of
from tests.listening import Listening
from tests.services.s3.places import new_bucket
from tests.services.s3.test_buckets import code_of

BODY = bytes(range(256)) * 500


@pytest.fixture
def bucket(server: Listening) -> str:
    """An empty bucket of the advertiser's."""
    return new_bucket(server)


def test_an_object_comes_back_with_all_that_was_said_of_it(server: Listening, bucket: str) -> None:
    s3, expires = server.client("s3"), datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    said = {"ContentType": "text/csv", "CacheControl": "no-store", "ContentDisposition": "inline", "ContentEncoding": "gzip"}
    put = s3.put_object(
        Bucket=bucket, Key="ü/a b+c", Body=BODY, Metadata={"team": "crm"}, Expires=expires, Tagging="a=1", **said
    )
    assert put["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="ü/a b+c")
    assert got["Body"].read() == BODY
    assert {name: got[name] for name in said} == said
    assert (got["Metadata"], got["TagCount"], got["ContentLength"]) == ({"team": "crm"}, 1, len(BODY))
    assert got["Expires"] == expires
    head = s3.head_object(Bucket=bucket, Key="ü/a b+c")
    assert (head["ContentLength"], head["ETag"], head["Metadata"]) == (len(BODY), put["ETag"], {"team": "crm"})


RANGES = [
    ("bytes=0-0", 206, BODY[:1]), ("bytes=5-9", 206, BODY[5:10]), ("bytes=-7", 206, BODY[-7:]),
    ("bytes=127999-", 206, BODY[127999:]), ("bytes=127990-999999", 206, BODY[127990:]), ("bytes=-999999", 206, BODY),
    ("lines=1-2", 200, BODY), ("bytes=5-2", 200, BODY), ("bytes=0-1,4-5", 200, BODY),
    ("bytes=128000-", 416, b""), ("bytes=-0", 416, b""),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "status", "expected"), RANGES, ids=[row[0] for row in RANGES])
def test_a_range_is_that_of_the_bytes(server: Listening, bucket: str, asked: str, status: int, expected: bytes) -> None:
    s3 = server.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=BODY)
    if status == 416:
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket=bucket, Key="k", Range=asked)
        assert code_of(refused.value) == ("InvalidRange", 416)
        return
    got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (status, expected)
    if status == 206:
        start = (
            BODY.index(expected)
            if len(expected) > 10
            else len(BODY) - len(expected)
            if asked[6] == "-"
            else int(asked[6:].split("-")[0])
        )
        assert got["ContentRange"] == f"bytes {start}-{start + len(expected) - 1}/{len(BODY)}"


SOON, LATE = timedelta(hours=-1), timedelta(hours=1)
CONDITIONS = [
    ({"IfMatch": "same"}, 200), ({"IfMatch": '"other"'}, 412), ({"IfMatch": "*"}, 200),
    ({"IfNoneMatch": "same"}, 304), ({"IfNoneMatch": '"other"'}, 200),
    ({"IfModifiedSince": LATE}, 304), ({"IfModifiedSince": SOON}, 200),
    ({"IfUnmodifiedSince": SOON}, 412), ({"IfUnmodifiedSince": LATE}, 200),
    ({"IfMatch": "same", "IfUnmodifiedSince": SOON}, 200), ({"IfNoneMatch": "same", "IfModifiedSince": SOON}, 304),
    ({"IfNoneMatch": '"other"', "IfModifiedSince": LATE}, 200),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "status"), CONDITIONS, ids=[str(row[0]) for row in CONDITIONS])
@pytest.mark.parametrize("method", ["get_object", "head_object"])
def test_a_read_under_conditions(server: Listening, bucket: str, method: str, conditions: dict[str, Any], status: int) -> None:
    s3 = server.client("s3")
    etag = s3.put_object(Bucket=bucket, Key="k", Body=BODY)["ETag"]
    now = datetime.now(UTC)
    filled = {
        name: etag if value == "same" else now + value if isinstance(value, timedelta) else value
        for name, value in conditions.items()
    }
    try:
        got = getattr(s3, method)(Bucket=bucket, Key="k", **filled)["ResponseMetadata"]
    except ClientError as error:
        got = error.response["ResponseMetadata"]
    assert got["HTTPStatusCode"] == status
    if status in (200, 304):
        assert got["HTTPHeaders"]["etag"] == etag


def test_headers_of_the_answer_can_be_chosen(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"", ContentType="text/plain")
    got = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="a/b", ResponseContentDisposition='attachment; filename="x"'
    )
    assert (got["ContentType"], got["ContentDisposition"]) == ("a/b", 'attachment; filename="x"')


def test_writes_under_conditions(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    for conditions, code in (({"IfNoneMatch": "*"}, "PreconditionFailed"), ({"IfMatch": '"other"'}, "PreconditionFailed")):
        with pytest.raises(ClientError) as refused:
            s3.put_object(Bucket=bucket, Key="k", Body=b"2", **conditions)
        assert code_of(refused.value) == (code, 412)
    with pytest.raises(ClientError) as absent:
        s3.put_object(Bucket=bucket, Key="absent", Body=b"2", IfMatch=etag)
    assert code_of(absent.value) == ("NoSuchKey", 404)
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5"])
def test_a_checksum_is_verified_kept_and_shown(server: Listening, bucket: str, algorithm: str) -> None:
    s3 = server.client("s3")
    made = {
        "SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512, "MD5": hashlib.md5,
    }  # fmt: skip
    if algorithm in made:
        value = b64encode(made[algorithm](BODY).digest()).decode()
    else:
        value = b64encode(checksum_of(algorithm.lower(), BODY)).decode()
    name = f"Checksum{algorithm}"
    s3.put_object(Bucket=bucket, Key="k", Body=BODY, ChecksumAlgorithm=algorithm, **{name: value})
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[name] == value
    assert s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])["Checksum"][name] == value
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["ChecksumAlgorithm"] == [algorithm]
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k", Body=b"other", ChecksumAlgorithm=algorithm, **{name: value})
    assert code_of(refused.value) == ("BadDigest", 400)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BODY


def test_a_wrong_md5_leaves_nothing_behind(server: Listening, bucket: str) -> None:
    before = {path for path in server.parts.settings.data_folder.rglob("objects/*/*") if path.is_file()}
    with pytest.raises(ClientError) as refused:
        server.client("s3").put_object(Bucket=bucket, Key="k", Body=BODY, ContentMD5=b64encode(bytes(16)).decode())
    assert code_of(refused.value) == ("BadDigest", 400)
    assert {path for path in server.parts.settings.data_folder.rglob("objects/*/*") if path.is_file()} == before


def test_copies_keep_or_change_what_is_said(server: Listening, bucket: str) -> None:
    s3, source = server.client("s3"), {"Bucket": bucket, "Key": "a b+ü"}
    put = s3.put_object(Bucket=bucket, Key=source["Key"], Body=BODY, Metadata={"a": "1"}, ContentType="x/y", Tagging="t=1")
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    got = s3.get_object(Bucket=bucket, Key="copy")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"], got["TagCount"]) == (BODY, {"a": "1"}, "x/y", 1)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    assert s3.head_object(Bucket=bucket, Key="copy")["Metadata"] == {"b": "2"}
    with pytest.raises(ClientError, match="InvalidRequest"):
        s3.copy_object(Bucket=bucket, Key=source["Key"], CopySource=source)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=source, CopySourceIfNoneMatch=put["ETag"])
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "absent"})


def test_tags_of_an_object(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1 2"}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1 2"}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_many_objects_are_deleted_at_once(server: Listening, bucket: str) -> None:
    s3 = server.client("s3")
    for key in ("a", "b", "<c&d>\r"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    keys = [{"Key": key} for key in ("a", "<c&d>\r", "absent")]
    assert len(s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})["Deleted"]) == 3
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]
    assert "Deleted" not in s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "b"}], "Quiet": True})


@pytest.mark.parametrize("method", ["get_object", "head_object", "get_object_tagging"])
def test_what_is_not_there(server: Listening, bucket: str, method: str) -> None:
    with pytest.raises(ClientError) as absent:
        getattr(server.client("s3"), method)(Bucket=bucket, Key="absent")
    assert code_of(absent.value) == ("404" if method == "head_object" else "NoSuchKey", 404)
    with pytest.raises(ClientError) as nowhere:
        getattr(server.client("s3"), method)(Bucket="no-such-bucket-here", Key="absent")
    assert code_of(nowhere.value) == ("404" if method == "head_object" else "NoSuchBucket", 404)


def test_a_key_that_is_too_long_is_refused(server: Listening, bucket: str) -> None:
    server.client("s3").put_object(Bucket=bucket, Key="ü" * 512, Body=b"")
    with pytest.raises(ClientError) as refused:
        server.client("s3").put_object(Bucket=bucket, Key="ü" * 513, Body=b"")
    assert code_of(refused.value) == ("KeyTooLongError", 400)


def exchanged(url: str, method: str, body: bytes | None = None) -> tuple[int, bytes]:
    """A request of somebody who has nothing but a URL."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    connection.request(method, f"{parts.path}?{parts.query}", body=body)
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("config", [{"signature_version": "s3v4"}, {}], ids=["version 4", "boto3's default"])
def test_a_presigned_url_opens_one_object_for_one_purpose(server: Listening, bucket: str, config: dict[str, str]) -> None:
    s3 = server.client("s3", **config)
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    assert exchanged(put, "PUT", BODY)[0] == 200
    assert exchanged(get, "GET") == (200, BODY)
    assert exchanged(get, "DELETE")[0] == 403
    assert exchanged(get.replace("a%20b", "another"), "GET")[0] == 403


def test_who_has_not_signed_gets_nothing(server: Listening, bucket: str) -> None:
    server.client("s3").put_object(Bucket=bucket, Key="k", Body=b"secret")
    nobody = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    with pytest.raises(ClientError) as refused:
        nobody.get_object(Bucket=bucket, Key="k")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
