"""Names of tables: one collaboration, one name, whoever brought what."""

from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import ConfiguredTableAssociation
from mandorla.services.cleanrooms.refusals import ResourceConflictError
from mandorla.services.cleanrooms.standing import brought_to
from mandorla.store.records import Records


def require_free_name(records: Records, collaboration_id: str, name: str) -> None:
    """ResourceConflictError if a table of that name can be queried already; upper and lower case are the same."""
    brought: list[ConfiguredTableAssociation | IdMappingTable] = []
    brought += brought_to(records, ConfiguredTableAssociation, collaboration_id)
    brought += brought_to(records, IdMappingTable, collaboration_id)
    for one in brought:
        if one.name.lower() == name.lower():
            message = f"There is already a table named {name!r} in this collaboration. Choose another name."
            raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=one.id)
