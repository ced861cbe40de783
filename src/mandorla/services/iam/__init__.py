"""Accounts, roles, policies and temporary credentials: IAM and STS.

`policy_documents.py` reads policies, `evaluation.py` decides by them, `authorization.py` is what other services ask.
"""

from mandorla.services.call import Operations
from mandorla.services.iam import identities, managed_policies, roles

IAM_OPERATIONS: Operations = {**roles.OPERATIONS, **managed_policies.OPERATIONS}
STS_OPERATIONS: Operations = {**identities.OPERATIONS}
