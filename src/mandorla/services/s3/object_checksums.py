"""Checksums among the members of requests and answers: one member an algorithm."""

from collections.abc import Iterable, Mapping
from typing import Any

from mandorla.store.objects.receiving import Received
from mandorla.store.objects.stored_object import ChecksumType
from mandorla.wire.errors import WireError

# The algorithms that are known here, by the names of their members. S3 knows three xxHashes more.
MEMBERS = {
    "crc32": "checksum_crc32",
    "crc32c": "checksum_crc32_c",
    "crc64nvme": "checksum_crc64_nvme",
    "sha1": "checksum_sha1",
    "sha256": "checksum_sha256",
    "sha512": "checksum_sha512",
    "md5": "checksum_md5",
}

# S3 user guide, "Checking object integrity": which types a multipart upload's checksum may have, the default one first.
TYPES_OF_UPLOADS: Mapping[str, tuple[ChecksumType, ...]] = {
    "crc32": ("COMPOSITE", "FULL_OBJECT"),
    "crc32c": ("COMPOSITE", "FULL_OBJECT"),
    "crc64nvme": ("FULL_OBJECT",),
    "sha1": ("COMPOSITE",),
    "sha256": ("COMPOSITE",),
    "sha512": ("COMPOSITE",),
    "md5": ("COMPOSITE",),
}


def known_algorithm(name: str) -> str:
    """An algorithm's lower-case name, from the service model's."""
    if name.lower() not in MEMBERS:
        known = ", ".join(algorithm.upper() for algorithm in MEMBERS)
        raise WireError("InvalidRequest", f"The checksum algorithm {name} is not supported here. Use one of {known}.")
    return name.lower()


def sent_checksums(members: Mapping[str, Any]) -> dict[str, str]:
    """The checksums that a caller sent, by algorithm."""
    return {algorithm: members[member] for algorithm, member in MEMBERS.items() if members.get(member) is not None}


def asked_for(members: Mapping[str, Any]) -> frozenset[str]:
    """The algorithms that a caller sent a checksum of, or named."""
    named = members.get("checksum_algorithm")
    return frozenset(sent_checksums(members)) | ({known_algorithm(named)} if named else frozenset())


def kept_checksums(received: Received, algorithms: Iterable[str]) -> dict[str, str]:
    """Those of the bytes' checksums that are kept with them."""
    return {algorithm: received.checksums[algorithm] for algorithm in sorted(algorithms)}


def shown_checksums(checksums: Mapping[str, str]) -> dict[str, str]:
    """Checksums as members of an answer."""
    return {MEMBERS[algorithm]: checksum for algorithm, checksum in checksums.items()}
