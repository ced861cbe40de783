"""Clean Rooms: parties come together, bring namespaces and tables, and ask protected questions.

Read `collaborations.py` and `memberships.py` first, then `id_namespace_associations.py` and `id_mapping_tables.py`.
"""

from mandorla.services.call import Operations
from mandorla.services.cleanrooms import (
    analysis_templates,
    change_requests,
    collaborations,
    configured_tables,
    id_mapping_tables,
    id_namespace_associations,
    memberships,
    schemas,
    table_associations,
    tags,
)

OPERATIONS: Operations = {
    **collaborations.OPERATIONS,
    **memberships.OPERATIONS,
    **change_requests.OPERATIONS,
    **id_namespace_associations.OPERATIONS,
    **id_mapping_tables.OPERATIONS,
    **configured_tables.OPERATIONS,
    **table_associations.OPERATIONS,
    **analysis_templates.OPERATIONS,
    **schemas.OPERATIONS,
    **tags.OPERATIONS,
}
