"""Checksums of bodies: Content-MD5, `x-amz-checksum-*`, and the two CRCs that Python's library does not have."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from functools import cache, partial
from hmac import compare_digest

from botocore.model import OperationModel

from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest

PREFIX = "x-amz-checksum-"

# Both polynomials with their bits reversed, as the table needs them.
CRC32C = 0x82F63B78  # Castagnoli, RFC 3720
CRC64NVME = 0x9A6C9329AC4BC9B5  # NVM Express NVM Command Set Specification, 5.2.1.3.4

# Headers of that prefix that are about a checksum, but are none.
NO_CHECKSUMS = frozenset({"x-amz-checksum-type", "x-amz-checksum-algorithm", "x-amz-checksum-mode"})


@cache
def table_of(polynomial: int) -> tuple[int, ...]:
    """What eight zero bits make of each byte."""
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (polynomial if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


def crc_of(body: bytes, *, polynomial: int, bits: int) -> bytes:
    """A reflected CRC that begins and ends inverted.

    >>> crc_of(b"123456789", polynomial=CRC32C, bits=32).hex()
    'e3069283'
    """
    table = table_of(polynomial)
    all_ones = (1 << bits) - 1
    crc = all_ones
    for byte in body:
        crc = crc >> 8 ^ table[crc & 255 ^ byte]
    return (crc ^ all_ones).to_bytes(bits // 8, "big")


ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": partial(crc_of, polynomial=CRC32C, bits=32),
    "crc64nvme": partial(crc_of, polynomial=CRC64NVME, bits=64),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
    "sha512": lambda body: hashlib.sha512(body).digest(),
    "md5": lambda body: hashlib.md5(body, usedforsecurity=False).digest(),
}


def verify_declared_checksums(operation: OperationModel, request: HttpRequest) -> None:
    """Compare the body with what the headers say of it, where the model says that they speak of the body.

    They do not everywhere: CompleteMultipartUpload's `x-amz-checksum-crc32` is that of the object.
    """
    content_md5 = request.header("content-md5")
    if content_md5 is not None:
        verify_checksum("md5", content_md5, request.body, name="Content-MD5")
    if operation.http_checksum.get("requestAlgorithmMember"):
        for name, value in request.headers:
            if name.lower().startswith(PREFIX) and name.lower() not in NO_CHECKSUMS:
                verify_checksum(name.lower().removeprefix(PREFIX), value, request.body, name=name)


def verify_checksum(algorithm: str, expected: str, body: bytes, *, name: str) -> None:
    """Refuse a body that is not what was sent."""
    if algorithm not in ALGORITHMS:
        raise WireError("InvalidRequest", f"The checksum {name} is not supported; use one of {', '.join(sorted(ALGORITHMS))}.")
    try:
        digest = base64.b64decode(expected, validate=True)
    except binascii.Error as error:
        raise WireError("InvalidDigest", f"The {name} you specified is not valid base64.") from error
    if not compare_digest(digest, ALGORITHMS[algorithm](body)):
        raise WireError("BadDigest", f"The {name} you specified did not match the calculated checksum.")
