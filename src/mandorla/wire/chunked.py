"""`aws-chunked` bodies: chunks with their sizes, each signed or not, and checksums that trail behind them.

Amazon S3 API reference, "Signature calculations for the Authorization header: Transferring a payload in multiple chunks":
each chunk's signature covers the one before it, so chunks can be neither changed, nor dropped, nor put in another order.
The bytes are passed on as they come, however long the body is; nothing of them may count before the end is reached.
"""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from hmac import compare_digest

from mandorla.wire.checksums import PREFIX
from mandorla.wire.errors import SignatureError, WireError

SIZE_LINE = re.compile(rb"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?")
EMPTY = sha256(b"").hexdigest()
LONGEST_LINE = 4096
LONGEST_TRAILER = 16 * 1024

# From an algorithm and the lines below the credential scope to a signature, under the request's own key.
Sign = Callable[[str, tuple[str, ...]], str]


class Reader:
    """Lines and bytes of known number from chunks of any size; it holds no more than the chunk it is in."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.waiting = b""

    def line(self) -> bytes:
        """What stands before the next line break; a WireError if there is none where a line must end."""
        while (end := self.waiting.find(b"\r\n")) < 0:
            more = next(self.chunks, None)
            if more is None or len(self.waiting) > LONGEST_LINE:
                raise WireError("IncompleteBody", "The body is not in chunks, though its headers say so.")
            self.waiting += more
        line, self.waiting = self.waiting[:end], self.waiting[end + 2 :]
        return line

    def take(self, size: int) -> Iterator[bytes]:
        """So many bytes, in pieces as they come."""
        while size:
            if not self.waiting:
                more = next(self.chunks, None)
                if more is None:
                    raise WireError("IncompleteBody", "The body ends before its last chunk does.")
                self.waiting = more
            piece, self.waiting = self.waiting[:size], self.waiting[size:]
            size -= len(piece)
            if piece:
                yield piece

    def rest(self) -> list[bytes]:
        """The lines to the end."""
        for more in self.chunks:
            self.waiting += more
            if len(self.waiting) > LONGEST_TRAILER:
                raise WireError("MalformedTrailerError", f"The trailing headers are longer than {LONGEST_TRAILER} bytes.")
        return [line for line in self.waiting.split(b"\r\n") if line]


def payload_of(
    chunks: Iterator[bytes],
    *,
    sign: Sign | None,
    seed: str,
    has_trailer: bool,
    announced: frozenset[str],
    trailers: dict[str, str],
) -> Iterator[bytes]:
    """The payload as it comes. When it has ended without an error, it is verified, and `trailers` holds what followed it."""
    reader = Reader(chunks)
    size = 1
    while size:
        size_line = SIZE_LINE.fullmatch(reader.line())
        if size_line is None:
            raise WireError("IncompleteBody", "The body is not in chunks, though its headers say so.")
        size, digest = int(size_line[1], 16), sha256()
        for piece in reader.take(size):
            digest.update(piece)
            yield piece
        if size and reader.line():
            raise WireError("IncompleteBody", "A chunk does not end where its size says.")
        if sign is not None:
            seed, signature = sign("AWS4-HMAC-SHA256-PAYLOAD", (seed, EMPTY, digest.hexdigest())), size_line[2] or b""
            refuse_unless_equal(seed, signature.decode("ascii"))
    trailers.update(trailer_pairs(reader.rest()))
    verify_trailers(trailers, sign if has_trailer else None, seed, announced, has_trailer=has_trailer)


def verify_trailers(
    trailers: dict[str, str], sign: Sign | None, seed: str, announced: frozenset[str], *, has_trailer: bool
) -> None:
    """Trailing headers are signed as lines of name and value. The header x-amz-trailer, which is signed too, says what
    follows: a trailer that was cut off must not pass."""
    if trailers and not has_trailer:
        raise WireError("MalformedTrailerError", "The request has trailing headers, though x-amz-content-sha256 allows none.")
    signature = trailers.pop("x-amz-trailer-signature", "")
    if sign is not None:
        lines = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
        refuse_unless_equal(sign("AWS4-HMAC-SHA256-TRAILER", (seed, sha256(lines.encode()).hexdigest())), signature)
    if announced != set(trailers):
        raise WireError("MalformedTrailerError", "The trailing headers are not those that x-amz-trailer announces.")


def refuse_unless_equal(expected: str, signature: str) -> None:
    """Compare in a time that tells nothing."""
    if not compare_digest(expected.encode(), signature.encode()):
        raise SignatureError("mismatch", "The signature of a chunk does not match what was calculated for it.")


def trailer_pairs(lines: list[bytes]) -> Iterator[tuple[str, str]]:
    """Trailing headers; only what is meant to trail may."""
    for line in lines:
        name, found, value = line.decode("latin-1").partition(":")
        name = name.strip().lower()
        if not found or not name.startswith((PREFIX, "x-amz-trailer-signature")):
            raise WireError("MalformedTrailerError", "The request contained trailing data that was not well-formed.")
        yield name, value.strip()
