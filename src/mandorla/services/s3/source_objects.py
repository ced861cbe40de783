"""What lies below an `s3://` location: how jobs read an account's tables where they lie, without a copy of their bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.bucket import Bucket
from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.store.objects.contents import Contents
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.stored_object import StoredObject
from mandorla.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceObject:
    """An object below a location: its key and ETag say which bytes they are."""

    stored: StoredObject

    @property
    def key(self) -> str:
        """Its key."""
        return self.stored.key

    @property
    def etag(self) -> str:
        """Its ETag, without quotes."""
        return self.stored.etag

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.stored.size

    def lend(self, contents: Contents, at: Path) -> Path:
        """Its bytes as a local file, which stays as it is whatever becomes of the object. A link where that can be."""
        at.unlink(missing_ok=True)
        contents.lend(self.stored.contents, at)
        return at


def split_location(location: str) -> tuple[str, str]:
    """Bucket and prefix.

    >>> split_location("s3://photos/2026/"), split_location("s3://photos")
    (('photos', '2026/'), ('photos', ''))
    """
    scheme, found, rest = location.partition("://")
    bucket, _, prefix = rest.partition("/")
    if not found or scheme not in ("s3", "s3a", "s3n") or not bucket:
        raise MandorlaError(f"{location[:200]!r} is not a place in S3. It must look like s3://bucket/folder/.")
    return bucket, prefix


def bucket_at(records: Records, location: str) -> Bucket:
    """The bucket of a location, whoever owns it: whether somebody may read it is the caller's to ask."""
    name, _ = split_location(location)
    bucket = records.find_anywhere(Bucket, name)
    if bucket is None:
        raise NotFoundError(f"The bucket of {location[:200]!r} does not exist.")
    return bucket


def objects_under(records: Records, location: str) -> Iterator[SourceObject]:
    """The objects that make the table at a location, by key: all below it that hold bytes.

    As Glue and Athena do, names that begin with an underscore or a dot are passed over. A location is a folder, whether it
    ends with a slash or not, or one object's key.
    """
    name, prefix = split_location(location)
    objects = Objects(records.connection)
    single = objects.find(name, prefix) if prefix and not prefix.endswith("/") else None
    if single is not None:
        yield SourceObject(stored=single)
        return
    for stored in objects.below(name, prefix if not prefix or prefix.endswith("/") else f"{prefix}/"):
        parts = stored.key.removeprefix(prefix).split("/")
        if stored.size and not any(part.startswith(("_", ".")) for part in parts):
            yield SourceObject(stored=stored)
