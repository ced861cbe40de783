"""The parts of a multipart upload: sent, copied from an object, listed."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import md5
from typing import Any

from mandorla.services.call import Call, Operations
from mandorla.services.s3.access import bucket_for
from mandorla.services.s3.buckets import owner
from mandorla.services.s3.copying import source_of
from mandorla.services.s3.listing import page_size
from mandorla.services.s3.multipart_uploads import initiator, shown_algorithm, upload_for
from mandorla.services.s3.object_checksums import asked_for, kept_checksums, shown_checksums
from mandorla.services.s3.objects import refuse_bad_length
from mandorla.services.s3.ranges import copied_range
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.contents import slice_of
from mandorla.store.objects.stored_object import Upload, UploadedPart
from mandorla.wire.checksums import ALGORITHMS
from mandorla.wire.errors import WireError

MOST_PARTS = 10_000  # S3: "Part numbers can be any number from 1 to 10,000, inclusive"


def before_upload_part(
    call: Call, *, bucket, key, part_number, upload_id, content_length=None, expected_bucket_owner=None, **others
) -> Any:
    """May the caller send a part? The checksums that are wanted beside those that he sends."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_number(part_number)
    refuse_bad_length(call, content_length)
    return algorithms_of(upload_for(call, bucket, key, upload_id), asked_for(others))


def refuse_bad_number(number: int) -> None:
    """A part number that no part can have."""
    if not 1 <= number <= MOST_PARTS:
        raise WireError("InvalidArgument", f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive")


def algorithms_of(upload: Upload, asked: Iterable[str]) -> frozenset[str]:
    """How a part is summed up: as its upload says; where that says nothing, as its sender does."""
    return frozenset({upload.checksum_algorithm} if upload.checksum_algorithm else asked)


def upload_part(call: Call, *, bucket, key, part_number, upload_id, body=None, expected_bucket_owner=None, **others) -> Any:
    """Name the bytes of a part that came in; they are settled already."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_unsupported(others)
    upload = upload_for(call, bucket, key, upload_id)
    part = UploadedPart(
        number=part_number,
        contents=(body.content,),
        etag=body.etag,
        modified_at=call.now,
        checksums=kept_checksums(body, algorithms_of(upload, asked_for(others))),
    )
    call.uploads.put_part(upload_id, part)
    return {"e_tag": f'"{part.etag}"', **shown_checksums(part.checksums)}


def upload_part_copy(
    call: Call,
    *,
    bucket,
    copy_source,
    key,
    part_number,
    upload_id,
    copy_source_range=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """A part that is a range of an object. Its bytes are read once, for its ETag, and never written."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_number(part_number)
    upload = upload_for(call, bucket, key, upload_id)
    source = source_of(call, copy_source, others)
    refuse_unsupported(others)
    chosen = copied_range(copy_source_range, source.size)
    contents = slice_of(source.contents, chosen.start, chosen.length)
    etag = md5(usedforsecurity=False)
    sums = {name: ALGORITHMS[name]() for name in algorithms_of(upload, ())}
    for chunk in call.contents.read(contents):
        for checksum in (etag, *sums.values()):
            checksum.update(chunk)
    part = UploadedPart(
        number=part_number,
        contents=contents,
        etag=etag.hexdigest(),
        modified_at=call.now,
        checksums={name: b64encode(checksum.digest()).decode() for name, checksum in sums.items()},
    )
    call.uploads.put_part(upload_id, part)
    return {"copy_part_result": {"e_tag": f'"{part.etag}"', "last_modified": call.now, **shown_checksums(part.checksums)}}


def list_parts(
    call: Call,
    *,
    bucket,
    key,
    upload_id,
    max_parts=None,
    part_number_marker=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """The parts that have come in, by number."""
    found = bucket_for(call, bucket, "s3:ListMultipartUploadParts", key=key, expected_owner=expected_bucket_owner)
    refuse_unsupported(others)
    upload, size, after = upload_for(call, bucket, key, upload_id), page_size(max_parts, "max-parts"), part_number_marker or 0
    parts = call.uploads.parts(upload_id, after=after, limit=size + 1)
    page, is_truncated = parts[:size], len(parts) > size > 0
    return {
        "bucket": bucket,
        "key": key,
        "upload_id": upload_id,
        "part_number_marker": after,
        "next_part_number_marker": page[-1].number if page else None,
        "max_parts": size,
        "is_truncated": is_truncated,
        "parts": [shown(part) for part in page],
        "initiator": initiator(found.account_id),
        "owner": owner(found.account_id),
        "storage_class": "STANDARD",
        **shown_algorithm(upload),
    }


def shown(part: UploadedPart) -> dict[str, Any]:
    """A part in a list."""
    names = {"part_number": part.number, "last_modified": part.modified_at, "e_tag": f'"{part.etag}"', "size": part.size}
    return {**names, **shown_checksums(part.checksums)}


OPERATIONS: Operations = {
    "UploadPart": upload_part,
    "UploadPartCopy": upload_part_copy,
    "ListParts": list_parts,
}
BEFORE_BODY: Operations = {"UploadPart": before_upload_part}
