"""Checksums of bodies: Content-MD5 and `x-amz-checksum-*`."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from functools import partial
from hmac import compare_digest
from typing import Protocol

from botocore.model import OperationModel

from mandorla.wire.crc import CRC32C, CRC64NVME, RunningCrc
from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest

PREFIX = "x-amz-checksum-"
CONTENT_MD5 = "content-md5"

# Headers of that prefix that are about a checksum, but are none.
NO_CHECKSUMS = frozenset({"x-amz-checksum-type", "x-amz-checksum-algorithm", "x-amz-checksum-mode"})


class RunningChecksum(Protocol):
    """A checksum of bytes that come one after the other."""

    def update(self, chunk: bytes, /) -> None:
        """Go on with some bytes."""
        ...

    def digest(self) -> bytes:
        """The checksum of all bytes so far."""
        ...


class RunningZlibCrc:
    """CRC-32, which Python's library has."""

    def __init__(self) -> None:
        self.register = 0

    def update(self, chunk: bytes, /) -> None:
        """Go on with some bytes."""
        self.register = zlib.crc32(chunk, self.register)

    def digest(self) -> bytes:
        """The checksum of all bytes so far."""
        return self.register.to_bytes(4, "big")


ALGORITHMS: dict[str, Callable[[], RunningChecksum]] = {
    "crc32": RunningZlibCrc,
    "crc32c": partial(RunningCrc, CRC32C),
    "crc64nvme": partial(RunningCrc, CRC64NVME),
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "md5": partial(hashlib.md5, usedforsecurity=False),
}


def checksum_of(algorithm: str, body: bytes) -> bytes:
    """The checksum of a whole body.

    >>> checksum_of("crc32", b"123456789").hex()
    'cbf43926'
    """
    running = ALGORITHMS[algorithm]()
    running.update(body)
    return running.digest()


def declared_checksums(operation: OperationModel, request: HttpRequest) -> dict[str, str]:
    """What the headers say of the body, by header, where the model says that they speak of the body.

    They do not everywhere: CompleteMultipartUpload's `x-amz-checksum-crc32` is that of the object.
    """
    declared = {name.lower(): value for name, value in request.headers if name.lower() == CONTENT_MD5}
    if operation.http_checksum.get("requestAlgorithmMember"):
        declared |= {
            name.lower(): value
            for name, value in request.headers
            if name.lower().startswith(PREFIX) and name.lower() not in NO_CHECKSUMS
        }
    return declared


def algorithm_of(header: str) -> str:
    """The algorithm of a header's checksum; a WireError for one that nobody here knows.

    >>> algorithm_of("content-md5"), algorithm_of("x-amz-checksum-crc32c")
    ('md5', 'crc32c')
    """
    algorithm = "md5" if header == CONTENT_MD5 else header.removeprefix(PREFIX)
    if algorithm not in ALGORITHMS:
        known = ", ".join(sorted(ALGORITHMS))
        raise WireError("InvalidRequest", f"The checksum {header[:60]} is not supported; use one of {known}.")
    return algorithm


def verify_declared_checksums(operation: OperationModel, request: HttpRequest) -> None:
    """Compare a whole body with what the headers say of it."""
    for header, value in declared_checksums(operation, request).items():
        refuse_wrong_checksum(header, value, checksum_of(algorithm_of(header), request.body))


def refuse_wrong_checksum(header: str, expected: str, computed: bytes) -> None:
    """Refuse a body that is not what was sent."""
    try:
        digest = base64.b64decode(expected, validate=True)
    except binascii.Error as error:
        raise WireError("InvalidDigest", f"The {header} you specified is not valid base64.") from error
    if len(digest) != len(computed):
        raise WireError("InvalidDigest", f"The {header} you specified is not as long as such a checksum is.")
    if not compare_digest(digest, computed):
        raise WireError("BadDigest", f"The {header} you specified did not match the calculated checksum.")
