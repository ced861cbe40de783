"""Checksums of bodies: Content-MD5 and `x-amz-checksum-*`."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable
from functools import partial
from hmac import compare_digest

from botocore.model import OperationModel

from mandorla.wire.crc import CRC32C, CRC64NVME, crc_of
from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest

PREFIX = "x-amz-checksum-"

# Headers of that prefix that are about a checksum, but are none.
NO_CHECKSUMS = frozenset({"x-amz-checksum-type", "x-amz-checksum-algorithm", "x-amz-checksum-mode"})


ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": partial(crc_of, polynomial=CRC32C),
    "crc64nvme": partial(crc_of, polynomial=CRC64NVME),
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
