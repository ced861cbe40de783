"""CloudWatch Logs, to be read only: what services wrote down for the caller's account. Nobody else writes here."""

from mandorla.services.call import Operations
from mandorla.services.logs import log_events, log_groups

OPERATIONS: Operations = {**log_groups.OPERATIONS, **log_events.OPERATIONS}
