"""Amazon Marketing Cloud: instances, the collaborations behind them, mapping tables, workflows and their executions, audiences.

Read `instances.py` first, then `id_mapping_tables.py`, then `workflow_executions.py`. `login.py` says who calls.
"""

from collections.abc import Mapping

from mandorla.jobs.stages import Ending, Stages
from mandorla.services.amc import (
    accounts,
    advertiser_data,
    advertisers,
    audience_stages,
    audiences,
    collaboration,
    data_sources,
    execution_stages,
    id_mapping_jobs,
    id_mapping_tables,
    instances,
    schedules,
    watching,
    workflow_executions,
    workflows,
)
from mandorla.services.call import Operations

OPERATIONS: Operations = {
    **accounts.OPERATIONS,
    **instances.OPERATIONS,
    **advertisers.OPERATIONS,
    **collaboration.OPERATIONS,
    **id_mapping_tables.OPERATIONS,
    **id_mapping_jobs.OPERATIONS,
    **workflows.OPERATIONS,
    **workflow_executions.OPERATIONS,
    **schedules.OPERATIONS,
    **data_sources.OPERATIONS,
    **advertiser_data.OPERATIONS,
    **audiences.OPERATIONS,
}
JOBS: Mapping[str, Stages] = {**execution_stages.JOBS, **audience_stages.JOBS}
ENDINGS: Mapping[str, Ending] = {**execution_stages.ENDINGS, **audience_stages.ENDINGS}
CHORES = watching.CHORES
