"""Who may do what with a bucket and its objects. Every handler comes through here, and nowhere else is anything decided."""

from collections.abc import Mapping
from typing import NoReturn

from mandorla.domain.bucket import Bucket
from mandorla.domain.errors import AccessDeniedError
from mandorla.services.call import Call
from mandorla.services.s3.bucket_access import is_allowed
from mandorla.wire.errors import WireError

LONGEST_KEY = (
    1024  # S3 user guide: "The object key name is a sequence of Unicode characters with UTF-8 encoding of up to 1,024 bytes"
)


def bucket_for(
    call: Call,
    name: str,
    action: str,
    *,
    key: str = "",
    expected_owner: str | None = None,
    context: Mapping[str, str] | None = None,
) -> Bucket:
    """The bucket, if the caller may do that with it, or with the object of that key.

    S3 tells everybody whether a name is taken: what is not there is NoSuchBucket, what is another's is AccessDenied.
    """
    bucket = find_bucket(call, name)
    if bucket is None:
        raise WireError(
            "NoSuchBucket", f"The specified bucket does not exist: {name[:63]!r}. ListBuckets shows yours.", status=404
        )
    if not may(call, bucket, action, key, context) or expected_owner not in (None, bucket.account_id):
        refuse(call, action, bucket.arn)
    return bucket


def refuse(call: Call, action: str, resource: str) -> NoReturn:
    """S3's 403, in AWS's words."""
    raise AccessDeniedError(
        f"User: {call.caller.arn} is not authorized to perform: {action} on resource: {resource[:200]} "
        "because no identity-based policy or bucket policy allows it, or one denies it."
    )


def find_bucket(call: Call, name: str) -> Bucket | None:
    """A bucket, whoever owns it."""
    return call.records.find_anywhere(Bucket, name) if "\0" not in name else None


def may(call: Call, bucket: Bucket, action: str, key: str = "", context: Mapping[str, str] | None = None) -> bool:
    """Whether the caller may do that with `arn:aws:s3:::bucket`, or `arn:aws:s3:::bucket/key` where there is a key."""
    return is_allowed(call.records, call.caller, bucket, action=action, key=key, now=call.now, context=context)


def refuse_bad_key(key: str) -> None:
    """A key that cannot be kept."""
    if len(key.encode()) > LONGEST_KEY:
        raise WireError("KeyTooLongError", f"Your key is too long: it has more than {LONGEST_KEY} bytes in UTF-8.")
    refuse_nul(key)


def refuse_nul(*texts: str | None) -> None:
    """A key with a NUL character is in no database here. GUESS: S3 takes it; no client was seen to send one."""
    if any("\0" in (text or "") for text in texts):
        raise WireError("InvalidArgument", "A key or prefix must not contain the NUL character.")
