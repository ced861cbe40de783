"""What a request claims of itself before anything is proven: a key, a scope, a time and a signature."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.timestamps import from_rfc822

ALGORITHM = "AWS4-HMAC-SHA256"
AMZ_DATE = "%Y%m%dT%H%M%SZ"
LONGEST_LIFETIME = timedelta(days=7)  # S3, presigned URLs: "604800 (seven days)"

CREDENTIAL = re.compile(r"([^/\s]+)/(\d{8})/([^/\s]+)/([^/\s]+)/aws4_request")
HEADER_PART = re.compile(r"\s*(\w+)=([^,\s]+)\s*")

# The parameters of a presigned URL.
PRESIGNED = frozenset({
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
    "X-Amz-Security-Token", "X-Amz-Content-Sha256",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`lifetime` is that of a presigned URL, and None for a request that is signed in its header."""

    access_key_id: str
    date: str
    region: str
    service: str
    amz_date: str
    signed_at: datetime
    signed_headers: tuple[str, ...]
    signature: str
    session_token: str | None
    lifetime: timedelta | None = None

    @property
    def scope(self) -> str:
        """What the signing key is derived from."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def is_presigned(self) -> bool:
        """Whether the signature is in the URL."""
        return self.lifetime is not None


def is_signed(request: HttpRequest) -> bool:
    """Whether somebody signed at all. Who did not is anonymous, and may still read what is public."""
    return request.header("authorization") is not None or request.query_value("X-Amz-Signature") is not None


def claim_of(request: HttpRequest) -> Claim:
    """What the request says of its signature, wherever it says it."""
    if not is_signed(request):
        raise SignatureError("missing", "The request must contain a valid AWS access key id and be signed.")
    if request.header("authorization") is None:
        return claim_of_query_string(request)
    if request.query_value("X-Amz-Signature") is not None:
        raise SignatureError("malformed", "Only one way to sign is allowed: the Authorization header or the query string.")
    return claim_of_header(request)


def claim_of_header(request: HttpRequest) -> Claim:
    """The claim of `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`."""
    algorithm, _, rest = (request.header("authorization") or "").partition(" ")
    if algorithm != ALGORITHM:
        raise SignatureError("malformed", f"The Authorization header must begin with {ALGORITHM}.")
    parts = {found[1]: found[2] for part in rest.split(",") if (found := HEADER_PART.fullmatch(part))}
    for name in ("Credential", "SignedHeaders", "Signature"):
        if name not in parts:
            raise SignatureError("malformed", f"The Authorization header needs {name!r}.")
    return claim_from(
        credential=parts["Credential"],
        amz_date=amz_date_of(request),
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
        session_token=request.header("x-amz-security-token"),
    )


def amz_date_of(request: HttpRequest) -> str:
    """`X-Amz-Date`, or `Date`, which some clients send instead."""
    amz_date, date = request.header("x-amz-date"), request.header("date")
    if amz_date is not None or date is None:
        return amz_date or ""
    try:
        return f"{from_rfc822(date):{AMZ_DATE}}"
    except ValueError:
        refuse_date()


def claim_of_query_string(request: HttpRequest) -> Claim:
    """The claim of a presigned URL."""
    values = {name: request.query_value(name) for name in PRESIGNED}
    for name in ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"):
        if not values[name]:
            raise SignatureError("malformed", f"A presigned URL needs {name}.")
    if values["X-Amz-Algorithm"] != ALGORITHM:
        raise SignatureError("malformed", f"X-Amz-Algorithm must be {ALGORITHM}.")
    seconds = values["X-Amz-Expires"] or ""
    if not re.fullmatch(r"[0-9]{1,7}", seconds) or not timedelta() < timedelta(seconds=int(seconds)) <= LONGEST_LIFETIME:
        raise SignatureError("malformed", "X-Amz-Expires must be a number of seconds between 1 and 604800.")
    return claim_from(
        credential=values["X-Amz-Credential"] or "",
        amz_date=values["X-Amz-Date"] or "",
        signed_headers=values["X-Amz-SignedHeaders"] or "",
        signature=values["X-Amz-Signature"] or "",
        session_token=values["X-Amz-Security-Token"],
        lifetime=timedelta(seconds=int(seconds)),
    )


def claim_from(
    *,
    credential: str,
    amz_date: str,
    signed_headers: str,
    signature: str,
    session_token: str | None,
    lifetime: timedelta | None = None,
) -> Claim:
    """A claim whose parts have their right form."""
    found = CREDENTIAL.fullmatch(credential)
    if found is None:
        raise SignatureError("malformed", "A credential is a key id, a date, a region, a service and 'aws4_request'.")
    if not re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", amz_date):
        refuse_date()
    try:
        signed_at = datetime.strptime(amz_date, AMZ_DATE).replace(tzinfo=UTC)
    except ValueError:
        refuse_date()
    if found[2] != amz_date[:8]:
        raise SignatureError("mismatch", "Date in Credential scope does not match YYYYMMDD of the request's date.")
    return Claim(
        access_key_id=found[1],
        date=found[2],
        region=found[3],
        service=found[4],
        amz_date=amz_date,
        signed_at=signed_at,
        signed_headers=tuple(signed_headers.split(";")),
        signature=signature,
        session_token=session_token,
        lifetime=lifetime,
    )


def refuse_date() -> NoReturn:
    """No time, or one in a form that is not AWS's."""
    raise SignatureError("malformed", "The request needs X-Amz-Date in the form 20260102T030405Z.")
