"""Tags of Entity Resolution's resources."""

from typing import Any

from mandorla.services import tagging
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.policies import require_own_resource


def tag_resource(call: Call, *, resource_arn, tags) -> Any:
    """Add tags."""
    require_own_resource(call, resource_arn)
    tagging.tag(call, resource_arn, tags)
    return {}


def untag_resource(call: Call, *, resource_arn, tag_keys) -> Any:
    """Remove tags."""
    require_own_resource(call, resource_arn)
    tagging.untag(call, resource_arn, tag_keys)
    return {}


def list_tags_for_resource(call: Call, *, resource_arn) -> Any:
    """All tags."""
    require_own_resource(call, resource_arn)
    return {"tags": tagging.tags_of(call, resource_arn)}


OPERATIONS: Operations = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
