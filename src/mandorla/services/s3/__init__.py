"""S3: buckets, objects and multipart uploads. Read `access.py` first, then `buckets.py` and `objects.py`.

Bodies never come to a handler: what it gets are settled bytes, which it names in its transaction, or bytes to be read later.
"""

from mandorla.services.call import Operations
from mandorla.services.s3 import (
    bucket_settings,
    buckets,
    copying,
    listing,
    multipart_uploads,
    object_tags,
    objects,
    upload_parts,
)

OPERATIONS: Operations = {
    **buckets.OPERATIONS,
    **bucket_settings.OPERATIONS,
    **objects.OPERATIONS,
    **object_tags.OPERATIONS,
    **copying.OPERATIONS,
    **listing.OPERATIONS,
    **multipart_uploads.OPERATIONS,
    **upload_parts.OPERATIONS,
}
BEFORE_BODY: Operations = {**objects.BEFORE_BODY, **upload_parts.BEFORE_BODY}
