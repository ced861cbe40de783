"""What members bring to a collaboration to join people by: ID namespaces, and tables that map one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mandorla.domain.id_namespace import NamespaceType


@dataclass(frozen=True, slots=True, kw_only=True)
class IdNamespaceAssociation:
    """A namespace that its owner brought. `input_reference_config` and `id_mapping_config` are as they were given."""

    account_id: str
    id: str
    arn: str
    membership_id: str
    collaboration_id: str
    name: str
    description: str | None
    id_namespace_arn: str
    id_namespace_type: NamespaceType
    input_reference_config: Mapping[str, Any]  # Any: members of the service model
    id_mapping_workflows_supported: tuple[Mapping[str, Any], ...]
    id_mapping_config: Mapping[str, bool] | None
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that brought it."""
        return self.membership_id


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMappingTable:
    """A table of source and target ids: what an ID mapping workflow between two associations last found."""

    account_id: str
    id: str
    arn: str
    membership_id: str
    collaboration_id: str
    name: str
    description: str | None
    workflow_arn: str
    input_reference_config: Mapping[str, Any]  # Any: members of the service model
    source_association_id: str
    target_association_id: str
    kms_key_arn: str | None
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that made it."""
        return self.membership_id
