"""Athena: look at a table before using it. Read `query_executions.py` first, then `querying.py`, which a worker does."""

from collections.abc import Mapping

from mandorla.jobs.stages import Stages
from mandorla.services.athena import catalogue_metadata, query_executions, query_results, querying, work_groups
from mandorla.services.call import Operations

OPERATIONS: Operations = {
    **query_executions.OPERATIONS,
    **query_results.OPERATIONS,
    **work_groups.OPERATIONS,
    **catalogue_metadata.OPERATIONS,
}
JOBS: Mapping[str, Stages] = querying.JOBS
