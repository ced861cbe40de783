"""The advertisers of an instance, and the updates that brought and took them: kept and shown, as AMC does.

GUESS: in AMC somebody approves an update. Here nobody does, so each is COMPLETED at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.errors import LimitError, MandorlaError, NotFoundError
from mandorla.services.amc.instances import find_instance, page_size
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged


def create_advertiser_update(call: Call, *, instance_id, advertisers_to_add=(), advertisers_to_remove=()) -> Any:
    """Bring advertisers to an instance and take others away."""
    instance = find_instance(call, instance_id)
    if not advertisers_to_add and not advertisers_to_remove:
        raise MandorlaError("Name advertisers in advertisersToAdd or in advertisersToRemove.")
    present = {key_of(one): one for one in instance.advertisers}
    for one in advertisers_to_remove:
        if present.pop(key_of(one), None) is None:
            raise MandorlaError(f"advertisersToRemove names {one['id'][:60]!r}, which the instance does not have.")
    present |= {key_of(one): one for one in advertisers_to_add}
    if len(present) > call.limits.amc_advertisers:
        raise LimitError(f"An instance can have up to {call.limits.amc_advertisers} advertisers.")
    update = {
        "update_id": len(instance.advertiser_updates) + 1,
        "status": "COMPLETED",
        "advertisers_to_add": list(advertisers_to_add),
        "advertisers_to_remove": list(advertisers_to_remove),
    }
    updates = (*instance.advertiser_updates, update)
    call.records.put(replace(instance, advertisers=tuple(present.values()), advertiser_updates=updates))
    return {"advertiser_update": update}


def key_of(advertiser: Mapping[str, Any]) -> str:
    """What tells an advertiser from others; the pages of a list are in its order."""
    return f"{advertiser['id']} {advertiser['type']} {advertiser.get('marketplace_id') or ''}"


def get_instance_advertisers(call: Call, *, instance_id, type=None, next_token=None, limit=None) -> Any:
    """The advertisers, of one type if it is asked for. GUESS: the Ads side knows their names; here a name is the id."""
    listed = [one for one in find_instance(call, instance_id).advertisers if type in (None, one["type"])]
    read = partial(behind, sorted(((key_of(one), one) for one in listed), key=lambda pair: pair[0]))
    page, token = paged(read, token=next_token, max_results=page_size(limit), key_of=lambda pair: pair[0], largest=100)
    shown = [{"name": one["id"], **one} for _, one in page]
    return {"advertisers": shown, "next_token": token, "total_count": len(listed)}


def behind(pairs: Sequence[tuple[str, Any]], after: str, size: int) -> list[tuple[str, Any]]:
    """A page of what is in the order of its keys."""
    return [pair for pair in pairs if pair[0] > after][:size]


def list_advertiser_updates(call: Call, *, instance_id, next_token=None, limit=None) -> Any:
    """The updates, the oldest first."""
    updates = find_instance(call, instance_id).advertiser_updates
    read = partial(behind, [(f"{one['update_id']:09}", one) for one in updates])
    page, token = paged(read, token=next_token, max_results=page_size(limit), key_of=lambda pair: pair[0], largest=100)
    listed = [{"update_id": one["update_id"], "status": one["status"]} for _, one in page]
    return {"advertiser_updates": listed, "next_token": token}


def get_advertiser_update(call: Call, *, instance_id, update_id) -> Any:
    """One update."""
    for one in find_instance(call, instance_id).advertiser_updates:
        if str(one["update_id"]) == update_id:
            return {"advertiser_update": one}
    raise NotFoundError(f"The advertiser update {update_id[:60]!r} of the instance {instance_id} was not found.")


OPERATIONS: Operations = {
    "CreateAdvertiserUpdate": create_advertiser_update,
    "GetInstanceAdvertisers": get_instance_advertisers,
    "ListAdvertiserUpdates": list_advertiser_updates,
    "GetAdvertiserUpdate": get_advertiser_update,
}
