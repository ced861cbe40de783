"""Ranges of bytes, as HTTP's `Range` header names them."""

import re
from dataclasses import dataclass

from mandorla.store.objects.stored_object import StoredObject
from mandorla.wire.errors import WireError

RANGE = re.compile(r"bytes=(\d*)-(\d*)")
COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """So many bytes from a place on."""

    start: int
    length: int

    def in_words(self, size: int) -> str:
        """The header `Content-Range`.

        >>> ByteRange(2, 3).in_words(10)
        'bytes 2-4/10'
        """
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def range_of(text: str | None, size: int) -> ByteRange | None:
    """The range that a header asks for; None for the whole. RFC 9110, 14.2: a header that makes no sense is ignored, and so
    is more than one range, of which S3 says that it "doesn't support retrieving multiple ranges of data per GET request".

    >>> range_of("bytes=2-", 10), range_of("bytes=-3", 10), range_of("bytes=0-99", 10), range_of("lines=1-2", 10)
    (ByteRange(start=2, length=8), ByteRange(start=7, length=3), ByteRange(start=0, length=10), None)
    """
    found = RANGE.fullmatch(text or "")
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        start = size - length
    else:
        start = int(found[1])
        end = min(int(found[2]) if found[2] else size - 1, size - 1)
        if found[2] and int(found[2]) < start:
            return None
        length = end - start + 1
    if length <= 0:
        raise WireError(
            "InvalidRange", "The requested range is not satisfiable.", status=416, headers={"Content-Range": f"bytes */{size}"}
        )
    return ByteRange(start, length)


def copied_range(text: str | None, size: int) -> ByteRange:
    """The range of a copied part. S3: "The range of bytes … must use the form bytes=first-last"."""
    if text is None:
        return ByteRange(0, size)
    found = COPY_RANGE.fullmatch(text)
    if found is None or int(found[2]) < int(found[1]):
        raise WireError("InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last.")
    if int(found[2]) >= size:
        raise WireError("InvalidRange", f"Range specified is not valid for source object of size: {size}", status=416)
    return ByteRange(int(found[1]), int(found[2]) - int(found[1]) + 1)


def range_of_part(stored: StoredObject, number: int) -> ByteRange:
    """The range of one part of an object; what was put in one is its own first part."""
    sizes = [part.size for part in stored.parts] or [stored.size]
    if number > len(sizes):
        raise WireError("InvalidPartNumber", "The requested partnumber is not satisfiable", status=416)
    return ByteRange(sum(sizes[: number - 1]), sizes[number - 1])
