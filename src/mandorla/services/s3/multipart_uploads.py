"""Multipart uploads: begun, listed, completed or aborted. Their parts are beside, in `upload_parts.py`."""

from typing import Any
from urllib.parse import quote

from mandorla.services.call import Call, Operations
from mandorla.services.s3.access import bucket_for, refuse_bad_key, refuse_nul
from mandorla.services.s3.buckets import owner
from mandorla.services.s3.conditions import refuse_unmet_write
from mandorla.services.s3.descriptions import taken_description
from mandorla.services.s3.listing import common_parts, page_size, spelling
from mandorla.services.s3.object_checksums import TYPES_OF_UPLOADS, known_algorithm, sent_checksums, shown_checksums
from mandorla.services.s3.objects import quoted
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.assembly import NamedPart, assembled
from mandorla.store.objects.listing import Page, cut
from mandorla.store.objects.stored_object import ChecksumType, StoredObject, Upload
from mandorla.wire.errors import WireError


def create_multipart_upload(
    call: Call,
    *,
    bucket,
    key,
    metadata=None,
    tagging=None,
    checksum_algorithm=None,
    checksum_type=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Begin an upload. Its id begins with the time, so that a key's uploads are listed in the order of their beginning."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_key(key)
    description = taken_description(others, metadata=metadata, tagging=tagging)
    refuse_unsupported(others)
    algorithm = known_algorithm(checksum_algorithm) if checksum_algorithm else ""
    types: tuple[ChecksumType, ...] = TYPES_OF_UPLOADS.get(algorithm, ("",))
    if checksum_type is not None and checksum_type not in types:
        raise WireError(
            "InvalidRequest",
            f"The {checksum_type} checksum type cannot be used with the {checksum_algorithm} checksum algorithm.",
        )
    upload = Upload(
        upload_id=f"{int(call.now.timestamp() * 1000):012x}{call.new_hex_id()}",
        bucket=bucket,
        key=key,
        created_at=call.now,
        description=description,
        checksum_algorithm=algorithm,
        checksum_type=next((name for name in types if name == checksum_type), types[0]),
    )
    call.uploads.begin(upload)
    return {"bucket": bucket, "key": key, "upload_id": upload.upload_id, **shown_algorithm(upload)}


def shown_algorithm(upload: Upload) -> dict[str, str | None]:
    """How an upload is summed up."""
    return {"checksum_algorithm": upload.checksum_algorithm.upper() or None, "checksum_type": upload.checksum_type or None}


def upload_for(call: Call, bucket: str, key: str, upload_id: str) -> Upload:
    """An upload; NoSuchUpload if it is over, or was never begun for that key."""
    refuse_nul(key, upload_id)
    upload = call.uploads.find(bucket, key, upload_id)
    if upload is None:
        raise WireError(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may be aborted or completed.",
            status=404,
        )
    return upload


def complete_multipart_upload(
    call: Call,
    *,
    bucket,
    key,
    upload_id,
    multipart_upload=None,
    checksum_type=None,
    mpu_object_size=None,
    expected_bucket_owner=None,
    if_match=None,
    if_none_match=None,
    **others,
) -> Any:
    """Make an object of the parts that the caller names. Who did not hear the answer may ask again, and gets the same."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_unsupported(others)
    found = call.objects.find(bucket, key)
    if found is not None and found.upload_id == upload_id:
        return completed(found)
    upload = upload_for(call, bucket, key, upload_id)
    if checksum_type is not None and checksum_type != upload.checksum_type:
        raise WireError("InvalidRequest", f"The upload was created with the checksum type {upload.checksum_type or 'none'}.")
    refuse_unmet_write(found, if_match=if_match, if_none_match=if_none_match)
    named = [
        NamedPart(number=part.get("part_number", 0), etag=part.get("e_tag", ""), checksums=sent_checksums(part))
        for part in (multipart_upload or {}).get("parts", ())
    ]
    kept = call.uploads.parts(upload_id)
    stored = assembled(upload, kept, named, smallest_part=call.limits.bytes_per_part_minimum, now=call.now)
    if mpu_object_size is not None and mpu_object_size != stored.size:
        raise WireError("InvalidRequest", f"The parts have {stored.size} bytes, not {mpu_object_size}.")
    for algorithm, checksum in sent_checksums(others).items():
        if stored.checksums.get(algorithm, "").partition("-")[0] != checksum.partition("-")[0]:
            raise WireError("BadDigest", f"The {algorithm.upper()} you specified did not match the calculated checksum.")
    call.objects.put(stored)
    call.uploads.end(upload_id, now=call.now)
    return completed(stored)


def completed(stored: StoredObject) -> dict[str, Any]:
    """The answer to a completion."""
    return {
        "location": f"/{stored.bucket}/{quote(stored.key)}",
        "bucket": stored.bucket,
        "key": stored.key,
        "e_tag": quoted(stored),
        **shown_checksums(stored.checksums),
        "checksum_type": stored.checksum_type or None,
    }


def abort_multipart_upload(call: Call, *, bucket, key, upload_id, expected_bucket_owner=None, **others) -> Any:
    """Forget an upload and its parts."""
    bucket_for(call, bucket, "s3:AbortMultipartUpload", key=key, expected_owner=expected_bucket_owner)
    refuse_unsupported(others)
    call.uploads.end(upload_for(call, bucket, key, upload_id).upload_id, now=call.now)


def list_multipart_uploads(
    call: Call,
    *,
    bucket,
    delimiter=None,
    encoding_type=None,
    key_marker=None,
    max_uploads=None,
    prefix=None,
    upload_id_marker=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """The uploads that are neither completed nor aborted, by key."""
    found = bucket_for(call, bucket, "s3:ListBucketMultipartUploads", expected_owner=expected_bucket_owner)
    refuse_unsupported(others)
    refuse_nul(prefix, delimiter, key_marker, upload_id_marker)
    spell, size = spelling(encoding_type), page_size(max_uploads, "max-uploads")
    entries = call.uploads.entries(
        bucket,
        prefix=prefix or "",
        after_key=key_marker or "",
        after_id=upload_id_marker or "" if key_marker else "",
        delimiter=delimiter or "",
    )
    page: Page[Upload] = cut(entries, size)
    is_truncated = page.next_after is not None
    last = page.items[-1] if page.items and page.items[-1].key == page.next_after else None
    shared = {"storage_class": "STANDARD", "owner": owner(found.account_id), "initiator": initiator(found.account_id)}
    return {
        "bucket": bucket,
        "upload_id_marker": upload_id_marker,
        "next_upload_id_marker": last.upload_id if last is not None else None,
        "max_uploads": size,
        "is_truncated": is_truncated,
        "uploads": [
            {"upload_id": upload.upload_id, "key": spell(upload.key), "initiated": upload.created_at, **shared}
            | shown_algorithm(upload)
            for upload in page.items
        ],
        "encoding_type": encoding_type,
        **common_parts(
            page, spell, prefix=prefix or "", delimiter=delimiter, key_marker=key_marker or "", next_key_marker=page.next_after
        ),
    }


def initiator(account_id: str) -> dict[str, str]:
    """Who began an upload: an account is shown by its ARN."""
    return {"id": f"arn:aws:iam::{account_id}:root", "display_name": account_id}


OPERATIONS: Operations = {
    "CreateMultipartUpload": create_multipart_upload,
    "CompleteMultipartUpload": complete_multipart_upload,
    "AbortMultipartUpload": abort_multipart_upload,
    "ListMultipartUploads": list_multipart_uploads,
}
