"""botocore signs, and we verify; then every part is changed in turn, and each change must be refused for its own reason."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mandorla.domain.errors import MandorlaError
from mandorla.wire.claims import is_signed
from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.protocols import serialize_error
from mandorla.wire.signature import AccessKey, Authenticated, verify
from tests.wire.loopback import received
from tests.wire.service_list import service

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LASTING = AccessKey(access_key_id="AKLASTING", secret_access_key="lasting/secret+")
TEMPORARY = AccessKey(
    access_key_id="AKTEMPORARY",
    secret_access_key="temporary/secret+",
    session_token="a/token+==",
    expires_at=NOON + timedelta(hours=1),
)
KEYS = {key.access_key_id: key for key in (LASTING, TEMPORARY)}
HOST = "https://localhost:4700"

# Name, service, signer, method, URL and body.
SIGNED: list[tuple[str, str, Any, str, str, bytes]] = [
    ("json", "glue", auth.SigV4Auth, "POST", "/", b'{"Name": "d"}'),
    ("rest-json", "entityresolution", auth.SigV4Auth, "GET", "/tags/arn%3Aa%2Fa%20b/./c//d?tagKeys=b&tagKeys=%2F%20%2B&x", b""),
    ("query", "iam", auth.SigV4Auth, "POST", "/", b"Action=GetRole&Version=2010-05-08&RoleName=r"),
    ("s3", "s3", auth.S3SigV4Auth, "PUT", "/photos/a//../%C3%BC%20%2B.csv?partNumber=1&uploadId=u", b"\x00body"),
    ("s3 subresource", "s3", auth.S3SigV4Auth, "POST", "/photos/k?uploads", b""),
    ("query url", "sts", auth.SigV4QueryAuth, "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", b""),
    ("s3 url", "s3", auth.S3SigV4QueryAuth, "GET", "/photos/a%20b?response-content-type=text%2Fcsv", b""),
    ("s3 put url", "s3", auth.S3SigV4QueryAuth, "PUT", "/photos/k", b"any body at all"),
]  # fmt: skip
NAMES = [row[0] for row in SIGNED]


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore signs at noon."""
    monkeypatch.setattr(auth, "get_current_datetime", lambda **_: NOON.replace(tzinfo=None))


def signed(name: str, key: AccessKey = LASTING, headers: dict[str, str] | None = None) -> HttpRequest:
    """One of the requests, signed by botocore."""
    _, service_name, signer, method, path, body = SIGNED[NAMES.index(name)]
    # A presigned URL of S3 is made before there is a body.
    data = b"" if signer is auth.S3SigV4QueryAuth else body
    every = {"X-Amz-Meta-Note": "two  blanks", **(headers or {})}
    request = AWSRequest(method=method, url=HOST + path, data=data, headers=every)
    credentials = Credentials(key.access_key_id, key.secret_access_key, key.session_token)
    signer(credentials, service(service_name).signing_name, "eu-central-1").add_auth(request)
    return replace(received(request.prepare()), body=body)


def verified(name: str, request: HttpRequest, now: datetime = NOON) -> Authenticated:
    """What our verification says."""
    return verify(service(SIGNED[NAMES.index(name)][1]), request, now=now, access_key_of=KEYS.get)


@pytest.mark.parametrize("key", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
@pytest.mark.parametrize("name", NAMES)
def test_what_botocore_signs_is_verified(name: str, key: AccessKey) -> None:
    request = signed(name, key)
    found = verified(name, request)
    assert (found.access_key, found.region, found.request.body) == (key, "eu-central-1", request.body)
    assert not is_signed(found.request)
    assert found.request.header("x-amz-security-token") is None


def with_header(request: HttpRequest, name: str, change: Callable[[str], str]) -> HttpRequest:
    """The request with one header changed."""
    headers = tuple((other, change(value) if other.lower() == name else value) for other, value in request.headers)
    assert headers != request.headers
    return replace(request, headers=headers)


def with_query(request: HttpRequest, pattern: str, replacement: str) -> HttpRequest:
    """The request with its query string changed."""
    changed = re.sub(pattern, replacement, request.query_string)
    assert changed != request.query_string
    return replace(request, query_string=changed)


def authorization(pattern: str, replacement: str) -> Callable[[HttpRequest], HttpRequest]:
    """A change of the Authorization header."""
    return lambda request: with_header(request, "authorization", lambda value: re.sub(pattern, replacement, value))


def parameter(pattern: str, replacement: str) -> Callable[[HttpRequest], HttpRequest]:
    """A change of the query string."""
    return lambda request: with_query(request, pattern, replacement)


def added_header(name: str, value: str) -> Callable[[HttpRequest], HttpRequest]:
    """One header more."""
    return lambda request: replace(request, headers=(*request.headers, (name, value)))


def without_header(name: str) -> Callable[[HttpRequest], HttpRequest]:
    """One header less."""
    return lambda request: replace(request, headers=tuple(pair for pair in request.headers if pair[0].lower() != name))


# The request, what is done to it, and the reason for which it must be refused.
MUTATIONS: list[tuple[str, str, Callable[[HttpRequest], HttpRequest], str]] = [
    ("json", "no signature", without_header("authorization"), "missing"),
    ("json", "method", lambda request: replace(request, method="PUT"), "mismatch"),
    ("json", "body", lambda request: replace(request, body=b"{}"), "mismatch"),
    ("json", "host", lambda request: with_header(request, "host", lambda value: "evil"), "mismatch"),
    ("json", "signed header", lambda request: with_header(request, "x-amz-meta-note", lambda value: "other"), "mismatch"),
    ("json", "header lost", without_header("x-amz-meta-note"), "mismatch"),
    ("json", "unsigned header", added_header("X-Amz-Target", "AWSGlue.DeleteDatabase"), "unsigned headers"),
    ("json", "signed header twice", added_header("x-amz-meta-note", "other"), "mismatch"),
    ("json", "signature", authorization(r"Signature=.", "Signature=g"), "mismatch"),
    ("json", "signature not ASCII", authorization(r"Signature=.", "Signature=é"), "mismatch"),
    ("json", "other key", authorization("AKLASTING", "AKTEMPORARY"), "mismatch"),
    ("json", "unknown key", authorization("AKLASTING", "AKNOBODY"), "unknown key"),
    ("json", "region", authorization("eu-central-1", "us-east-1"), "mismatch"),
    ("json", "service", authorization("/glue/", "/athena/"), "malformed"),
    ("json", "scope's date", authorization("/20260102/", "/20260103/"), "mismatch"),
    ("json", "terminator", authorization("aws4_request", "aws5_request"), "malformed"),
    ("json", "algorithm", authorization("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), "malformed"),
    ("json", "no signed headers", authorization("SignedHeaders=[^,]+,", ""), "malformed"),
    ("json", "host not signed", authorization("host;", ""), "unsigned headers"),
    ("json", "no date", without_header("x-amz-date"), "malformed"),
    ("json", "date", lambda request: with_header(request, "x-amz-date", lambda value: "20260102T120001Z"), "mismatch"),
    ("json", "no such date", lambda request: with_header(request, "x-amz-date", lambda value: "20261302T120001Z"), "malformed"),
    ("json", "a token for a lasting key", added_header("X-Amz-Security-Token", "t"), "unsigned headers"),
    ("json", "payload not signed", added_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"), "unsigned headers"),
    ("rest-json", "path", lambda request: replace(request, raw_path=request.raw_path + "x"), "mismatch"),
    ("rest-json", "decoded path", lambda request: replace(request, raw_path=request.raw_path.replace("%3A", ":")), "mismatch"),
    ("rest-json", "query string", parameter("tagKeys=b", "tagKeys=c"), "mismatch"),
    ("rest-json", "signed twice", lambda request: replace(request, query_string="X-Amz-Signature=a"), "malformed"),
    ("query", "form", lambda request: replace(request, body=request.body + b"x"), "mismatch"),
    ("s3", "body", lambda request: replace(request, body=b"other"), "payload mismatch"),
    ("s3", "hash", lambda request: with_header(request, "x-amz-content-sha256", lambda value: "UNSIGNED-PAYLOAD"), "mismatch"),
    ("s3", "key", lambda request: replace(request, raw_path="/photos/../%C3%BC%20%2B.csv"), "mismatch"),
    ("s3 subresource", "subresource", lambda request: replace(request, query_string="acl"), "mismatch"),
    ("s3 url", "key", lambda request: replace(request, raw_path="/photos/other"), "mismatch"),
    ("s3 url", "method", lambda request: replace(request, method="DELETE"), "mismatch"),
    ("s3 url", "lifetime", parameter("Expires=3600", "Expires=7200"), "mismatch"),
    ("s3 url", "endless", parameter("Expires=3600", "Expires=604801"), "malformed"),
    ("s3 url", "no lifetime", parameter("X-Amz-Expires=3600&", ""), "malformed"),
    ("s3 url", "algorithm", parameter("AWS4-HMAC-SHA256", "none"), "malformed"),
    ("s3 url", "signature", parameter("Signature=.", "Signature=g"), "mismatch"),
    ("s3 url", "one parameter more", parameter("$", "&versionId=v"), "mismatch"),
    ("s3 url", "unsigned header", added_header("x-amz-acl", "public-read"), "unsigned headers"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "what", "change", "reason"), MUTATIONS, ids=[f"{row[0]}: {row[1]}" for row in MUTATIONS])
def test_every_change_is_refused_for_its_own_reason(
    name: str, what: str, change: Callable[[HttpRequest], HttpRequest], reason: str
) -> None:
    with pytest.raises(SignatureError) as caught:
        verified(name, change(signed(name)))
    assert caught.value.reason == reason


# The request, the clock when it arrives, and the reason to refuse it, if there is one.
ARRIVALS: list[tuple[str, timedelta, str | None]] = [
    ("json", timedelta(minutes=15), None),
    ("json", timedelta(minutes=15, seconds=1), "skewed"),
    ("json", timedelta(minutes=-15), None),
    ("json", timedelta(minutes=-15, seconds=-1), "skewed"),
    ("s3 url", timedelta(hours=1), None),
    ("s3 url", timedelta(hours=1, seconds=1), "expired url"),
    ("s3 url", timedelta(minutes=-16), "skewed"),
]


@pytest.mark.parametrize(("name", "later", "reason"), ARRIVALS)
def test_a_signature_is_good_for_its_time(name: str, later: timedelta, reason: str | None) -> None:
    request = signed(name)
    if reason is None:
        assert verified(name, request, now=NOON + later).access_key == LASTING
        return
    with pytest.raises(SignatureError) as caught:
        verified(name, request, now=NOON + later)
    assert caught.value.reason == reason


def test_a_temporary_key_ends() -> None:
    with pytest.raises(SignatureError) as caught:
        verify(
            service("s3"),
            signed("s3", TEMPORARY),
            now=NOON,
            access_key_of=lambda _: replace(TEMPORARY, expires_at=NOON),
        )
    assert caught.value.reason == "expired token"


def test_a_temporary_key_is_nothing_without_its_token() -> None:
    bare = replace(TEMPORARY, session_token=None)
    with pytest.raises(SignatureError) as caught:
        verified("json", signed("json", bare))
    assert caught.value.reason == "invalid token"


def test_a_date_header_will_do() -> None:
    request = signed("json", headers={"Date": "Fri, 02 Jan 2026 12:00:00 GMT"})
    assert request.header("x-amz-date") is None
    assert verified("json", request).access_key == LASTING


def test_secrets_do_not_show_in_a_key() -> None:
    assert "secret" not in repr(TEMPORARY).replace("secret_access_key", "")
    assert "token" not in repr(TEMPORARY)


# Service, reason, and AWS's own code and status for it.
CODES: list[tuple[str, str, str, int]] = [
    ("s3", "missing", "AccessDenied", 403),
    ("s3", "unknown key", "InvalidAccessKeyId", 403),
    ("s3", "mismatch", "SignatureDoesNotMatch", 403),
    ("s3", "skewed", "RequestTimeTooSkewed", 403),
    ("s3", "expired token", "ExpiredToken", 400),
    ("s3", "payload mismatch", "XAmzContentSHA256Mismatch", 400),
    ("iam", "missing", "MissingAuthenticationToken", 403),
    ("iam", "unknown key", "InvalidClientTokenId", 403),
    ("iam", "mismatch", "SignatureDoesNotMatch", 403),
    ("iam", "expired token", "ExpiredToken", 403),
    ("glue", "missing", "MissingAuthenticationTokenException", 400),
    ("glue", "unknown key", "UnrecognizedClientException", 400),
    ("glue", "expired token", "ExpiredTokenException", 400),
    ("entityresolution", "unknown key", "UnrecognizedClientException", 403),
    ("entityresolution", "mismatch", "InvalidSignatureException", 403),
]


@pytest.mark.parametrize(("service_name", "reason", "code", "status"), CODES)
def test_each_protocol_has_its_own_code(service_name: str, reason: Any, code: str, status: int) -> None:
    error: MandorlaError = SignatureError(reason, "no")
    response = serialize_error(service(service_name), error, "request-1")
    assert response.status == status
    assert isinstance(response.body, bytes)
    assert code.encode() in response.body or ("x-amzn-ErrorType", code) in response.headers
