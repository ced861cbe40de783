"""AMC accounts: which the client may work for."""

from typing import Any

from mandorla.domain.amc import AmcAccount
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.standing import page_of


def list_amc_accounts(call: Call, *, next_token=None) -> Any:
    """The AMC accounts of the client's party."""
    page, token = page_of(call.records.owned_by(AmcAccount, call.account_id), next_token=next_token, max_results=100)
    listed = [
        {"account_id": one.amc_account_id, "account_name": one.account_name, "marketplace_id": one.marketplace_id}
        for one in page
    ]
    return {"amc_accounts": listed, "next_token": token}


OPERATIONS: Operations = {"ListAmcAccounts": list_amc_accounts}
