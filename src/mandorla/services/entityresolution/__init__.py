"""Entity Resolution: schema mappings, ID namespaces, and workflows that resolve people. Read `schema_mappings.py` first."""

from mandorla.services.call import Operations
from mandorla.services.entityresolution import schema_mappings

OPERATIONS: Operations = {**schema_mappings.OPERATIONS}
