"""Stock boto3 clients against our wire, signature and all: what the client asked arrives, what we answer is read."""

import gzip
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from mandorla.domain.errors import AccessDeniedError, ConflictError, LimitError, MandorlaError, NotFoundError
from mandorla.wire.errors import WireError
from tests.wire.loopback import connect

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ARN = "arn:aws:entityresolution:eu-central-1:111122223333:idnamespace/a"
ROLE = {"RoleName": "r", "AssumeRolePolicyDocument": "{}"}
MAPPING = {"schemaName": "s", "mappedInputFields": [{"fieldName": "a", "type": "DATE"}] * 2}

# Service, method, what the caller says, and what of it must arrive.
CALLS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("entityresolution", "get_id_namespace", {"idNamespaceName": ARN},
     {"id_namespace_name": ARN}),
    ("entityresolution", "untag_resource", {"resourceArn": ARN,
                                            "tagKeys": ["a b", "c&d"]},
     {"resource_arn": ARN, "tag_keys": ("a b", "c&d")}),
    ("entityresolution", "start_id_mapping_job", {"workflowName": "w"}, {"workflow_name": "w"}),
    ("cleanrooms", "list_collaborations", {"maxResults": 5, "memberStatus": "ACTIVE"},
     {"max_results": 5, "member_status": "ACTIVE"}),
    ("glue", "get_table", {"DatabaseName": "d", "Name": "t", "QueryAsOfTime": NOON},
     {"database_name": "d", "name": "t", "query_as_of_time": NOON}),
    ("athena", "get_query_execution", {"QueryExecutionId": "q"}, {"query_execution_id": "q"}),
    ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "k", "Value": "ü +="}]},
     {"role_name": "r", "assume_role_policy_document": "{}", "tags": ({"key": "k", "value": "ü +="},)}),
    ("sts", "get_caller_identity", {}, {}),
    ("s3", "create_bucket", {"Bucket": "photos", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}},
     {"bucket": "photos", "create_bucket_configuration": {"location_constraint": "eu-central-1"}}),
    ("s3", "list_objects_v2", {"Bucket": "photos", "Prefix": "a b/+", "MaxKeys": 3},
     {"bucket": "photos", "prefix": "a b/+", "max_keys": 3, "encoding_type": "url"}),
    ("s3", "get_object", {"Bucket": "photos", "Key": "/a//../ü %2F+.csv", "Range": "bytes=0-9"},
     {"bucket": "photos", "key": "/a//../ü %2F+.csv", "range": "bytes=0-9", "checksum_mode": "ENABLED"}),
    ("s3", "copy_object", {"Bucket": "photos", "Key": "b", "CopySource": {"Bucket": "photos", "Key": "a b"}},
     {"bucket": "photos", "key": "b", "copy_source": "photos/a%20b"}),
    ("s3", "delete_objects", {"Bucket": "photos", "Delete": {"Objects": [{"Key": "a\rb"}, {"Key": "<&>"}], "Quiet": True}},
     {"bucket": "photos", "delete": {"objects": ({"key": "a\rb"}, {"key": "<&>"}), "quiet": True}}),
    ("s3", "create_multipart_upload", {"Bucket": "photos", "Key": "k", "Metadata": {"owner": "me"}},
     {"bucket": "photos", "key": "k", "metadata": {"owner": "me"}}),
    ("s3", "complete_multipart_upload",
     {"Bucket": "photos", "Key": "k", "UploadId": "u", "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"e"'}]}},
     {"bucket": "photos", "key": "k", "upload_id": "u", "multipart_upload": {"parts": ({"part_number": 1, "e_tag": '"e"'},)}}),
    ("s3", "abort_multipart_upload", {"Bucket": "photos", "Key": "k", "UploadId": "u"},
     {"bucket": "photos", "key": "k", "upload_id": "u"}),
]  # fmt: skip


@pytest.mark.parametrize(("service_name", "method", "params", "arriving"), CALLS, ids=[f"{row[0]}.{row[1]}" for row in CALLS])
def test_what_a_client_asks_arrives(service_name: str, method: str, params: dict[str, Any], arriving: dict[str, Any]) -> None:
    seen: list[dict[str, Any]] = []

    def answer(operation: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
        seen.append(arguments)
        return {}

    getattr(connect(service_name, answer), method)(**params)
    assert {name: value for name, value in seen[0].items() if name in arriving} == arriving


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("algorithm", [None, "CRC32", "SHA1", "SHA256"])
def test_an_object_arrives_whole_however_its_checksum_travels(scheme: str, algorithm: str | None) -> None:
    body, seen = bytes(range(256)) * 9000, []

    def answer(operation: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
        seen.append(arguments)
        return {"e_tag": '"e"'}

    chosen = {"ChecksumAlgorithm": algorithm} if algorithm else {}
    s3 = connect("s3", answer, endpoint=f"{scheme}://127.0.0.1:4700")
    s3.put_object(Bucket="photos", Key="k", Body=body, ContentEncoding="gzip", Metadata={"a": "b"}, **chosen)
    assert seen[0]["body"] == body
    assert (seen[0]["content_encoding"], seen[0]["content_length"], seen[0]["metadata"]) == ("gzip", len(body), {"a": "b"})
    assert seen[0][f"checksum_{(algorithm or 'CRC32').lower()}"]


def test_an_object_is_read_with_its_headers() -> None:
    packed = gzip.compress(b"a,b\n", mtime=0)

    def answer(operation: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"body": packed, "content_length": len(packed), "last_modified": NOON, "e_tag": '"e"', "metadata": {"a": "b"},
                "content_type": "text/csv", "content_encoding": "gzip"}  # fmt: skip

    found = connect("s3", answer).get_object(Bucket="photos", Key="k")
    assert found["Body"].read() == packed
    assert (found["ContentType"], found["LastModified"], found["Metadata"]) == ("text/csv", NOON, {"a": "b"})


def test_a_head_tells_the_length_of_what_it_does_not_send() -> None:
    found = connect("s3", lambda operation, arguments: {"content_length": 5, "last_modified": NOON}).head_object(
        Bucket="photos", Key="k"
    )
    assert (found["ContentLength"], found["LastModified"]) == (5, NOON)


@pytest.mark.parametrize("region", ["eu-central-1", None])
def test_a_bucket_has_a_location(region: str | None) -> None:
    s3 = connect("s3", lambda operation, arguments: {"location_constraint": region})
    assert s3.get_bucket_location(Bucket="photos")["LocationConstraint"] == region


def test_a_key_that_xml_cannot_hold_is_listed() -> None:
    listing = {
        "contents": [{"key": "a%0D%01b", "size": 1, "last_modified": NOON}],
        "encoding_type": "url",
        "is_truncated": False,
    }
    s3 = connect("s3", lambda operation, arguments: listing)
    assert s3.list_objects_v2(Bucket="photos")["Contents"][0]["Key"] == "a\r\x01b"


# Service, call, what we raise, and the code and status that the client sees.
FAILURES: list[tuple[str, str, dict[str, Any], Exception, str, int]] = [
    ("entityresolution", "get_schema_mapping", {"schemaName": "s"}, NotFoundError("gone"), "ResourceNotFoundException", 404),
    ("entityresolution", "create_schema_mapping", MAPPING,
     NotFoundError("gone"), "ValidationException", 400),
    ("entityresolution", "create_schema_mapping", MAPPING,
     LimitError("full"), "ExceedsLimitException", 402),
    ("cleanrooms", "get_collaboration", {"collaborationIdentifier": "00000000-0000-0000-0000-000000000000"},
     AccessDeniedError("no"), "AccessDeniedException", 403),
    ("athena", "get_work_group", {"WorkGroup": "w"}, NotFoundError("gone"), "InvalidRequestException", 400),
    ("glue", "create_database", {"DatabaseInput": {"Name": "d"}}, ConflictError("there"), "AlreadyExistsException", 400),
    ("glue", "get_table", {"DatabaseName": "d", "Name": "t"}, NotFoundError("gone"), "EntityNotFoundException", 400),
    ("iam", "create_role", ROLE, ConflictError("there"), "EntityAlreadyExists", 409),
    ("iam", "get_role", {"RoleName": "r"}, NotFoundError("gone"), "NoSuchEntity", 404),
    ("iam", "get_role", {"RoleName": "r"}, AccessDeniedError("no"), "AccessDenied", 403),
    ("s3", "get_object", {"Bucket": "photos", "Key": "k"}, WireError("NoSuchKey", "gone", status=404), "NoSuchKey", 404),
    ("s3", "head_object", {"Bucket": "photos", "Key": "k"}, WireError("NoSuchKey", "Not Found", status=404), "404", 404),
    ("s3", "list_objects_v2", {"Bucket": "photos"}, WireError("NoSuchBucket", "gone", status=404), "NoSuchBucket", 404),
    ("s3", "delete_bucket", {"Bucket": "photos"}, WireError("BucketNotEmpty", "full", status=409), "BucketNotEmpty", 409),
    ("s3", "put_object", {"Bucket": "photos", "Key": "k"}, AccessDeniedError("no"), "AccessDenied", 403),
]  # fmt: skip


@pytest.mark.parametrize(("service_name", "method", "params", "error", "code", "status"), FAILURES)
def test_a_client_sees_the_error_its_operation_declares(
    service_name: str, method: str, params: dict[str, Any], error: MandorlaError, code: str, status: int
) -> None:
    def answer(operation: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
        raise error

    with pytest.raises(ClientError) as caught:
        getattr(connect(service_name, answer), method)(**params)
    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, error.message)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["ResponseMetadata"]["RequestId"] == "request-1"


def test_a_declared_error_carries_its_members() -> None:
    def answer(operation: OperationModel, arguments: dict[str, Any]) -> dict[str, Any]:
        raise WireError("ExceedsLimitException", "full", members={"quota_name": "rules", "quota_value": 25})

    entityresolution = connect("entityresolution", answer)
    with pytest.raises(entityresolution.exceptions.ExceedsLimitException) as caught:
        entityresolution.start_id_mapping_job(workflowName="w")
    assert (caught.value.response["quotaName"], caught.value.response["quotaValue"]) == ("rules", 25)


def test_clean_rooms_lists_the_fields_that_are_wrong() -> None:
    cleanrooms = connect("cleanrooms", lambda operation, arguments: {})
    with pytest.raises(cleanrooms.exceptions.ValidationException) as caught:
        cleanrooms.get_collaboration(collaborationIdentifier="x" * 36)
    assert caught.value.response["reason"] == "FIELD_VALIDATION_FAILED"
    assert {field["name"] for field in caught.value.response["fieldList"]} == {"collaborationIdentifier"}
