"""Accounts, roles, policies and temporary credentials: IAM and STS. Read `identities.py` first."""

from mandorla.services.call import Operations
from mandorla.services.iam import identities

IAM_OPERATIONS: Operations = {}
STS_OPERATIONS: Operations = {**identities.OPERATIONS}
