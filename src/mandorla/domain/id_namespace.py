"""ID namespaces: a named population, where its people are, and how they may be mapped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

NamespaceType = Literal["SOURCE", "TARGET"]


@dataclass(frozen=True, slots=True)
class InputSource:
    """What holds people: a Glue table with the schema mapping that reads it, a matching workflow, or an ID namespace."""

    input_source_arn: str
    schema_name: str | None = None
    type: NamespaceType | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdNamespace:
    """A SOURCE or a TARGET. Its type never changes. `id_mapping_workflow_properties` is kept as it was given."""

    account_id: str
    id_namespace_name: str
    id_namespace_arn: str
    type: NamespaceType
    description: str
    input_source_config: tuple[InputSource, ...]
    id_mapping_workflow_properties: tuple[Mapping[str, Any], ...]  # Any: members of the service model, read by `mapping_terms`
    role_arn: str | None
    created_at: datetime
    updated_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.id_namespace_name
