"""Lists of a bucket's objects, in pages: the newer operation, the older one, and the one that asks for versions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from mandorla.services.call import Call, Operations
from mandorla.services.paging import key_before, token_after
from mandorla.services.s3.access import bucket_for, refuse_nul
from mandorla.services.s3.buckets import owner
from mandorla.services.s3.objects import quoted
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.store.objects.listing import Page
from mandorla.store.objects.stored_object import StoredObject
from mandorla.wire.errors import WireError

LARGEST_PAGE = 1000  # S3: "the action returns up to 1,000 key names. The response … will never contain more."

Spell = Callable[[str | None], str | None]


def page_for(
    call: Call, bucket: str, *, max_keys: int | None, prefix: str | None, delimiter: str | None, after: str | None
) -> Page[StoredObject]:
    """A page of objects. Zero keys are no page, and nothing follows."""
    refuse_nul(prefix, delimiter, after)
    size = page_size(max_keys)
    if size == 0:
        return Page((), (), None)
    return call.objects.page(bucket, limit=size, prefix=prefix or "", after=after or "", delimiter=delimiter or "")


def asked(prefix: str | None, delimiter: str | None) -> dict[str, str]:
    """What policies may say of a list: many let a caller list what is his own folder and nothing else."""
    return {"s3:prefix": prefix or "", "s3:delimiter": delimiter or ""}


def page_size(wanted: int | None, name: str = "max-keys") -> int:
    """How many entries a page has at most."""
    if wanted is not None and wanted < 0:
        raise WireError("InvalidArgument", f"Argument {name} must be an integer between 0 and 2147483647")
    return LARGEST_PAGE if wanted is None else min(wanted, LARGEST_PAGE)


def spelling(encoding_type: str | None) -> Spell:
    """How keys are written: as they are, or percent-encoded, since XML cannot hold every character."""
    if encoding_type not in (None, "url"):
        raise WireError("InvalidArgument", "Invalid Encoding Method specified in Request")
    if encoding_type is None:
        return lambda text: text
    return lambda text: None if text is None else quote(text, safe="/")


def entry(stored: StoredObject, spell: Spell) -> dict[str, Any]:
    """An object in a list."""
    return {
        "key": spell(stored.key),
        "last_modified": stored.modified_at,
        "e_tag": quoted(stored),
        "size": stored.size,
        "storage_class": "STANDARD",
        "checksum_algorithm": [name.upper() for name in stored.checksums] or None,
        "checksum_type": stored.checksum_type or None,
    }


def common_parts(page: Page[Any], spell: Spell, **echoed: str | None) -> dict[str, Any]:
    """What all lists say: the common prefixes, and what was asked for, spelled as keys are."""
    prefixes = [{"prefix": spell(prefix)} for prefix in page.common_prefixes]
    return {"common_prefixes": prefixes, **{name: spell(text) for name, text in echoed.items()}}


def list_objects_v2(
    call: Call,
    *,
    bucket,
    delimiter=None,
    encoding_type=None,
    max_keys=None,
    prefix=None,
    continuation_token=None,
    fetch_owner=None,
    start_after=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Objects by key. A token goes before `start_after`."""
    found = bucket_for(call, bucket, "s3:ListBucket", expected_owner=expected_bucket_owner, context=asked(prefix, delimiter))
    refuse_unsupported(others)
    spell = spelling(encoding_type)
    after = key_before(continuation_token) if continuation_token else start_after
    page = page_for(call, bucket, max_keys=max_keys, prefix=prefix, delimiter=delimiter, after=after)
    owned = {"owner": owner(found.account_id)} if fetch_owner else {}
    return {
        "is_truncated": page.next_after is not None,
        "contents": [entry(stored, spell) | owned for stored in page.items],
        "name": bucket,
        "max_keys": page_size(max_keys),
        "encoding_type": encoding_type,
        "key_count": len(page.items) + len(page.common_prefixes),
        "continuation_token": continuation_token,
        "next_continuation_token": None if page.next_after is None else token_after(page.next_after),
        **common_parts(page, spell, prefix=prefix or "", delimiter=delimiter, start_after=start_after),
    }


def list_objects(
    call: Call,
    *,
    bucket,
    delimiter=None,
    encoding_type=None,
    marker=None,
    max_keys=None,
    prefix=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Objects by key. S3: NextMarker "is returned only if you have the delimiter request parameter specified"."""
    found = bucket_for(call, bucket, "s3:ListBucket", expected_owner=expected_bucket_owner, context=asked(prefix, delimiter))
    refuse_unsupported(others)
    spell = spelling(encoding_type)
    page = page_for(call, bucket, max_keys=max_keys, prefix=prefix, delimiter=delimiter, after=marker)
    owned = {"owner": owner(found.account_id)}
    next_marker = page.next_after if delimiter else None
    return {
        "is_truncated": page.next_after is not None,
        "contents": [entry(stored, spell) | owned for stored in page.items],
        "name": bucket,
        "max_keys": page_size(max_keys),
        "encoding_type": encoding_type,
        **common_parts(page, spell, prefix=prefix or "", delimiter=delimiter, marker=marker or "", next_marker=next_marker),
    }


def list_object_versions(
    call: Call,
    *,
    bucket,
    delimiter=None,
    encoding_type=None,
    key_marker=None,
    max_keys=None,
    prefix=None,
    version_id_marker=None,
    expected_bucket_owner=None,
    **others,
) -> Any:
    """Every object has one version. S3: "Objects that are stored in your bucket before you set the versioning state have a
    version ID of null"."""
    found = bucket_for(
        call, bucket, "s3:ListBucketVersions", expected_owner=expected_bucket_owner, context=asked(prefix, delimiter)
    )
    refuse_unsupported(others)
    spell = spelling(encoding_type)
    page = page_for(call, bucket, max_keys=max_keys, prefix=prefix, delimiter=delimiter, after=key_marker)
    version = {"version_id": "null", "is_latest": True, "owner": owner(found.account_id)}
    return {
        "is_truncated": page.next_after is not None,
        "versions": [entry(stored, spell) | version for stored in page.items],
        "name": bucket,
        "max_keys": page_size(max_keys),
        "encoding_type": encoding_type,
        "version_id_marker": version_id_marker,
        "next_version_id_marker": "null" if page.next_after is not None else None,
        **common_parts(
            page, spell, prefix=prefix or "", delimiter=delimiter, key_marker=key_marker or "", next_key_marker=page.next_after
        ),
    }


OPERATIONS: Operations = {
    "ListObjectsV2": list_objects_v2,
    "ListObjects": list_objects,
    "ListObjectVersions": list_object_versions,
}
