"""botocore makes URLs of signature version 2, and we verify them; each change to one is refused for its own reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.routing import find_service
from mandorla.wire.signature import AccessKey, Proven
from mandorla.wire.signature_version_2 import verify_url
from tests.wire.loopback import received
from tests.wire.service_list import SERVICES, service

NOW = datetime.now(UTC)
LASTING = AccessKey(access_key_id="AKLASTING", secret_access_key="lasting/secret+")
TEMPORARY = AccessKey(
    access_key_id="AKTEMPORARY",
    secret_access_key="temporary/secret+",
    session_token="a/token+==",
    expires_at=NOW + timedelta(hours=1),
)
KEYS = {key.access_key_id: key for key in (LASTING, TEMPORARY)}

# Method, path, and the headers that are signed with it.
URLS = [
    ("GET", "/photos/a%20b", {}),
    ("GET", "/photos/%C3%BC%2B/../c?response-content-type=text%2Fcsv&x-id=GetObject", {}),
    ("PUT", "/photos/k?partNumber=1&uploadId=u", {"Content-Type": "text/csv"}),
    ("PUT", "/photos/k", {"x-amz-meta-note": "a b", "Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}),
    ("DELETE", "/photos/k", {}),
]


def presigned(method: str, path: str, headers: dict[str, str], key: AccessKey = LASTING) -> HttpRequest:
    """A URL as botocore makes it, asked for with the headers that are not in it."""
    request = AWSRequest(method=method, url=f"http://127.0.0.1:4700{path}", headers=dict(headers))
    HmacV1QueryAuth(Credentials(key.access_key_id, key.secret_access_key, key.session_token), expires=60).add_auth(request)
    bare = AWSRequest(method=method, url=request.url, headers={k: v for k, v in headers.items() if k[:2] != "x-"})
    return received(bare.prepare())


def verified(request: HttpRequest, now: datetime = NOW) -> Proven:
    """What our verification says."""
    return verify_url(request, now=now, access_key_of=KEYS.get, region="here")


@pytest.mark.parametrize("key", [LASTING, TEMPORARY], ids=["lasting", "temporary"])
@pytest.mark.parametrize(("method", "path", "headers"), URLS)
def test_what_botocore_presigns_is_verified(method: str, path: str, headers: dict[str, str], key: AccessKey) -> None:
    request = presigned(method, path, headers, key)
    found = find_service([service(name) for name in SERVICES], request)
    assert found is not None
    assert found.service_name == "s3"
    proven = verified(request)
    assert (proven.access_key, proven.region) == (key, "here")
    assert not {"AWSAccessKeyId", "Signature", "Expires"} & {name for name, _ in proven.head.query_pairs}
    assert proven.head.header("x-amz-security-token") is None
    assert proven.head.header("x-amz-meta-note") == headers.get("x-amz-meta-note")


def instead(old: str, new: str) -> Callable[[HttpRequest], HttpRequest]:
    """A change of the query string."""
    return lambda request: replace(request, query_string=request.query_string.replace(old, new))


MUTATIONS: list[tuple[str, Callable[[HttpRequest], HttpRequest], str]] = [
    ("method", lambda request: replace(request, method="GET"), "mismatch"),
    ("path", lambda request: replace(request, raw_path="/photos/another"), "mismatch"),
    ("subresource", instead("partNumber=1", "partNumber=2"), "mismatch"),
    ("type", lambda request: replace(request, headers=()), "mismatch"),
    ("header", lambda request: replace(request, headers=(*request.headers, ("x-amz-acl", "public-read"))), "mismatch"),
    ("key", instead("AKTEMPORARY", "AKNOBODY"), "unknown key"),
    ("another's key", instead("AKTEMPORARY", "AKLASTING"), "mismatch"),
    ("token", instead("a%2Ftoken", "a%2Fnother"), "mismatch"),
    ("end", instead("Expires=", "Expires=9"), "mismatch"),
    ("no end", instead("Expires=", "Expires=x"), "malformed"),
    ("signature", instead("Signature=", "Signature=x"), "mismatch"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in MUTATIONS], ids=[row[0] for row in MUTATIONS])
def test_a_changed_url_is_refused(change: Callable[[HttpRequest], HttpRequest], reason: str) -> None:
    request = presigned(*URLS[2], key=TEMPORARY)
    verified(request)
    changed = change(request)
    assert changed != request
    with pytest.raises(SignatureError) as refused:
        verified(changed)
    assert refused.value.reason == reason


@pytest.mark.parametrize(("key", "after", "reason"), [(LASTING, 61, "expired url"), (TEMPORARY, -1, None)])
def test_a_url_ends(key: AccessKey, after: int, reason: str | None) -> None:
    request = presigned(*URLS[0], key=key)
    if reason is None:
        verified(request, NOW + timedelta(seconds=after))
        return
    with pytest.raises(SignatureError) as refused:
        verified(request, datetime.now(UTC) + timedelta(seconds=after))
    assert refused.value.reason == reason
