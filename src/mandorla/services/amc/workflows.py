"""Workflows: queries with their parameters, kept under a name in an instance."""

from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.amc import AmcSchedule, AmcWorkflow
from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.services.amc.instances import find_instance, page_size
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged


def create_workflow(call: Call, *, instance_id, workflow_id, **members) -> Any:
    """Keep a workflow. Clients compare the refusal of a second one of the same id word by word."""
    instance = find_instance(call, instance_id)
    key = f"{instance.instance_id}/{workflow_id}"
    if call.records.find(AmcWorkflow, call.account_id, key) is not None:
        raise ConflictError(f"Workflow with ID {workflow_id} already exists.")
    workflow = AmcWorkflow(
        account_id=call.account_id,
        instance_id=instance.instance_id,
        workflow_id=workflow_id,
        definition=checked(members),
        created_at=call.now,
        updated_at=call.now,
    )
    call.records.add(workflow)
    return {}


def checked(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition that could be run; MandorlaError without a query, or with two parameters of one name."""
    if not (definition.get("sql_query") or "").strip():
        raise MandorlaError("sqlQuery is missing: a workflow is a query. Other forms of it are not served here.")
    names = [one.get("name") or "" for one in definition.get("input_parameters") or ()]
    if "" in names or len(set(names)) < len(names):
        raise MandorlaError("Every parameter in inputParameters needs a name of its own.")
    return {name: value for name, value in definition.items() if value is not None}


def find_workflow(call: Call, instance_id: str, workflow_id: str) -> AmcWorkflow:
    """A workflow of an instance."""
    workflow = call.records.find(AmcWorkflow, call.account_id, f"{instance_id}/{workflow_id}")
    if workflow is None:
        raise NotFoundError(f"Workflow with ID {workflow_id[:255]} was not found.")
    return workflow


def get_workflow(call: Call, *, instance_id, workflow_id) -> Any:
    """One workflow."""
    instance = find_instance(call, instance_id)
    return {"workflow": shown(find_workflow(call, instance.instance_id, workflow_id))}


def list_workflows(call: Call, *, instance_id, next_token=None, limit=None) -> Any:
    """The workflows of an instance. On the last page `nextToken` is left out: one of Amazon's clients reads on at null."""
    instance = find_instance(call, instance_id)
    read = partial(below, call, instance.instance_id)
    page, token = paged(read, token=next_token, max_results=page_size(limit), key_of=lambda one: one.key, largest=100)
    return {"workflows": [shown(one) for one in page], "next_token": token}


def below(call: Call, instance_id: str, after: str, limit: int) -> list[AmcWorkflow]:
    """A page of an instance's workflows."""
    return call.records.children(AmcWorkflow, instance_id, after=after, limit=limit)


def update_workflow(call: Call, *, instance_id, workflow_id, **members) -> Any:
    """Replace a workflow's members. Executions keep the one they were started with."""
    instance = find_instance(call, instance_id)
    workflow = find_workflow(call, instance.instance_id, workflow_id)
    call.records.put(replace(workflow, definition=checked(members), updated_at=call.now))
    return {}


def delete_workflow(call: Call, *, instance_id, workflow_id) -> Any:
    """Forget a workflow that no schedule runs."""
    instance = find_instance(call, instance_id)
    workflow = find_workflow(call, instance.instance_id, workflow_id)
    for schedule in call.records.children(AmcSchedule, instance.instance_id):
        if schedule.workflow_id == workflow_id:
            raise ConflictError(f"The schedule {schedule.schedule_id} runs the workflow. Delete the schedule first.")
    call.records.remove(workflow)
    return {}


def shown(workflow: AmcWorkflow) -> dict[str, Any]:
    """A workflow as AMC answers."""
    return {"workflow_id": workflow.workflow_id, **workflow.definition}


OPERATIONS: Operations = {
    "CreateWorkflow": create_workflow,
    "GetWorkflow": get_workflow,
    "ListWorkflows": list_workflows,
    "UpdateWorkflow": update_workflow,
    "DeleteWorkflow": delete_workflow,
}
