"""Buckets: created, found, listed and deleted when they are empty."""

import re
from typing import Any

from mandorla.domain.bucket import Bucket
from mandorla.domain.errors import LimitError
from mandorla.services.call import Call, Operations
from mandorla.services.iam.authorization import require_caller_may
from mandorla.services.paging import paged
from mandorla.services.s3.access import bucket_for, find_bucket
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.services.tagging import forget_tags, tag
from mandorla.store.objects.stored_object import Upload
from mandorla.wire.errors import WireError

# S3 user guide, "General purpose bucket naming rules": 3 to 63 "lowercase letters, numbers, periods (.), and hyphens (-)",
# "must begin and end with a letter or number", "must not contain two adjacent periods", "must not be formatted as an IP
# address", and the prefixes and suffixes that S3 keeps for itself.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]")
IP_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

FIRST_REGION = "us-east-1"
OLD_LOCATIONS = {"EU": "eu-west-1"}
LARGEST_PAGE = 10_000


def create_bucket(call: Call, *, bucket, create_bucket_configuration=None, **others) -> Any:
    """Take a name. S3: "if you re-create an existing bucket that you already own in us-east-1, Amazon S3 returns 200 OK"."""
    refuse_unsupported(others)
    refuse_bad_name(bucket)
    require_caller_may(call.records, call.caller, action="s3:CreateBucket", resource=f"arn:aws:s3:::{bucket}", now=call.now)
    configuration = create_bucket_configuration or {}
    refuse_other_location(call, configuration.get("location_constraint"))
    refuse_unsupported({name: value for name, value in configuration.items() if name not in ("location_constraint", "tags")})
    made = Bucket(account_id=call.account_id, name=bucket, region=call.region, created_at=call.now)
    existing = find_bucket(call, bucket)
    if existing is None:
        if call.records.count(Bucket, call.account_id) >= call.limits.buckets:
            raise LimitError(f"An account can have {call.limits.buckets} buckets. Delete one that is not used.")
        call.records.add(made)
        tag(call, made.arn, {item["key"]: item["value"] for item in configuration.get("tags", ())})
    else:
        refuse_taken(call, existing)
    return {"location": f"/{bucket}", "bucket_arn": made.arn}


def refuse_bad_name(name: str) -> None:
    """A name that no bucket can have."""
    is_reserved = name.startswith(RESERVED_PREFIXES) or name.endswith(RESERVED_SUFFIXES)
    if not NAME.fullmatch(name) or IP_ADDRESS.fullmatch(name) or is_reserved or ".-" in name or "-." in name:
        raise WireError(
            "InvalidBucketName",
            f"The specified bucket is not valid: {name[:70]!r}. A name has 3 to 63 lower-case letters, digits, dots and "
            "hyphens, and begins and ends with a letter or digit.",
        )


def refuse_other_location(call: Call, location: str | None) -> None:
    """A bucket lies in the Region that the request is signed for. us-east-1 has no constraint; all others need theirs."""
    wanted = OLD_LOCATIONS.get(location or "", location)
    if location == FIRST_REGION:
        raise WireError(
            "InvalidLocationConstraint", "The specified location-constraint is not valid. Leave it out for us-east-1."
        )
    if (wanted or FIRST_REGION) != call.region:
        raise WireError(
            "IllegalLocationConstraintException",
            f"The {location or 'unspecified'} location constraint is incompatible for the region specific endpoint this "
            f"request was sent to, which is {call.region}.",
        )


def refuse_taken(call: Call, existing: Bucket) -> None:
    """The name is somebody's; only its owner in the first Region is told so with a success."""
    if existing.account_id != call.account_id:
        raise WireError(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all accounts. Choose another name.",
            status=409,
        )
    if call.region != FIRST_REGION:
        raise WireError(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            status=409,
        )


def head_bucket(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Whether the caller may use a bucket, and where it lies."""
    found = bucket_for(call, bucket, "s3:ListBucket", expected_owner=expected_bucket_owner)
    return {"bucket_region": found.region, "bucket_arn": found.arn}


def get_bucket_location(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """S3: "Buckets in Region us-east-1 have a LocationConstraint of null"."""
    found = bucket_for(call, bucket, "s3:GetBucketLocation", expected_owner=expected_bucket_owner)
    return {"location_constraint": None if found.region == FIRST_REGION else found.region}


def list_buckets(call: Call, *, max_buckets=None, continuation_token=None, prefix=None, bucket_region=None) -> Any:
    """The caller's own buckets by name."""
    require_caller_may(call.records, call.caller, action="s3:ListAllMyBuckets", resource="*", now=call.now)

    def read(after: str, limit: int) -> list[Bucket]:
        owned = call.records.owned_by(Bucket, call.account_id, after=after)
        named = (found for found in owned if found.name.startswith(prefix or ""))
        return [found for found in named if bucket_region in (None, found.region)][:limit]

    page, token = paged(
        read, token=continuation_token, max_results=max_buckets, key_of=lambda found: found.name, largest=LARGEST_PAGE
    )
    return {
        "buckets": [
            {"name": found.name, "creation_date": found.created_at, "bucket_region": found.region, "bucket_arn": found.arn}
            for found in page
        ],
        "owner": owner(call.account_id),
        "continuation_token": token,
        "prefix": prefix,
    }


def owner(account_id: str) -> dict[str, str]:
    """An owner as S3 shows him. His canonical id is the account's; S3's is 64 digits that say nothing."""
    return {"id": account_id.rjust(64, "0"), "display_name": account_id}


def delete_bucket(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Give a name back. S3: "All objects (including all object versions and delete markers) in the bucket must be deleted
    before the bucket itself can be deleted"."""
    found = bucket_for(call, bucket, "s3:DeleteBucket", expected_owner=expected_bucket_owner)
    if not call.objects.is_empty(bucket):
        raise WireError("BucketNotEmpty", "The bucket you tried to delete is not empty. Delete its objects first.", status=409)
    for upload in list(call.uploads.entries(bucket)):
        if isinstance(upload, Upload):
            call.uploads.end(upload.upload_id, now=call.now)
    call.records.remove(found)
    forget_tags(call, found.arn)


OPERATIONS: Operations = {
    "CreateBucket": create_bucket,
    "HeadBucket": head_bucket,
    "GetBucketLocation": get_bucket_location,
    "ListBuckets": list_buckets,
    "DeleteBucket": delete_bucket,
}
