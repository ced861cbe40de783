"""Entity Resolution: schema mappings, ID namespaces, and workflows that resolve people.

Read `schema_mappings.py` first, then `id_namespaces.py`, then `id_mapping_jobs.py` and its stages.
"""

from collections.abc import Mapping

from mandorla.jobs.stages import Stages
from mandorla.services.call import Operations
from mandorla.services.entityresolution import (
    id_mapping_jobs,
    id_mapping_stages,
    id_mapping_workflows,
    id_namespaces,
    mapping_store,
    matching_jobs,
    matching_stages,
    matching_workflows,
    policies,
    providers,
    real_time,
    schema_mappings,
    tags,
)

OPERATIONS: Operations = {
    **schema_mappings.OPERATIONS,
    **id_namespaces.OPERATIONS,
    **id_mapping_workflows.OPERATIONS,
    **id_mapping_jobs.OPERATIONS,
    **matching_workflows.OPERATIONS,
    **matching_jobs.OPERATIONS,
    **providers.OPERATIONS,
    **real_time.OPERATIONS,
    **policies.OPERATIONS,
    **tags.OPERATIONS,
}
CHORES = mapping_store.CHORES
JOBS: Mapping[str, Stages] = {**id_mapping_stages.JOBS, **matching_stages.JOBS}
