"""Tags: a resource's owner's own words for it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """All tags of one resource, by its ARN."""

    account_id: str
    resource_arn: str
    tags: Mapping[str, str]
    parent: str = ""

    @property
    def key(self) -> str:
        """The resource's ARN."""
        return self.resource_arn
