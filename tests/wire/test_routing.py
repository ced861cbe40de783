"""Which service, and which of its operations: what the round trips through botocore do not reach, as rows."""

from dataclasses import replace
from urllib.request import Request

import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.wire.errors import UnknownOperationError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.protocols import find_operation, parse_request
from mandorla.wire.routing import find_service, with_bucket_in_path
from tests.wire.loopback import connect
from tests.wire.service_list import SERVICES, service

FORM = (("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),)

# Service, method, path, query string, and the operation.
PLACES = [
    ("s3", "GET", "/", "", "ListBuckets"),
    ("s3", "GET", "/photos", "", "ListObjects"),
    ("s3", "GET", "/photos/", "", "ListObjects"),
    ("s3", "GET", "/photos", "list-type=2", "ListObjectsV2"),
    ("s3", "GET", "/photos", "list-type=2&prefix=&delimiter=", "ListObjectsV2"),
    ("s3", "GET", "/photos", "uploads=", "ListMultipartUploads"),
    ("s3", "GET", "/photos", "analytics", "ListBucketAnalyticsConfigurations"),
    ("s3", "GET", "/photos", "analytics&id=a", "GetBucketAnalyticsConfiguration"),
    ("s3", "GET", "/photos/a/b", "x-id=GetObject", "GetObject"),
    ("s3", "GET", "/photos/a/", "", "GetObject"),
    ("s3", "GET", "/photos//", "", "GetObject"),
    ("s3", "GET", "/photos/a", "uploadId=u", "ListParts"),
    ("s3", "GET", "/photos/a", "partNumber=1", "GetObject"),
    ("s3", "PUT", "/photos/a", "partNumber=1&uploadId=u", "UploadPart"),
    ("s3", "POST", "/photos/a", "uploads", "CreateMultipartUpload"),
    ("s3", "POST", "/photos/a", "uploadId=u", "CompleteMultipartUpload"),
    ("s3", "DELETE", "/photos/a", "uploadId=u", "AbortMultipartUpload"),
    ("s3", "DELETE", "/photos/a", "", "DeleteObject"),
    ("entityresolution", "GET", "/idnamespaces/arn%3Aaws%3Aer%3Aidnamespace%2Fa", "", "GetIdNamespace"),
    ("entityresolution", "GET", "/policies/arn%3Aaws%2Fa", "", "GetPolicy"),
    ("entityresolution", "DELETE", "/policies/arn%3Aaws%2Fa/s", "", "DeletePolicyStatement"),
    ("entityresolution", "GET", "/idmappingworkflows/w/jobs", "", "ListIdMappingJobs"),
    ("sts", "GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", "GetCallerIdentity"),
]  # fmt: skip


@pytest.mark.parametrize(("service_name", "method", "path", "query_string", "operation"), PLACES)
def test_a_place_is_an_operation(service_name: str, method: str, path: str, query_string: str, operation: str) -> None:
    request = HttpRequest(method=method, raw_path=path, query_string=query_string)
    assert find_operation(service(service_name), request).name == operation


NOWHERE = [
    ("s3", HttpRequest(method="PUT", raw_path="/photos/a", query_string="unheard-of")),
    ("s3", HttpRequest(method="GET", raw_path="/photos", query_string="unheard-of=")),
    ("s3", HttpRequest(method="POST", raw_path="/photos")),
    ("s3", HttpRequest(method="PATCH", raw_path="/photos/a")),
    ("entityresolution", HttpRequest(method="GET", raw_path="/schemas/")),
    ("entityresolution", HttpRequest(method="GET", raw_path="/schemas/a/b")),
    ("entityresolution", HttpRequest(method="GET", raw_path="/idnamespaces/arn:aws:er:idnamespace/a")),
    ("glue", HttpRequest(method="POST", raw_path="/", headers=(("X-Amz-Target", "AWSGlue.Nothing"),))),
    ("glue", HttpRequest(method="POST", raw_path="/", headers=(("X-Amz-Target", "AmazonAthena.GetTables"),))),
    ("glue", HttpRequest(method="POST", raw_path="/")),
    ("iam", HttpRequest(method="POST", raw_path="/", headers=FORM, body=b"Action=Nothing&Version=2010-05-08")),
    ("iam", HttpRequest(method="POST", raw_path="/", headers=FORM, body=b"Action=GetRole&Version=2011-06-15")),
]


@pytest.mark.parametrize(("service_name", "request_to_nowhere"), NOWHERE)
def test_what_is_no_operation_is_refused(service_name: str, request_to_nowhere: HttpRequest) -> None:
    with pytest.raises(UnknownOperationError):
        find_operation(service(service_name), request_to_nowhere)


UNREADABLE = [
    ("glue", b"{", "X-Amz-Target", "AWSGlue.GetTables"),
    ("glue", b'{"a": NaN}', "X-Amz-Target", "AWSGlue.GetTables"),
    ("glue", b"[]", "X-Amz-Target", "AWSGlue.GetTables"),
    ("glue", b"[" * 100_000, "X-Amz-Target", "AWSGlue.GetTables"),
    ("glue", b"\xff", "X-Amz-Target", "AWSGlue.GetTables"),
    ("iam", b"Action=GetRole&" + b"a." * 100 + b"=1", *FORM[0]),
    ("iam", b"Action=SimulateCustomPolicy&ContextEntries.member.1.ContextKeyValues.member=1", *FORM[0]),
]


@pytest.mark.parametrize(("service_name", "body", "name", "value"), UNREADABLE)
def test_a_body_that_cannot_be_read_is_the_callers_mistake(service_name: str, body: bytes, name: str, value: str) -> None:
    with pytest.raises(MandorlaError):
        parse_request(service(service_name), HttpRequest(method="POST", raw_path="/", headers=((name, value),), body=body))


XML = [
    b"<Delete>",
    b"\xff\xfe",
    b'<!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Quiet>&a;</Quiet></Delete>',
    b"<Delete><Quiet>perhaps</Quiet><Object><Key>a</Key></Object></Delete>",
    b"<Delete><Object><Key>a</Key><Colour>red</Colour></Object></Delete>",
    b"<Delete><Object/></Delete>",
]


@pytest.mark.parametrize("body", XML)
def test_xml_that_is_not_what_it_must_be_is_refused(body: bytes) -> None:
    with pytest.raises(MandorlaError):
        parse_request(service("s3"), HttpRequest(method="POST", raw_path="/photos", query_string="delete", body=body))


@pytest.mark.parametrize("service_name", SERVICES)
def test_a_signed_request_finds_its_service(service_name: str) -> None:
    signing_name = service(service_name).signing_name
    header = f"AWS4-HMAC-SHA256 Credential=AK/20260102/eu-central-1/{signing_name}/aws4_request, SignedHeaders=host"
    request = HttpRequest(method="POST", raw_path="/", headers=(("Authorization", header),))
    assert find_service([service(name) for name in SERVICES], request) is service(service_name)


UNSIGNED = [
    (HttpRequest(method="POST", raw_path="/", headers=FORM, body=b"Action=AssumeRoleWithSAML&Version=2011-06-15"), "sts"),
    (HttpRequest(method="POST", raw_path="/", headers=(("X-Amz-Target", "AmazonAthena.ListWorkGroups"),)), "athena"),
    (HttpRequest(method="GET", raw_path="/schemas"), "entityresolution"),
    (HttpRequest(method="POST", raw_path="/collaborations"), "cleanrooms"),
    (HttpRequest(method="GET", raw_path="/photos/a"), "s3"),
    (HttpRequest(method="PATCH", raw_path="/photos/a"), None),
]


@pytest.mark.parametrize(("request_unsigned", "service_name"), UNSIGNED)
def test_an_unsigned_request_says_what_it_is_for(request_unsigned: HttpRequest, service_name: str | None) -> None:
    found = find_service([service(name) for name in SERVICES], request_unsigned)
    assert found is (service(service_name) if service_name else None)


def test_a_client_may_put_the_bucket_into_the_host() -> None:
    url = connect("s3", lambda operation, arguments: {}, endpoint="http://localhost:4700").generate_presigned_url(
        "get_object", Params={"Bucket": "photos", "Key": "a b"}
    )
    target = Request(url)
    path, _, query_string = target.selector.partition("?")
    request = HttpRequest(method="GET", raw_path=path, query_string=query_string, headers=(("Host", target.host),))
    rewritten = replace(request, raw_path=with_bucket_in_path(request, endpoint_host="localhost"))
    operation, arguments = parse_request(service("s3"), rewritten)
    assert (operation.name, arguments["bucket"], arguments["key"]) == ("GetObject", "photos", "a b")


HOSTS = [
    ("localhost:4700", "/k"), ("localhost", "/k"), ("photos.localhost", "/photos/k"), ("a.b.localhost:4700", "/a.b/k"),
    ("127.0.0.1:4700", "/k"), ("photos.localhost.example.com", "/k"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path"), HOSTS)
def test_a_host_names_a_bucket_or_none(host: str, path: str) -> None:
    request = HttpRequest(method="GET", raw_path="/k", headers=(("Host", host),))
    assert with_bucket_in_path(request, endpoint_host="localhost") == path
