"""Objects: put, read, found and deleted."""

from typing import Any

from mandorla.domain.errors import AccessDeniedError
from mandorla.services.call import Call, Operations
from mandorla.services.s3.access import bucket_for, may, refuse, refuse_bad_key
from mandorla.services.s3.bucket_settings import owners_acl
from mandorla.services.s3.conditions import is_named, refuse_unmet, refuse_unmet_write
from mandorla.services.s3.descriptions import shown_headers, taken_description
from mandorla.services.s3.object_checksums import asked_for, kept_checksums, shown_checksums
from mandorla.services.s3.ranges import range_of, range_of_part
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.stored_object import StoredObject
from mandorla.wire.errors import WireError

MOST_DELETED = 1000  # S3: "The request can contain a list of up to 1,000 keys that you want to delete"

# The parameters of GetObject that choose headers of the answer.
OVERRIDES = {
    f"response_{name}": name
    for name in ("cache_control", "content_disposition", "content_encoding", "content_language", "content_type", "expires")
}


def before_put_object(call: Call, *, bucket, key, content_length=None, expected_bucket_owner=None, **others) -> Any:
    """May the caller put? The checksums that are wanted beside those that he sends."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_key(key)
    refuse_bad_length(call, content_length)
    return asked_for(others)


def refuse_bad_length(call: Call, length: int | None) -> None:
    """A body's length is known before it comes. S3: "the maximum size … in a single PUT operation is 5 GB"."""
    if length is None:
        raise WireError("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)
    if length > call.limits.bytes_per_put:
        raise WireError(
            "EntityTooLarge", f"Your upload exceeds the maximum of {call.limits.bytes_per_put} bytes in one request."
        )


def put_object(
    call: Call,
    *,
    bucket,
    key,
    body=None,
    metadata=None,
    tagging=None,
    if_match=None,
    if_none_match=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Name the bytes that came in; they are settled already."""
    bucket_for(call, bucket, "s3:PutObject", key=key, expected_owner=expected_bucket_owner)
    description = taken_description(others, metadata=metadata, tagging=tagging)
    refuse_unsupported(others)
    refuse_unmet_write(call.objects.find(bucket, key), if_match=if_match, if_none_match=if_none_match)
    algorithms = asked_for(others)
    stored = StoredObject(
        bucket=bucket,
        key=key,
        contents=(body.content,),
        etag=body.etag,
        modified_at=call.now,
        description=description,
        checksums=kept_checksums(body, algorithms),
        checksum_type="FULL_OBJECT" if algorithms else "",
    )
    call.objects.put(stored)
    return {"e_tag": quoted(stored), **shown_checksums(stored.checksums), "checksum_type": stored.checksum_type or None}


def get_object(call: Call, **members) -> Any:
    """An object or a range of it. What is read is the version that was found, whatever happens to it meanwhile."""
    stored, head, chosen = looked_up(call, **members)
    start, length = (0, stored.size) if chosen is None else (chosen.start, chosen.length)
    return {**head, "body": call.contents.read(stored.contents, start=start, length=length)}


def head_object(call: Call, **members) -> Any:
    """All that GetObject says but the bytes."""
    _, head, _ = looked_up(call, **members)
    return head


def looked_up(
    call: Call,
    *,
    bucket,
    key,
    if_match=None,
    if_modified_since=None,
    if_none_match=None,
    if_unmodified_since=None,
    range=None,  # the service model's name
    part_number=None,
    checksum_mode=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """An object, what is said of it, and the range of it that is asked for."""
    stored = readable(call, bucket, key, "s3:GetObject", expected_bucket_owner)
    overrides = {name: others.pop(member) for member, name in OVERRIDES.items() if others.get(member) is not None}
    refuse_unsupported(others)
    times = {"if_modified_since": if_modified_since, "if_unmodified_since": if_unmodified_since}
    refuse_unmet(stored, if_match=if_match, if_none_match=if_none_match, **times)
    if range is not None and part_number is not None:
        raise WireError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter")
    chosen = range_of(range, stored.size) if part_number is None else range_of_part(stored, part_number)
    is_empty = chosen is not None and chosen.length == 0
    head: dict[str, Any] = {
        **shown_headers(stored.description),
        **overrides,
        "accept_ranges": "bytes",
        "content_length": stored.size if chosen is None else chosen.length,
        "content_range": None if chosen is None or is_empty else chosen.in_words(stored.size),
        "e_tag": quoted(stored),
        "last_modified": stored.modified_at,
        "parts_count": len(stored.parts) or None if part_number is not None else None,
    }
    if checksum_mode == "ENABLED" and chosen is None:
        head |= {**shown_checksums(stored.checksums), "checksum_type": stored.checksum_type or None}
    return stored, head, chosen


def readable(call: Call, bucket: str, key: str, action: str, expected_owner: str | None = None) -> StoredObject:
    """An object that the caller may read; NoSuchKey if there is none."""
    found = bucket_for(call, bucket, action, key=key, expected_owner=expected_owner)
    refuse_bad_key(key)
    stored = call.objects.find(bucket, key)
    if stored is None and not may(call, found, "s3:ListBucket"):
        refuse(call, "s3:ListBucket", found.arn)  # GetObject: who may not list is not told what is not there
    if stored is None:
        raise WireError("NoSuchKey", "The specified key does not exist.", status=404)
    return stored


def quoted(stored: StoredObject) -> str:
    """The ETag as HTTP writes it."""
    return f'"{stored.etag}"'


def delete_object(call: Call, *, bucket, key, if_match=None, expected_bucket_owner=None, **others) -> Any:
    """Forget an object. What is not there is deleted as well as what was."""
    bucket_for(call, bucket, "s3:DeleteObject", key=key, expected_owner=expected_bucket_owner)
    refuse_bad_key(key)
    refuse_unsupported(others)
    found = call.objects.find(bucket, key)
    if if_match is not None and found is not None and not is_named(found, if_match):
        refuse_unmet(found, if_match=if_match)
    call.objects.remove(bucket, key, now=call.now)


def delete_objects(call: Call, *, bucket, delete, expected_bucket_owner=None, **others) -> Any:
    """Forget many objects; each has its own answer."""
    members = {"expected_bucket_owner": expected_bucket_owner}
    refuse_unsupported(others)
    if not 0 < len(delete["objects"]) <= MOST_DELETED:
        raise WireError("MalformedXML", f"The request must name 1 to {MOST_DELETED} keys.")
    deleted: list[Any] = []
    errors: list[Any] = []
    for item in delete["objects"]:
        unsupported = {name: value for name, value in item.items() if name not in ("key", "e_tag")}
        try:
            delete_object(call, bucket=bucket, key=item["key"], if_match=item.get("e_tag"), **members, **unsupported)
            deleted.append({"key": item["key"]})
        except AccessDeniedError as error:
            errors.append({"key": item["key"], "code": "AccessDenied", "message": error.message})
        except WireError as error:
            if error.code == "NoSuchBucket":
                raise
            errors.append({"key": item["key"], "code": error.code, "message": error.message})
    return {"deleted": [] if delete.get("quiet") else deleted, "errors": errors}


def get_object_acl(call: Call, *, bucket, key, expected_bucket_owner=None, **others) -> Any:
    """ACLs are off: the bucket's owner has everything."""
    refuse_unsupported(others)
    readable(call, bucket, key, "s3:GetObjectAcl", expected_bucket_owner)
    return owners_acl(bucket_for(call, bucket, "s3:GetObjectAcl", key=key).account_id)


OPERATIONS: Operations = {
    "PutObject": put_object,
    "GetObject": get_object,
    "HeadObject": head_object,
    "DeleteObject": delete_object,
    "DeleteObjects": delete_objects,
    "GetObjectAcl": get_object_acl,
}
BEFORE_BODY: Operations = {"PutObject": before_put_object}
