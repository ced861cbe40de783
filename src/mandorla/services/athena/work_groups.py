"""Work groups: there is one, `primary`, as every account of Athena's has it."""

from dataclasses import replace
from typing import Any

from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.domain.query_execution import WorkGroup
from mandorla.services.call import Call, Operations
from mandorla.services.s3.source_objects import split_location

PRIMARY = "primary"
ENGINE_VERSION = {"selected_engine_version": "AUTO", "effective_engine_version": "Athena engine version 3"}
SERVED_UPDATES = frozenset({"result_configuration_updates"})
SERVED_RESULTS = frozenset({"output_location", "remove_output_location"})


def work_group_of(call: Call, name: str | None) -> WorkGroup:
    """The caller's work group of that name."""
    if (name or PRIMARY) != PRIMARY:
        raise NotFoundError(f"WorkGroup {name} is not found. Only {PRIMARY} is served here.")
    found = call.records.find(WorkGroup, call.account_id, PRIMARY)
    return found or WorkGroup(account_id=call.account_id, name=PRIMARY)


def get_work_group(call: Call, *, work_group) -> Any:
    """The work group and where its results go."""
    found = work_group_of(call, work_group)
    location = {"output_location": found.output_location} if found.output_location else {}
    configuration = {
        "result_configuration": location,
        "enforce_work_group_configuration": False,
        "publish_cloud_watch_metrics_enabled": False,
        "requester_pays_enabled": False,
        "engine_version": ENGINE_VERSION,
    }
    return {"work_group": {**summary(found), "configuration": configuration}}


def list_work_groups(call: Call, *, next_token=None, max_results=None) -> Any:
    """The one work group."""
    return {"work_groups": [{**summary(work_group_of(call, PRIMARY)), "engine_version": ENGINE_VERSION}]}


def update_work_group(call: Call, *, work_group, description=None, configuration_updates=None, state=None) -> Any:
    """Say where results go if a query does not say."""
    found, updates = work_group_of(call, work_group), configuration_updates or {}
    results = updates.get("result_configuration_updates") or {}
    if set(updates) - SERVED_UPDATES or set(results) - SERVED_RESULTS or state == "DISABLED":
        raise MandorlaError("Of a work group only its Description and its OutputLocation can be changed here.")
    location = results.get("output_location") or ("" if results.get("remove_output_location") else found.output_location)
    if location:
        split_location(location)
    described = found.description if description is None else description
    call.records.put(replace(found, output_location=location, description=described))
    return {}


def summary(found: WorkGroup) -> dict[str, Any]:
    """A work group in a line."""
    return {"name": found.name, "state": "ENABLED", "description": found.description}


OPERATIONS: Operations = {
    "GetWorkGroup": get_work_group,
    "ListWorkGroups": list_work_groups,
    "UpdateWorkGroup": update_work_group,
}
