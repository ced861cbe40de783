"""What is set for a whole bucket: its policy, its tags, what is public; and what clients ask about and is never set here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mandorla.services.call import Call, Operations
from mandorla.services.iam.policy_documents import read_policy
from mandorla.services.s3.access import bucket_for
from mandorla.services.s3.buckets import owner
from mandorla.services.s3.tag_sets import checked_tags, shown_tags
from mandorla.services.s3.unsupported import refuse_unsupported
from mandorla.services.tagging import forget_tags, tag, tags_of
from mandorla.wire.errors import WireError

LARGEST_POLICY = 20 * 1024  # S3 user guide: "Bucket policies are limited to 20 KB in size"


def put_bucket_policy(call: Call, *, bucket, policy, expected_bucket_owner=None, **others) -> Any:
    """Keep a policy as it was written."""
    refuse_unsupported(others)
    found = bucket_for(call, bucket, "s3:PutBucketPolicy", expected_owner=expected_bucket_owner)
    if len(policy.encode()) > LARGEST_POLICY:
        raise WireError("PolicyTooLarge", f"A bucket policy can have at most {LARGEST_POLICY} bytes.")
    try:
        statements = read_policy(policy, of_resource=True).statements
    except WireError as error:
        raise WireError("MalformedPolicy", error.message) from error
    for statement in statements:
        for resource in (*statement.resources, *statement.not_resources):
            if resource != found.arn and not resource.startswith(f"{found.arn}/"):
                raise WireError(
                    "MalformedPolicy", f"Policy has invalid resource: {resource[:200]!r}. It must be {found.arn} or begin so."
                )
    call.records.put(replace(found, policy=policy))


def get_bucket_policy(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """The policy as it was written."""
    found = bucket_for(call, bucket, "s3:GetBucketPolicy", expected_owner=expected_bucket_owner)
    return {"policy": found.policy or refuse_unset("NoSuchBucketPolicy", "bucket policy")}


def delete_bucket_policy(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Forget the policy."""
    found = bucket_for(call, bucket, "s3:DeleteBucketPolicy", expected_owner=expected_bucket_owner)
    call.records.put(replace(found, policy=""))


def get_bucket_policy_status(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Nothing is public here: who has not signed is not answered."""
    found = bucket_for(call, bucket, "s3:GetBucketPolicyStatus", expected_owner=expected_bucket_owner)
    if not found.policy:
        refuse_unset("NoSuchBucketPolicy", "bucket policy")
    return {"policy_status": {"is_public": False}}


def put_bucket_tagging(call: Call, *, bucket, tagging, expected_bucket_owner=None, **others) -> Any:
    """Other tags in place of all that the bucket has."""
    refuse_unsupported(others)
    found = bucket_for(call, bucket, "s3:PutBucketTagging", expected_owner=expected_bucket_owner)
    forget_tags(call, found.arn)
    tag(call, found.arn, checked_tags(tagging["tag_set"], most=50))


def get_bucket_tagging(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """The bucket's tags; to have none is an error."""
    found = bucket_for(call, bucket, "s3:GetBucketTagging", expected_owner=expected_bucket_owner)
    return {"tag_set": shown_tags(tags_of(call, found.arn)) or refuse_unset("NoSuchTagSet", "TagSet")}


def delete_bucket_tagging(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Forget the bucket's tags."""
    found = bucket_for(call, bucket, "s3:PutBucketTagging", expected_owner=expected_bucket_owner)
    forget_tags(call, found.arn)


def put_public_access_block(
    call: Call, *, bucket, public_access_block_configuration, expected_bucket_owner=None, **others
) -> Any:
    """Keep what the owner wants to be sure of."""
    refuse_unsupported(others)
    found = bucket_for(call, bucket, "s3:PutBucketPublicAccessBlock", expected_owner=expected_bucket_owner)
    call.records.put(replace(found, public_access_block=dict(public_access_block_configuration)))


def get_public_access_block(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """What the owner wants to be sure of."""
    found = bucket_for(call, bucket, "s3:GetBucketPublicAccessBlock", expected_owner=expected_bucket_owner)
    unset = "NoSuchPublicAccessBlockConfiguration"
    return {"public_access_block_configuration": found.public_access_block or refuse_unset(unset, "public access block")}


def delete_public_access_block(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Forget it."""
    found = bucket_for(call, bucket, "s3:PutBucketPublicAccessBlock", expected_owner=expected_bucket_owner)
    call.records.put(replace(found, public_access_block={}))


def get_bucket_acl(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """ACLs are off: the owner has everything, and nobody else is named."""
    found = bucket_for(call, bucket, "s3:GetBucketAcl", expected_owner=expected_bucket_owner)
    return owners_acl(found.account_id)


def owners_acl(account_id: str) -> Mapping[str, Any]:
    """The one grant that is always there."""
    grantee = {**owner(account_id), "type": "CanonicalUser"}
    return {"owner": owner(account_id), "grants": [{"grantee": grantee, "permission": "FULL_CONTROL"}]}


def get_bucket_ownership_controls(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """S3's default: the bucket's owner owns all that is in it."""
    bucket_for(call, bucket, "s3:GetBucketOwnershipControls", expected_owner=expected_bucket_owner)
    return {"ownership_controls": {"rules": [{"object_ownership": "BucketOwnerEnforced"}]}}


def get_bucket_request_payment(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """S3's default."""
    bucket_for(call, bucket, "s3:GetBucketRequestPayment", expected_owner=expected_bucket_owner)
    return {"payer": "BucketOwner"}


def get_bucket_versioning(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """S3: "If you have never enabled (or suspended) versioning on a bucket, the response is" empty."""
    bucket_for(call, bucket, "s3:GetBucketVersioning", expected_owner=expected_bucket_owner)
    return {}


def get_bucket_logging(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Off, and empty says so."""
    bucket_for(call, bucket, "s3:GetBucketLogging", expected_owner=expected_bucket_owner)
    return {}


def get_bucket_notification_configuration(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """None, and empty says so."""
    bucket_for(call, bucket, "s3:GetBucketNotification", expected_owner=expected_bucket_owner)
    return {}


def get_bucket_accelerate_configuration(call: Call, *, bucket, expected_bucket_owner=None, **others) -> Any:
    """Never set, and empty says so."""
    refuse_unsupported(others)
    bucket_for(call, bucket, "s3:GetAccelerateConfiguration", expected_owner=expected_bucket_owner)
    return {}


def get_bucket_encryption(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Encryption at rest is the disk's, and not ours to promise."""
    bucket_for(call, bucket, "s3:GetEncryptionConfiguration", expected_owner=expected_bucket_owner)
    refuse_unset("ServerSideEncryptionConfigurationNotFoundError", "server side encryption configuration")


def get_bucket_cors(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Never set."""
    bucket_for(call, bucket, "s3:GetBucketCORS", expected_owner=expected_bucket_owner)
    refuse_unset("NoSuchCORSConfiguration", "CORS configuration")


def get_bucket_lifecycle_configuration(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Never set."""
    bucket_for(call, bucket, "s3:GetLifecycleConfiguration", expected_owner=expected_bucket_owner)
    refuse_unset("NoSuchLifecycleConfiguration", "lifecycle configuration")


def get_bucket_website(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Never set."""
    bucket_for(call, bucket, "s3:GetBucketWebsite", expected_owner=expected_bucket_owner)
    refuse_unset("NoSuchWebsiteConfiguration", "website configuration")


def get_bucket_replication(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Never set."""
    bucket_for(call, bucket, "s3:GetReplicationConfiguration", expected_owner=expected_bucket_owner)
    refuse_unset("ReplicationConfigurationNotFoundError", "replication configuration")


def get_object_lock_configuration(call: Call, *, bucket, expected_bucket_owner=None) -> Any:
    """Never set."""
    bucket_for(call, bucket, "s3:GetBucketObjectLockConfiguration", expected_owner=expected_bucket_owner)
    refuse_unset("ObjectLockConfigurationNotFoundError", "Object Lock configuration")


def refuse_unset(code: str, what: str) -> Any:
    """S3 answers a question for what was never set with an error of its own."""
    raise WireError(code, f"The {what} does not exist.", status=404)


OPERATIONS: Operations = {
    "PutBucketPolicy": put_bucket_policy,
    "GetBucketPolicy": get_bucket_policy,
    "DeleteBucketPolicy": delete_bucket_policy,
    "GetBucketPolicyStatus": get_bucket_policy_status,
    "PutBucketTagging": put_bucket_tagging,
    "GetBucketTagging": get_bucket_tagging,
    "DeleteBucketTagging": delete_bucket_tagging,
    "PutPublicAccessBlock": put_public_access_block,
    "GetPublicAccessBlock": get_public_access_block,
    "DeletePublicAccessBlock": delete_public_access_block,
    "GetBucketAcl": get_bucket_acl,
    "GetBucketOwnershipControls": get_bucket_ownership_controls,
    "GetBucketRequestPayment": get_bucket_request_payment,
    "GetBucketVersioning": get_bucket_versioning,
    "GetBucketLogging": get_bucket_logging,
    "GetBucketNotificationConfiguration": get_bucket_notification_configuration,
    "GetBucketAccelerateConfiguration": get_bucket_accelerate_configuration,
    "GetBucketEncryption": get_bucket_encryption,
    "GetBucketCors": get_bucket_cors,
    "GetBucketLifecycleConfiguration": get_bucket_lifecycle_configuration,
    "GetBucketWebsite": get_bucket_website,
    "GetBucketReplication": get_bucket_replication,
    "GetObjectLockConfiguration": get_object_lock_configuration,
}
