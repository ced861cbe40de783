"""A completed upload: whether the parts that the caller names are those that he sent, and what object they make."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from itertools import pairwise

from mandorla.store.objects.stored_object import ObjectPart, StoredObject, Upload, UploadedPart
from mandorla.wire.checksums import checksum_of
from mandorla.wire.crc import POLYNOMIALS, joined_crc
from mandorla.wire.errors import WireError


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPart:
    """A part as the caller names it at the end."""

    number: int
    etag: str
    checksums: Mapping[str, str] = field(default_factory=dict)


def assembled(
    upload: Upload, kept: Sequence[UploadedPart], named: Sequence[NamedPart], *, smallest_part: int, now: datetime
) -> StoredObject:
    """The object, or a WireError with S3's code for what is wrong with the list."""
    chosen = chosen_parts(kept, named, smallest_part=smallest_part)
    algorithm, checksum_type = upload.checksum_algorithm, upload.checksum_type
    missing = algorithm and any(algorithm not in part.checksums for part in chosen)
    checksum = "" if missing or not algorithm else CHECKSUMS_OF_TYPES[checksum_type](algorithm, chosen)
    return StoredObject(
        upload_id=upload.upload_id,
        bucket=upload.bucket,
        key=upload.key,
        contents=tuple(content for part in chosen for content in part.contents),
        etag=etag_of_parts([part.etag for part in chosen]),
        modified_at=now,
        description=upload.description,
        checksums={algorithm: checksum} if checksum else {},
        checksum_type=checksum_type if checksum else "",
        parts=tuple(ObjectPart(number=part.number, size=part.size, checksums=part.checksums) for part in chosen),
    )


def chosen_parts(kept: Sequence[UploadedPart], named: Sequence[NamedPart], *, smallest_part: int) -> list[UploadedPart]:
    """S3: InvalidPartOrder, "The list of parts was not in ascending order"; InvalidPart, "One or more of the specified parts
    could not be found. The part might not have been uploaded, or the specified ETag might not have matched the uploaded
    part's ETag"; EntityTooSmall, "Each part must be at least 5 MB in size, except the last part"."""
    if not named:
        raise WireError("MalformedXML", "You must specify at least one part.")
    if any(earlier.number >= later.number for earlier, later in pairwise(named)):
        raise WireError("InvalidPartOrder", "The list of parts was not in ascending order. Order the parts by their numbers.")
    by_number = {part.number: part for part in kept}
    chosen = [found(by_number, part) for part in named]
    for part in chosen[:-1]:
        if part.size < smallest_part:
            raise WireError(
                "EntityTooSmall",
                f"Part {part.number} has {part.size} bytes; every part but the last one must have at least {smallest_part}.",
            )
    return chosen


def found(by_number: Mapping[int, UploadedPart], named: NamedPart) -> UploadedPart:
    """The part that a name means."""
    part = by_number.get(named.number)
    is_same = part is not None and named.etag.strip('"') == part.etag
    if part is None or not is_same or any(part.checksums.get(name, "") != value for name, value in named.checksums.items()):
        raise WireError(
            "InvalidPart",
            f"Part {named.number} was not uploaded, or its ETag or checksum is not that of the part that was. "
            "ListParts shows what was uploaded.",
        )
    return part


def etag_of_parts(etags: Sequence[str]) -> str:
    """The MD5 of the parts' MD5s, and how many they are.

    >>> etag_of_parts(["d41d8cd98f00b204e9800998ecf8427e"])
    '59adb24ef3cdbe0297f05b395827453f-1'
    """
    digests = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{md5(digests, usedforsecurity=False).hexdigest()}-{len(etags)}"


def composite_checksum(algorithm: str, parts: Sequence[UploadedPart]) -> str:
    """S3, COMPOSITE: the checksum of the parts' checksums, and how many they are."""
    digests = b"".join(b64decode(part.checksums[algorithm]) for part in parts)
    return f"{b64encode(checksum_of(algorithm, digests)).decode()}-{len(parts)}"


def whole_checksum(algorithm: str, parts: Sequence[UploadedPart]) -> str:
    """S3, FULL_OBJECT: the checksum of all bytes, which a CRC gives without reading them again."""
    polynomial = POLYNOMIALS[algorithm]
    crc = b64decode(parts[0].checksums[algorithm])
    for part in parts[1:]:
        crc = joined_crc(crc, b64decode(part.checksums[algorithm]), part.size, polynomial)
    return b64encode(crc).decode()


CHECKSUMS_OF_TYPES = {"COMPOSITE": composite_checksum, "FULL_OBJECT": whole_checksum}
