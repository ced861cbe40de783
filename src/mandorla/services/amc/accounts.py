"""AMC accounts: which the client may work for."""

from typing import Any

from mandorla.domain.amc import AmcAccount
from mandorla.services.call import Call, Operations


def list_amc_accounts(call: Call, *, next_token=None) -> Any:
    """The AMC accounts of the client's party."""
    owned = call.records.owned_by(AmcAccount, call.account_id)
    listed = [
        {"account_id": one.amc_account_id, "account_name": one.account_name, "marketplace_id": one.marketplace_id}
        for one in owned
    ]
    return {"amc_accounts": listed, "next_token": None}


OPERATIONS: Operations = {"ListAmcAccounts": list_amc_accounts}
