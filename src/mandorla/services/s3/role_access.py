"""Whether a service that works as a role may do something with a bucket: by the role's policies, and by the bucket's."""

from datetime import datetime

from mandorla.domain.account import Caller
from mandorla.domain.bucket import Bucket
from mandorla.domain.errors import AccessDeniedError
from mandorla.services.s3.bucket_access import is_allowed
from mandorla.store.records import Records


def require_may_in_bucket(records: Records, who: Caller, bucket: Bucket, *, action: str, key: str = "", now: datetime) -> None:
    """Nothing, if a caller, or a session of a role, may do that; else AccessDeniedError names action, resource and who.

    Who may work as a role is to be asked before.
    """
    if not is_allowed(records, who, bucket, action=action, key=key, now=now):
        resource = f"{bucket.arn}/{key}" if key else bucket.arn
        raise AccessDeniedError(
            f"{who.role_arn or who.arn} is not authorized to perform: {action} on resource: {resource[:1200]} "
            "because no identity-based policy or bucket policy allows it, or one denies it."
        )
