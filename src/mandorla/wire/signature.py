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

from mandorla.wire import canonical
from mandorla.wire.bodies import STREAMS, UNSIGNED_PAYLOAD, Promise, decoded_head, promise_of, whole
from mandorla.wire.claims import AMZ_DATE, PRESIGNED, Claim, claim_of
from mandorla.wire.errors import SignatureError, WireError
from mandorla.wire.messages import HttpRequest

# AWS: "requests … must reach AWS within 15 minutes of the time stamp in the request"; S3 says RequestTimeTooSkewed.
LARGEST_SKEW = timedelta(minutes=15)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A head that is proven to come from the key's owner, and what it promises of the body that is still to come."""

    access_key: AccessKey
    region: str
    head: HttpRequest
    promise: Promise


AccessKeyOf = Callable[[str], AccessKey | None]


def verify(service_model: ServiceModel, request: HttpRequest, *, now: datetime, access_key_of: AccessKeyOf) -> Authenticated:
    """Prove who sent a request, or raise a SignatureError that says why not."""
    proven = verify_head(service_model, request, now=now, access_key_of=access_key_of, body=request.body)
    complete = whole(proven.head, proven.promise, request.body)
    return Authenticated(access_key=proven.access_key, region=proven.region, request=complete)


def verify_head(
    service_model: ServiceModel,
    request: HttpRequest,
    *,
    now: datetime,
    access_key_of: AccessKeyOf,
    body: bytes | None = None,
) -> Proven:
    """Prove who sent a head. Without a body it must say the body's hash or how it streams, as S3 demands."""
    claim = claim_of(request)
    refuse_wrong_service(claim, service_model)
    refuse_wrong_time(claim, now)
    canonical.refuse_unsigned_headers(request, claim)
    access_key = access_key_of(claim.access_key_id)
    if access_key is None:
        raise SignatureError("unknown key", "The AWS access key id in the request is not known here.")
    is_s3 = service_model.signature_version.startswith("s3")
    payload_hash = payload_hash_of(request, claim, is_s3=is_s3, body=body)
    sign = partial(sign_lines, access_key.secret_access_key, claim)
    canonical_request = canonical.request_of(request, claim, payload_hash=payload_hash, is_s3=is_s3)
    expected = sign("AWS4-HMAC-SHA256", (sha256(canonical_request.encode()).hexdigest(),))
    if not compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureError(
            "mismatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method.",
        )
    refuse_wrong_token(claim.session_token, access_key, now)
    promise = promise_of(request, payload_hash, sign=sign, seed=expected)
    head = decoded_head(without_credentials(replace(request, body=b"")), promise)
    return Proven(access_key=access_key, region=claim.region, head=head, promise=promise)


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


def refuse_wrong_token(session_token: str | None, access_key: AccessKey, now: datetime) -> None:
    """A temporary key is nothing without its token, and a lasting one has none. Told only to whom signed rightly."""
    if not compare_digest((session_token or "").encode(), (access_key.session_token or "").encode()):
        raise SignatureError("invalid token", "The security token included in the request is invalid.")
    if access_key.expires_at is not None and now >= access_key.expires_at:
        raise SignatureError("expired token", "The security token included in the request is expired.")


def payload_hash_of(request: HttpRequest, claim: Claim, *, is_s3: bool, body: bytes | None) -> str:
    """What the signature says of the body. A hash must be the body's; only S3 takes a body that is not signed."""
    stated = request.header("x-amz-content-sha256") or request.query_value("X-Amz-Content-Sha256")
    if stated is not None:
        is_no_hash = stated == UNSIGNED_PAYLOAD or stated in STREAMS
        if is_no_hash and not is_s3:
            raise SignatureError("payload mismatch", "The 'x-amz-content-sha256' header must be the SHA-256 of the body.")
        return stated
    if is_s3 and claim.is_presigned:
        return UNSIGNED_PAYLOAD
    if body is None:
        raise WireError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256.")
    return sha256(body).hexdigest()


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
