"""Whether somebody may do something with a bucket or an object: by his own policies, and by the bucket's.

AWS, "Policy evaluation logic": within an account one of the two must allow it; across accounts both must; a denial in either
wins. For callers and for the roles that services work as, so that a job reads no more than its role may.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from mandorla.domain.account import Caller
from mandorla.domain.bucket import Bucket
from mandorla.domain.policy import AccessRequest, Decision, Policy
from mandorla.services.iam.authorization import context_of, find_role, policies_of
from mandorla.services.iam.evaluation import evaluate
from mandorla.services.iam.policy_documents import read_policy
from mandorla.store.records import Records

# S3 user guide: "the root user of the bucket owner can always perform … even if their bucket policy explicitly denies" these.
ALWAYS_THE_OWNERS = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
NO_DECISION = Decision(is_allowed=False)


def is_allowed(
    records: Records,
    caller: Caller,
    bucket: Bucket,
    *,
    action: str,
    key: str = "",
    now: datetime,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether the caller may do that with the bucket, or with the object of that key."""
    request = AccessRequest(
        action=action,
        resource=f"{bucket.arn}/{key}" if key else bucket.arn,
        principal_arn=caller.arn,
        account_id=caller.account_id,
        context=context_of(
            caller.role_arn or caller.arn,
            caller.account_id,
            now,
            {"s3:ResourceAccount": bucket.account_id, "aws:ResourceAccount": bucket.account_id, **(context or {})},
        ),
    )
    is_owner = caller.account_id == bucket.account_id
    if is_owner and not caller.role_arn and action in ALWAYS_THE_OWNERS:
        return True
    of_caller, of_session = decisions_of_caller(records, caller, request)
    of_bucket = decision_of_bucket(bucket, caller, request)
    if of_bucket.is_explicit_deny or of_caller.is_explicit_deny or not of_session:
        return False
    return (of_caller.is_allowed or of_bucket.is_allowed) if is_owner else (of_caller.is_allowed and of_bucket.is_allowed)


def decisions_of_caller(records: Records, caller: Caller, request: AccessRequest) -> tuple[Decision, bool]:
    """What the caller's own policies say, and whether those of his session let that pass. An account may do all."""
    if not caller.role_arn:
        return Decision(is_allowed=True), True
    role = find_role(records, caller.role_arn)
    if role is None:
        return NO_DECISION, False
    narrowing = [evaluate(request, [read_policy(text)]).is_allowed for text in caller.session_policies]
    return evaluate(request, policies_of(records, role)), all(narrowing)


def decision_of_bucket(bucket: Bucket, caller: Caller, request: AccessRequest) -> Decision:
    """What the bucket's policy says. It may name a session, or the role that it is a session of."""
    if not bucket.policy:
        return NO_DECISION
    policies: list[Policy] = [read_policy(bucket.policy, of_resource=True)]
    names = [caller.arn, *([caller.role_arn] if caller.role_arn else [])]
    decisions = [evaluate(replace(request, principal_arn=name), policies) for name in names]
    decided = sorted(decisions, key=lambda one: (not one.is_explicit_deny, not one.is_allowed))
    return decided[0]
