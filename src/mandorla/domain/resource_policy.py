"""A policy on a resource of Entity Resolution: what its owner lets other accounts do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePolicy:
    """The statements, as JSON, and the token of this revision."""

    account_id: str
    resource_arn: str
    token: str
    statements: tuple[Mapping[str, Any], ...]  # Any: statements are JSON, read by the policy evaluator
    parent: str = ""

    @property
    def key(self) -> str:
        """The resource's ARN."""
        return self.resource_arn
