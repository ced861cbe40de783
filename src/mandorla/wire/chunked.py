"""`aws-chunked` bodies: chunks with their sizes, each signed or not, and checksums that trail behind them.

Amazon S3 API reference, "Signature calculations for the Authorization header: Transferring a payload in multiple chunks":
each chunk's signature covers the one before it, so chunks can be neither changed, nor dropped, nor put in another order.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest

from mandorla.wire.checksums import PREFIX, verify_checksum
from mandorla.wire.errors import SignatureError, WireError
from mandorla.wire.messages import HttpRequest

SIZE_LINE = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
EMPTY = sha256(b"").hexdigest()

# From an algorithm and the lines below the credential scope to a signature, under the request's own key.
Sign = Callable[[str, tuple[str, ...]], str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the payload and its signature, which is empty in unsigned streams."""

    payload: bytes
    signature: str


def decode(request: HttpRequest, *, sign: Sign | None, seed: str, has_trailer: bool) -> HttpRequest:
    """The request with its payload in place of the chunks, its trailers among the headers, and all of it verified."""
    chunks, trailer_lines = split_chunks(request.body)
    if sign is not None:
        seed = verify_chunks(chunks, sign, seed)
    payload = b"".join(chunk.payload for chunk in chunks)
    declared = request.header("x-amz-decoded-content-length")
    if declared is not None and declared != str(len(payload)):
        raise WireError("IncompleteBody", "The body is not as long as the header x-amz-decoded-content-length says.")
    trailers = dict(trailer_pairs(trailer_lines))
    if trailers and not has_trailer:
        raise WireError("MalformedTrailerError", "The request has trailing headers, though x-amz-content-sha256 allows none.")
    signature = trailers.pop("x-amz-trailer-signature", "")
    if sign is not None and has_trailer:
        verify_trailers(trailers, signature, sign, seed)
    verify_announced(request, trailers)
    for name, value in trailers.items():
        if name.startswith(PREFIX):
            verify_checksum(name.removeprefix(PREFIX), value, payload, name=name)
    return replace(request, headers=(*plain_headers(request, len(payload)), *trailers.items()), body=payload)


def split_chunks(body: bytes) -> tuple[list[Chunk], list[bytes]]:
    """The chunks, with the empty last one, and the lines that follow it."""
    chunks: list[Chunk] = []
    start = 0
    while True:
        end = body.find(b"\r\n", start)
        size_line = SIZE_LINE.fullmatch(body[start:end]) if end >= 0 else None
        if size_line is None:
            raise WireError("IncompleteBody", "The body is not in chunks, though its headers say so.")
        size, first = int(size_line[1], 16), end + 2
        chunks.append(Chunk(body[first : first + size], (size_line[2] or b"").decode("ascii")))
        if size == 0:
            return chunks, [line for line in body[first:].split(b"\r\n") if line]
        start = first + size + 2
        if body[first + size : start] != b"\r\n":
            raise WireError("IncompleteBody", "A chunk does not end where its size says.")


def verify_chunks(chunks: list[Chunk], sign: Sign, seed: str) -> str:
    """Verify each chunk by the signature before it; the last one is what a trailer is signed with."""
    for chunk in chunks:
        expected = sign("AWS4-HMAC-SHA256-PAYLOAD", (seed, EMPTY, sha256(chunk.payload).hexdigest()))
        refuse_unless_equal(expected, chunk.signature)
        seed = expected
    return seed


def verify_trailers(trailers: dict[str, str], signature: str, sign: Sign, seed: str) -> None:
    """Verify the trailing headers, which are signed as lines of name and value."""
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
    refuse_unless_equal(sign("AWS4-HMAC-SHA256-TRAILER", (seed, sha256(lines.encode()).hexdigest())), signature)


def refuse_unless_equal(expected: str, signature: str) -> None:
    """Compare in a time that tells nothing."""
    if not compare_digest(expected, signature):
        raise SignatureError("mismatch", "The signature of a chunk does not match what was calculated for it.")


def trailer_pairs(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    """Trailing headers; only what is meant to trail may."""
    for line in lines:
        name, found, value = line.decode("latin-1").partition(":")
        name = name.strip().lower()
        if not found or not name.startswith((PREFIX, "x-amz-trailer-signature")):
            raise WireError("MalformedTrailerError", "The request contained trailing data that was not well-formed.")
        yield name, value.strip()


def verify_announced(request: HttpRequest, trailers: dict[str, str]) -> None:
    """The header x-amz-trailer, which is signed, says what follows; a trailer that was cut off must not pass."""
    announced = {name.strip().lower() for name in (request.header("x-amz-trailer") or "").split(",") if name.strip()}
    if announced != set(trailers):
        raise WireError("MalformedTrailerError", "The trailing headers are not those that x-amz-trailer announces.")


def plain_headers(request: HttpRequest, length: int) -> Iterator[tuple[str, str]]:
    """The headers of the decoded request: its length, and without the codings that were undone."""
    yield "Content-Length", str(length)
    for name, value in request.headers:
        match name.lower():
            case "content-length" | "transfer-encoding":
                continue
            case "content-encoding":
                codings = [coding.strip() for coding in value.split(",") if coding.strip().lower() not in ("aws-chunked", "")]
                if codings:
                    yield name, ",".join(codings)
            case _:
                yield name, value
