"""Tags of any service's resources: kept under the resource's ARN, gone with the resource."""

from collections.abc import Iterable, Mapping

from mandorla.domain.errors import LimitError
from mandorla.domain.tags import Tags
from mandorla.services.call import Call

MOST_TAGS = 200  # the service models: TagMap has at most 200 entries


def tags_of(call: Call, arn: str) -> Mapping[str, str]:
    """The tags of one of the caller's resources."""
    found = call.records.find(Tags, call.account_id, arn)
    return found.tags if found is not None else {}


def tag(call: Call, arn: str, tags: Mapping[str, str] | None) -> None:
    """Add tags; a tag of the same key is replaced. LimitError beyond what a resource may have."""
    if not tags:
        return
    merged = {**tags_of(call, arn), **tags}
    if len(merged) > MOST_TAGS:
        raise LimitError(f"A resource can have at most {MOST_TAGS} tags; this one would have {len(merged)}.")
    call.records.put(Tags(account_id=call.account_id, resource_arn=arn, tags=merged))


def untag(call: Call, arn: str, tag_keys: Iterable[str]) -> None:
    """Remove tags; those that are not there stay away."""
    removed = frozenset(tag_keys)
    kept = {key: value for key, value in tags_of(call, arn).items() if key not in removed}
    call.records.put(Tags(account_id=call.account_id, resource_arn=arn, tags=kept))


def forget_tags(call: Call, arn: str) -> None:
    """A resource is gone, and its tags with it."""
    call.records.remove(Tags(account_id=call.account_id, resource_arn=arn, tags={}))
