"""Who a caller is, and temporary credentials to be somebody with fewer rights (STS)."""

from typing import Any

from mandorla.services.call import Call, Operations


def get_caller_identity(call: Call) -> Any:
    """The account, and the ARN that policies see."""
    return {"user_id": call.account_id, "account": call.account_id, "arn": call.caller.arn}


OPERATIONS: Operations = {
    "GetCallerIdentity": get_caller_identity,
}
