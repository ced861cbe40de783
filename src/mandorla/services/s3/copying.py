"""Copies: another name for the same bytes, said other things of where the caller wants that."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from mandorla.services.call import Call, Operations
from mandorla.services.s3.access import bucket_for, refuse_bad_key
from mandorla.services.s3.conditions import refuse_unmet, refuse_unmet_write
from mandorla.services.s3.descriptions import taken_description
from mandorla.services.s3.object_checksums import shown_checksums
from mandorla.services.s3.objects import quoted, readable
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.stored_object import StoredObject
from mandorla.wire.errors import WireError


def source_of(call: Call, copy_source: str, others: dict[str, Any]) -> StoredObject:
    """The object that a copy is made of, if the caller may read it and its conditions hold."""
    path, _, version = copy_source.partition("?versionId=")
    bucket, _, key = unquote(path.removeprefix("/")).partition("/")
    if not bucket or not key:
        raise WireError("InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
    refuse_unsupported({"version_id": version or None})
    stored = readable(call, bucket, key, "s3:GetObject", others.pop("expected_source_bucket_owner", None))
    names = ("if_match", "if_none_match", "if_modified_since", "if_unmodified_since")
    refuse_unmet(stored, unchanged_status=412, **{name: others.pop(f"copy_source_{name}", None) for name in names})
    return stored


def copy_object(
    call: Call,
    *,
    bucket,
    copy_source,
    key,
    metadata=None,
    metadata_directive="COPY",
    tagging=None,
    tagging_directive="COPY",
    if_match=None,
    if_none_match=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Another object of the same bytes. Its ETag stays that of its source, however that came in."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_key(key)
    source = source_of(call, copy_source, others)
    said = taken_description(others, metadata=metadata, tagging=tagging)
    refuse_unsupported(others)
    if (source.bucket, source.key) == (bucket, key) and metadata_directive != "REPLACE":
        raise WireError(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
            "metadata, storage class, website redirect location or encryption attributes.",
        )
    refuse_unmet_write(call.objects.find(bucket, key), if_match=if_match, if_none_match=if_none_match)
    description = said if metadata_directive == "REPLACE" else source.description
    description = replace(description, tags=(said if tagging_directive == "REPLACE" else source.description).tags)
    copy = replace(source, bucket=bucket, key=key, modified_at=call.now, description=description, upload_id="")
    call.objects.put(copy)
    checksums = {**shown_checksums(copy.checksums), "checksum_type": copy.checksum_type or None}
    return {"copy_object_result": {"e_tag": quoted(copy), "last_modified": copy.modified_at, **checksums}}


OPERATIONS: Operations = {"CopyObject": copy_object}
