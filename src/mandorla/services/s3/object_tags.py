"""An object's tags, and what else is asked about it without reading it."""

from dataclasses import replace
from typing import Any

from mandorla.services.call import Call, Operations
from mandorla.services.s3.object_checksums import shown_checksums
from mandorla.services.s3.objects import readable
from mandorla.services.s3.tag_sets import checked_tags, shown_tags
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.stored_object import StoredObject

LARGEST_PAGE = 1000


def put_object_tagging(call: Call, *, bucket, key, tagging, expected_bucket_owner=None, **others) -> Any:
    """Other tags in place of all that the object has."""
    refuse_unsupported(others)
    stored = readable(call, bucket, key, "s3:PutObjectTagging", expected_bucket_owner)
    call.objects.describe(stored, replace(stored.description, tags=checked_tags(tagging["tag_set"])))


def get_object_tagging(call: Call, *, bucket, key, expected_bucket_owner=None, **others) -> Any:
    """The object's tags; none is an empty set."""
    refuse_unsupported(others)
    stored = readable(call, bucket, key, "s3:GetObjectTagging", expected_bucket_owner)
    return {"tag_set": shown_tags(stored.description.tags)}


def delete_object_tagging(call: Call, *, bucket, key, expected_bucket_owner=None, **others) -> Any:
    """Forget the object's tags."""
    refuse_unsupported(others)
    stored = readable(call, bucket, key, "s3:DeleteObjectTagging", expected_bucket_owner)
    call.objects.describe(stored, replace(stored.description, tags={}))


def get_object_attributes(
    call: Call,
    *,
    bucket,
    key,
    object_attributes,
    max_parts=None,
    part_number_marker=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Those of an object's attributes that are asked for."""
    refuse_unsupported(others)
    stored = readable(call, bucket, key, "s3:GetObjectAttributes", expected_bucket_owner)
    checksums = shown_checksums(stored.checksums)
    attributes: dict[str, dict[str, Any]] = {
        "ETag": {"e_tag": stored.etag},
        "Checksum": {"checksum": {**checksums, "checksum_type": stored.checksum_type} if checksums else None},
        "ObjectParts": {"object_parts": shown_parts(stored, part_number_marker or 0, max_parts) if stored.parts else None},
        "StorageClass": {"storage_class": "STANDARD"},
        "ObjectSize": {"object_size": stored.size},
    }
    chosen = [attributes[name] for name in object_attributes if name in attributes]
    return {"last_modified": stored.modified_at, **{name: value for part in chosen for name, value in part.items()}}


def shown_parts(stored: StoredObject, after: int, max_parts: int | None) -> dict[str, Any]:
    """A page of an object's parts. S3 lists them only where they have checksums."""
    size = min(max_parts or LARGEST_PAGE, LARGEST_PAGE)
    left = [part for part in stored.parts if part.number > after]
    page = left[:size]
    has_checksums = any(part.checksums for part in page)
    return {
        "total_parts_count": len(stored.parts),
        "part_number_marker": after,
        "next_part_number_marker": page[-1].number if page else 0,
        "max_parts": size,
        "is_truncated": len(left) > size,
        "parts": [{"part_number": part.number, "size": part.size, **shown_checksums(part.checksums)} for part in page]
        if has_checksums
        else None,
    }


OPERATIONS: Operations = {
    "PutObjectTagging": put_object_tagging,
    "GetObjectTagging": get_object_tagging,
    "DeleteObjectTagging": delete_object_tagging,
    "GetObjectAttributes": get_object_attributes,
}
