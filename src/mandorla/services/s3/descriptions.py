"""What a caller says of an object and is given back with it: content type and its like, metadata and tags."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mandorla.services.s3.tag_sets import tags_of_header
from mandorla.store.objects.stored_object import Description
from mandorla.wire.errors import WireError

TEXTS = (
    "cache_control",
    "content_disposition",
    "content_encoding",
    "content_language",
    "content_type",
    "website_redirect_location",
)
TIMES = ("expires",)
DEFAULT_TYPE = "binary/octet-stream"  # S3's, for objects that were put without one
LARGEST_METADATA = 2048  # S3 user guide: "user-defined metadata is limited to 2 KB in size", the sum of keys' and values' bytes


def taken_description(others: dict[str, Any], *, metadata: Mapping[str, str] | None, tagging: str | None) -> Description:
    """The description, taken out of the members that are left of a request."""
    said = dict(metadata or {})
    if sum(len(key.encode()) + len(value.encode()) for key, value in said.items()) > LARGEST_METADATA:
        raise WireError("MetadataTooLarge", f"Your metadata headers exceed the allowed {LARGEST_METADATA} bytes.")
    headers = {name: others.pop(name) for name in TEXTS if others.get(name) is not None}
    headers |= {name: others.pop(name).isoformat() for name in TIMES if others.get(name) is not None}
    return Description(headers=headers, metadata=said, tags=tags_of_header(tagging))


def shown_headers(description: Description) -> dict[str, Any]:
    """What is given back with the object."""
    headers: dict[str, Any] = {"content_type": DEFAULT_TYPE, **description.headers}
    headers |= {name: datetime.fromisoformat(headers[name]) for name in TIMES if name in headers}
    return {**headers, "metadata": description.metadata, "tag_count": len(description.tags) or None}
