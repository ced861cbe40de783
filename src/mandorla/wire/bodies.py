"""What a request's head says of the body that follows, and the body held to it while it comes, however long it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest

from mandorla.wire import chunked
from mandorla.wire.errors import SignatureError, WireError
from mandorla.wire.messages import HttpRequest

PIECE = 64 * 1024
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

# What the header x-amz-content-sha256 may hold in place of a hash: are chunks signed, and does a trailer follow?
STREAMS = {
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": (False, True),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": (True, False),
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": (True, True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What the head says: the body's hash or the way it streams, how to sign chunks, its length and what trails behind it."""

    payload_hash: str
    sign: chunked.Sign
    seed: str
    length: str | None
    announced: frozenset[str]

    @property
    def is_chunked(self) -> bool:
        """Whether the body is cut into chunks."""
        return self.payload_hash in STREAMS


def promise_of(request: HttpRequest, payload_hash: str, *, sign: chunked.Sign, seed: str) -> Promise:
    """The promise of a head. A WireError where the codings say one thing and the signature another."""
    if payload_hash not in STREAMS and "aws-chunked" in (request.header("content-encoding") or "").lower():
        raise WireError("InvalidRequest", "A body in chunks needs x-amz-content-sha256 to say how it streams.")
    names = (request.header("x-amz-trailer") or "").split(",")
    return Promise(
        payload_hash=payload_hash,
        sign=sign,
        seed=seed,
        length=request.header("x-amz-decoded-content-length" if payload_hash in STREAMS else "content-length"),
        announced=frozenset(name.strip().lower() for name in names if name.strip()),
    )


def held_to(promise: Promise, chunks: Iterable[bytes], trailers: dict[str, str]) -> Iterator[bytes]:
    """The payload as it comes; an error at its end, or before, if it is not what was promised. Fills `trailers`."""
    if promise.is_chunked:
        is_signed, has_trailer = STREAMS[promise.payload_hash]
        payload = chunked.payload_of(
            iter(chunks),
            sign=promise.sign if is_signed else None,
            seed=promise.seed,
            has_trailer=has_trailer,
            announced=promise.announced,
            trailers=trailers,
        )
    else:
        payload = hashed(promise.payload_hash, chunks)
    passed = 0
    for piece in payload:
        passed += len(piece)
        yield piece
    if promise.is_chunked and promise.length is not None and promise.length != str(passed):
        raise WireError("IncompleteBody", "The body is not as long as the header x-amz-decoded-content-length says.")


def hashed(payload_hash: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A plain body, against its hash where it has one."""
    if payload_hash == UNSIGNED_PAYLOAD:
        yield from chunks
        return
    digest = sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if not compare_digest(payload_hash.lower().encode(), digest.hexdigest().encode()):
        raise SignatureError("payload mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")


def decoded_head(request: HttpRequest, promise: Promise) -> HttpRequest:
    """The head as if the body had come plain: without the codings that are undone, and with the payload's length."""
    if not promise.is_chunked:
        return request
    length = () if promise.length is None else (("Content-Length", promise.length),)
    return replace(request, headers=(*length, *plain_headers(request)))


def plain_headers(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """The headers without those that speak of chunks."""
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


def whole(head: HttpRequest, promise: Promise, sent: bytes) -> HttpRequest:
    """The request with its whole body, and its trailers among the headers."""
    trailers: dict[str, str] = {}
    pieces = (sent[start : start + PIECE] for start in range(0, len(sent), PIECE))
    body = b"".join(held_to(promise, pieces, trailers))
    length = (("Content-Length", str(len(body))),) if promise.is_chunked and promise.length is None else ()
    return replace(head, headers=(*length, *head.headers, *trailers.items()), body=body)
