"""Tags of databases, tables and crawlers."""

from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.crawler import Crawler
from mandorla.domain.errors import NotFoundError
from mandorla.domain.glue_table import GlueDatabase, GlueTable
from mandorla.services import tagging
from mandorla.services.call import Call, Operations

KINDS = {"database": GlueDatabase, "table": GlueTable, "crawler": Crawler}


def require_own_resource(call: Call, arn_text: str) -> None:
    """The caller has that resource; NotFoundError in the same words for what is not there or another's."""
    arn = parse_arn(arn_text)
    kind = KINDS.get(arn.resource_type)
    is_own = arn.service == "glue" and arn.account_id == call.account_id
    if kind is None or not is_own or call.records.find(kind, call.account_id, arn.resource_name) is None:
        raise NotFoundError(f"Entity not found: {arn_text}.")


def get_tags(call: Call, *, resource_arn) -> Any:
    """All tags."""
    require_own_resource(call, resource_arn)
    return {"tags": tagging.tags_of(call, resource_arn)}


def tag_resource(call: Call, *, resource_arn, tags_to_add) -> Any:
    """Add tags."""
    require_own_resource(call, resource_arn)
    tagging.tag(call, resource_arn, tags_to_add)
    return {}


def untag_resource(call: Call, *, resource_arn, tags_to_remove) -> Any:
    """Remove tags."""
    require_own_resource(call, resource_arn)
    tagging.untag(call, resource_arn, tags_to_remove)
    return {}


OPERATIONS: Operations = {"GetTags": get_tags, "TagResource": tag_resource, "UntagResource": untag_resource}
