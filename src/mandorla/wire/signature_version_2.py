"""URLs presigned with signature version 2, which S3 still takes and which boto3 and `aws s3 presign` make by default.

S3 user guide, "Signing and authenticating REST requests (AWS signature version 2)": the string to sign is method, Content-MD5,
Content-Type, the second at which the URL ends, the x-amz- headers, and the resource with its sub-resources.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha1
from hmac import compare_digest
from hmac import new as new_hmac

from mandorla.wire.bodies import UNSIGNED_PAYLOAD, promise_of
from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.signature import AccessKeyOf, Proven, refuse_wrong_token

# The parameters that are signed as part of the resource.
SUBRESOURCES = frozenset({
    "accelerate", "acl", "analytics", "cors", "delete", "inventory", "lifecycle", "location", "logging", "metrics",
    "notification", "object-lock", "partNumber", "policy", "replication", "requestPayment", "response-cache-control",
    "response-content-disposition", "response-content-encoding", "response-content-language", "response-content-type",
    "response-expires", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
    "versionId", "versioning", "versions", "website",
})  # fmt: skip
PROOF = ("AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token")


def verify_url(request: HttpRequest, *, now: datetime, access_key_of: AccessKeyOf, region: str) -> Proven:
    """Prove who made a URL, or raise a SignatureError that says why not. Such a URL is for no Region; `region` is ours."""
    ends = request.query_value("Expires") or ""
    if not re.fullmatch(r"[0-9]{1,12}", ends):
        raise SignatureError("malformed", "Expires must be the second at which the URL ends, counted from 1970.")
    access_key = access_key_of(request.query_value("AWSAccessKeyId") or "")
    if access_key is None:
        raise SignatureError("unknown key", "The AWS access key id in the request is not known here.")
    signed = new_hmac(access_key.secret_access_key.encode(), string_to_sign(request, ends).encode(), sha1).digest()
    if not compare_digest(b64encode(signed), (request.query_value("Signature") or "").encode()):
        raise SignatureError(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )
    if now > datetime.fromtimestamp(int(ends), UTC):
        raise SignatureError("expired url", "Request has expired.")
    refuse_wrong_token(amz_headers(request).get("x-amz-security-token"), access_key, now)
    head = as_header_signed(replace(request, body=b""))
    promise = promise_of(head, UNSIGNED_PAYLOAD, sign=sign_no_chunk, seed="")
    return Proven(access_key=access_key, region=region, head=head, promise=promise)


def string_to_sign(request: HttpRequest, ends: str) -> str:
    """What both sides sign."""
    standard = [request.header(name) or "" for name in ("content-md5", "content-type")]
    custom = [f"{name}:{value}" for name, value in sorted(amz_headers(request).items())]
    return "\n".join([request.method.upper(), *standard, ends, *custom, resource_of(request)])


def amz_headers(request: HttpRequest) -> dict[str, str]:
    """The x-amz- headers, wherever they stand: makers of URLs put them into the query string."""
    every = [*request.query_pairs, *request.headers]
    return {name.lower(): value.strip() for name, value in every if name.lower().startswith("x-amz-")}


def resource_of(request: HttpRequest) -> str:
    """The path as it was sent, and the parameters that say what of it is meant."""
    pairs = sorted((name, value) for name, value in request.query_pairs if name in SUBRESOURCES)
    written = "&".join(f"{name}={value}" if value else name for name, value in pairs)
    return request.raw_path + (f"?{written}" if written else "")


def as_header_signed(request: HttpRequest) -> HttpRequest:
    """The request without its proof, and with its x-amz- parameters as the headers that they stand for."""
    headers = [(name, value) for name, value in request.headers if not name.lower().startswith("x-amz-")]
    headers += [pair for pair in amz_headers(request).items() if pair[0] != "x-amz-security-token"]
    return replace(request, headers=tuple(headers), query_string="&".join(kept_parameters(request)))


def kept_parameters(request: HttpRequest) -> Iterator[str]:
    """The parameters as they were sent that are no proof and no header."""
    for pair in request.query_string.split("&"):
        name = pair.partition("=")[0]
        if name not in PROOF and not name.lower().startswith("x-amz-"):
            yield pair


def sign_no_chunk(algorithm: str, lines: tuple[str, ...]) -> str:
    """Version 2 knows no chunks: nobody asks for the signature of one."""
    raise AssertionError("A body of version 2 is never signed in chunks.")
