"""Clean Rooms: parties come together, bring namespaces and tables, and ask protected questions.

Read `collaborations.py` and `memberships.py` first, then `id_namespace_associations.py` and `id_mapping_tables.py`.
"""

from collections.abc import Mapping

from mandorla.jobs.stages import Ending, Stages
from mandorla.services.call import Operations
from mandorla.services.cleanrooms import (
    analysis_templates,
    change_requests,
    collaborations,
    configured_tables,
    id_mapping_tables,
    id_namespace_associations,
    memberships,
    privacy_budget_templates,
    privacy_budgets,
    protected_queries,
    protected_query_stages,
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
    **privacy_budget_templates.OPERATIONS,
    **privacy_budgets.OPERATIONS,
    **protected_queries.OPERATIONS,
    **tags.OPERATIONS,
}
JOBS: Mapping[str, Stages] = {**protected_query_stages.JOBS}
ENDINGS: Mapping[str, Ending] = protected_query_stages.ENDINGS
