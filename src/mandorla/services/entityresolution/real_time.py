"""What Entity Resolution answers at once about single records: none of it is served, and each says what there is instead.

Match ids are made by jobs here, over whole tables; no index of them is kept that a single record could be looked up in.
"""

from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.domain.workflows import MatchingWorkflow
from mandorla.services.call import Call, Operations


def get_match_id(call: Call, *, workflow_name, record, apply_normalization=None) -> Any:
    """Not served: the match id of a record stands in the output of the workflow's job."""
    refuse(call, workflow_name, "GetMatchId", "Call StartMatchingJob to run the workflow, and read MatchID in its output.")


def generate_match_id(call: Call, *, workflow_name, records, processing_type=None) -> Any:
    """Not served: match ids are made by jobs."""
    refuse(call, workflow_name, "GenerateMatchId", "Add the records to a table, and run the workflow.")


def batch_delete_unique_id(call: Call, *, workflow_name, unique_ids, input_source=None) -> Any:
    """Not served: a record is deleted where it lies, or marked as deleted in the table's DELETE column."""
    refuse(call, workflow_name, "BatchDeleteUniqueId", "Mark the records in a DELETE column, and run the workflow.")


def refuse(call: Call, workflow_name: str, operation: str, instead: str) -> None:
    """NotFoundError without the workflow; else the sentence."""
    call.records.get(MatchingWorkflow, call.account_id, workflow_name)
    raise MandorlaError(f"{operation} is not served here. {instead}")


OPERATIONS: Operations = {
    "GetMatchId": get_match_id,
    "GenerateMatchId": generate_match_id,
    "BatchDeleteUniqueId": batch_delete_unique_id,
}
