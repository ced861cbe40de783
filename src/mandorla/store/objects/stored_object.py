"""What is known of an object, an upload and its parts, beside the bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mandorla.store.objects.contents import Content

ChecksumType = Literal["FULL_OBJECT", "COMPOSITE", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a caller says of an object: `headers` that are given back (`content_type`, …), its own metadata and tags."""

    headers: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPart:
    """A part of an object, as it was uploaded. Checksums are base64 under the algorithms' lower-case names."""

    number: int
    size: int
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object. Its bytes are its contents, one after the other; its ETag stands here without quotes."""

    bucket: str
    key: str
    contents: tuple[Content, ...]
    etag: str
    modified_at: datetime
    description: Description = field(default_factory=Description)
    checksums: Mapping[str, str] = field(default_factory=dict)
    checksum_type: ChecksumType = ""
    parts: tuple[ObjectPart, ...] = ()
    upload_id: str = ""

    @property
    def size(self) -> int:
        """How many bytes."""
        return sum(content.size for content in self.contents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A multipart upload that is neither completed nor aborted."""

    upload_id: str
    bucket: str
    key: str
    created_at: datetime
    description: Description = field(default_factory=Description)
    checksum_algorithm: str = ""
    checksum_type: ChecksumType = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedPart:
    """A part that waits for its upload to be completed."""

    number: int
    contents: tuple[Content, ...]
    etag: str
    modified_at: datetime
    checksums: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes."""
        return sum(content.size for content in self.contents)
