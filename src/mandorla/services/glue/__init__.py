"""Glue: the catalogue of databases, tables and partitions, and the crawlers that fill it.

Read `tables.py` first; other services ask `catalogue.py`.
"""

from collections.abc import Mapping

from mandorla.jobs.stages import Stages
from mandorla.services.call import Operations
from mandorla.services.glue import crawlers, crawling, databases, partitions, tables, tags

OPERATIONS: Operations = {
    **databases.OPERATIONS,
    **tables.OPERATIONS,
    **partitions.OPERATIONS,
    **crawlers.OPERATIONS,
    **tags.OPERATIONS,
}
JOBS: Mapping[str, Stages] = crawling.JOBS
