"""Glue: the catalogue of databases, tables and partitions. Read `tables.py` first; other services ask `catalogue.py`."""

from mandorla.services.call import Operations
from mandorla.services.glue import databases, partitions, tables

OPERATIONS: Operations = {**databases.OPERATIONS, **tables.OPERATIONS, **partitions.OPERATIONS}
