"""AWS Signature Version 4: whether a request comes from whom it names, by its header or by its presigned URL.

AWS, "Create a signed AWS API request". Secrets come from a function and the time from an argument: nothing is looked up here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from hmac import new as new_hmac

from botocore.model import ServiceModel

from mandorla.wire import canonical, chunked
from mandorla.wire.claims import AMZ_DATE, PRESIGNED, Claim, claim_of
from mandorla.wire.errors import SignatureError, WireError
from mandorla.wire.messages import HttpRequest

# AWS: "requests … must reach AWS within 15 minutes of the time stamp in the request"; S3 says RequestTimeTooSkewed.
LARGEST_SKEW = timedelta(minutes=15)

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

# What the header x-amz-content-sha256 may hold in place of a hash: are chunks signed, and does a trailer follow?
STREAMS = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (False, True),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (True, False),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (True, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """What a caller signs with. Temporary keys have a session token and an end."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """A request that is proven to come from the key's owner; a body in chunks is put together."""

    access_key: AccessKey
    region: str
    request: HttpRequest


AccessKeyOf = Callable[[str], AccessKey | None]


def verify(service_model: ServiceModel, request: HttpRequest, *, now: datetime, access_key_of: AccessKeyOf) -> Authenticated:
    """Prove who sent a request, or raise a SignatureError that says why not."""
    claim = claim_of(request)
    refuse_wrong_service(claim, service_model)
    refuse_wrong_time(claim, now)
    canonical.refuse_unsigned_headers(request, claim)
    access_key = access_key_of(claim.access_key_id)
    if access_key is None:
        raise SignatureError("unknown key", "The AWS access key id in the request is not known here.")
    is_s3 = service_model.signature_version.startswith("s3")
    payload_hash = payload_hash_of(request, claim, is_s3=is_s3)
    sign = partial(sign_lines, access_key.secret_access_key, claim)
    canonical_request = canonical.request_of(request, claim, payload_hash=payload_hash, is_s3=is_s3)
    expected = sign("AWS4-HMAC-SHA256", (sha256(canonical_request.encode()).hexdigest(),))
    if not compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureError(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )
    refuse_wrong_token(claim, access_key, now)
    decoded = decoded_request(request, payload_hash, sign=sign, seed=expected)
    return Authenticated(access_key=access_key, region=claim.region, request=without_credentials(decoded))


def refuse_wrong_service(claim: Claim, service_model: ServiceModel) -> None:
    """A signature is made for one service, and must not open another."""
    if claim.service != service_model.signing_name:
        raise SignatureError("malformed", f"Credential should be scoped to the service '{service_model.signing_name}'.")


def refuse_wrong_time(claim: Claim, now: datetime) -> None:
    """A header is good for some minutes around its time, a presigned URL for as long as it says."""
    if claim.signed_at - now > LARGEST_SKEW:
        raise SignatureError("skewed", f"Signature not yet current: {claim.amz_date} is later than {now:{AMZ_DATE}} (15 min.)")
    if claim.lifetime is not None and now > claim.signed_at + claim.lifetime:
        raise SignatureError("expired url", "Request has expired.")
    if claim.lifetime is None and now - claim.signed_at > LARGEST_SKEW:
        raise SignatureError("skewed", f"Signature expired: {claim.amz_date} is earlier than {now:{AMZ_DATE}} (15 min.)")


def refuse_wrong_token(claim: Claim, access_key: AccessKey, now: datetime) -> None:
    """A temporary key is nothing without its token, and a lasting one has none. Told only to whom signed rightly."""
    if not compare_digest((claim.session_token or "").encode(), (access_key.session_token or "").encode()):
        raise SignatureError("invalid token", "The security token included in the request is invalid.")
    if access_key.expires_at is not None and now >= access_key.expires_at:
        raise SignatureError("expired token", "The security token included in the request is expired.")


def payload_hash_of(request: HttpRequest, claim: Claim, *, is_s3: bool) -> str:
    """What the signature says of the body. A hash must be the body's; only S3 takes a body that is not signed."""
    stated = request.header("x-amz-content-sha256") or request.query_value("X-Amz-Content-Sha256")
    if stated is None:
        return UNSIGNED_PAYLOAD if is_s3 and claim.is_presigned else sha256(request.body).hexdigest()
    if is_s3 and (stated == UNSIGNED_PAYLOAD or stated in STREAMS):
        return stated
    if not compare_digest(stated.lower().encode(), sha256(request.body).hexdigest().encode()):
        raise SignatureError("payload mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
    return stated


def decoded_request(request: HttpRequest, payload_hash: str, *, sign: chunked.Sign, seed: str) -> HttpRequest:
    """The request with its payload as it was before it was cut into chunks."""
    if payload_hash in STREAMS:
        is_signed, has_trailer = STREAMS[payload_hash]
        return chunked.decode(request, sign=sign if is_signed else None, seed=seed, has_trailer=has_trailer)
    if "aws-chunked" in (request.header("content-encoding") or "").lower():
        raise WireError("InvalidRequest", "A body in chunks needs x-amz-content-sha256 to say how it streams.")
    return request


def without_credentials(request: HttpRequest) -> HttpRequest:
    """The request without what proved it: nobody behind this point needs a token or a signature, least of all a log."""
    hidden = ("authorization", "x-amz-security-token")
    kept = (pair for pair in request.query_string.split("&") if pair.partition("=")[0] not in PRESIGNED)
    return replace(
        request,
        headers=tuple((name, value) for name, value in request.headers if name.lower() not in hidden),
        query_string="&".join(kept),
    )


def sign_lines(secret: str, claim: Claim, algorithm: str, lines: tuple[str, ...]) -> str:
    """The signature of a string to sign: an algorithm, the time, the scope and some lines."""
    key = f"AWS4{secret}".encode()
    for part in claim.scope.split("/"):
        key = new_hmac(key, part.encode(), sha256).digest()
    return new_hmac(key, "\n".join((algorithm, claim.amz_date, claim.scope, *lines)).encode(), sha256).hexdigest()
