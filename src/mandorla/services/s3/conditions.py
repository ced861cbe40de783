"""Conditions on reads and writes: "only if it is the one I know", "only if it has changed", "only if there is none"."""

from datetime import datetime

from mandorla.store.objects.stored_object import StoredObject
from mandorla.wire.errors import WireError
from mandorla.wire.timestamps import to_rfc822


def refuse_unmet(
    stored: StoredObject,
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
    if_modified_since: datetime | None = None,
    if_unmodified_since: datetime | None = None,
    unchanged_status: int = 304,
) -> None:
    """RFC 9110, 13.2.2: ETags go before times. What is unchanged is 304 to a reader and 412 to who copies."""
    modified_at = stored.modified_at.replace(microsecond=0)
    if if_match is not None:
        if not is_named(stored, if_match):
            refuse_failed("If-Match")
    elif if_unmodified_since is not None and modified_at > if_unmodified_since:
        refuse_failed("If-Unmodified-Since")
    is_known = if_none_match is not None and is_named(stored, if_none_match)
    is_old = if_none_match is None and if_modified_since is not None and modified_at <= if_modified_since
    if (is_known or is_old) and unchanged_status == 304:
        headers = {"ETag": f'"{stored.etag}"', "Last-Modified": str(to_rfc822(stored.modified_at))}
        raise WireError("NotModified", "Not Modified", status=304, headers=headers)
    if is_known or is_old:
        refuse_failed("If-None-Match" if is_known else "If-Modified-Since")


def refuse_unmet_write(found: StoredObject | None, *, if_match: str | None, if_none_match: str | None) -> None:
    """S3, conditional writes: If-None-Match takes only `*`; If-Match on a key without an object is NoSuchKey."""
    if if_none_match is not None and if_none_match != "*":
        raise WireError("NotImplemented", "If-None-Match of a write can only be *.", status=501)
    if if_none_match is not None and found is not None:
        refuse_failed("If-None-Match")
    if if_match is not None and found is None:
        raise WireError("NoSuchKey", "The specified key does not exist.", status=404)
    if if_match is not None and found is not None and not is_named(found, if_match):
        refuse_failed("If-Match")


def is_named(stored: StoredObject, etags: str) -> bool:
    """Whether a list of ETags, quoted or not, or `*`, names the object."""
    return any(etag.strip().strip('"') in (stored.etag, "*") for etag in etags.split(","))


def refuse_failed(condition: str) -> None:
    """S3's answer to a condition that does not hold."""
    raise WireError(
        "PreconditionFailed", f"At least one of the pre-conditions you specified did not hold: {condition}.", status=412
    )
