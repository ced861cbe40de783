"""The canonical request: the one way to write a request down that both who signs it and who verifies it arrive at.

AWS, "Create a signed AWS API request", step 1.
"""

from urllib.parse import quote, unquote_to_bytes

from mandorla.wire.claims import Claim
from mandorla.wire.errors import SignatureError
from mandorla.wire.messages import HttpRequest

UNRESERVED = "-_.~"


def request_of(request: HttpRequest, claim: Claim, *, payload_hash: str, is_s3: bool) -> str:
    """The canonical request."""
    lines = [
        request.method.upper(),
        path_of(request.raw_path, is_s3=is_s3),
        query_string_of(request),
        *(f"{name}:{header_value(request, name)}" for name in claim.signed_headers),
        "",
        ";".join(claim.signed_headers),
        payload_hash,
    ]
    return "\n".join(lines)


def path_of(raw_path: str, *, is_s3: bool) -> str:
    """S3 encodes a path once and keeps every dot and slash of a key; the others normalize it and encode it again.

    >>> path_of("/tags/arn%3Aaws", is_s3=True), path_of("/tags/./arn%3Aaws", is_s3=False)
    ('/tags/arn%3Aaws', '/tags/arn%253Aaws')
    """
    if is_s3:
        return quote(unquote_to_bytes(raw_path), safe="/" + UNRESERVED)
    return quote(without_dots(raw_path), safe="/" + UNRESERVED)


def without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, and no empty segments.

    >>> without_dots("/a/./b/../c"), without_dots("//a/"), without_dots("")
    ('/a/c', '/a/', '/')
    """
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if kept and path.endswith("/") else "")


def query_string_of(request: HttpRequest) -> str:
    """All parameters but the signature itself, encoded and then sorted."""
    encoded = (
        (quote(name, safe=UNRESERVED), quote(value, safe=UNRESERVED))
        for name, value in request.query_pairs
        if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def header_value(request: HttpRequest, name: str) -> str:
    """The header without needless blanks; a header that was signed and lost on the way is empty, and breaks the signature."""
    return ",".join(" ".join(value.split()) for other, value in request.headers if other.lower() == name.lower())


def refuse_unsigned_headers(request: HttpRequest, claim: Claim) -> None:
    """AWS: the host and "any x-amz-* headers that you plan to include in your request must also be added"."""
    names = {name.lower() for name, _ in request.headers if name.lower().startswith("x-amz-")} | {"host"}
    if names - set(claim.signed_headers):
        raise SignatureError("unsigned headers", "There were headers present in the request which were not signed.")
