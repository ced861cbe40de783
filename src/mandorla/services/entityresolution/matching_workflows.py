"""Matching workflows: whose records to match with each other, and by which rules."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.errors import ConflictError, LimitError, MandorlaError
from mandorla.domain.id_namespace import InputSource
from mandorla.domain.workflows import MatchingWorkflow
from mandorla.match.group_files import OutputField
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.id_namespaces import require_role
from mandorla.services.entityresolution.people import PeopleTable, people_of
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag, tags_of
from mandorla.store.records import Records

MATCHING = "matching"

# Any: members of the service model.


def create_matching_workflow(
    call: Call,
    *,
    workflow_name,
    input_source_config,
    output_source_config,
    resolution_techniques,
    role_arn,
    description="",
    incremental_run_config=None,
    tags=None,
) -> Any:
    """A workflow, once its tables exist, its role can be worked as and its rules can be run here."""
    if call.records.count(MatchingWorkflow, call.account_id) >= call.limits.matching_workflows:
        raise LimitError(f"An account can have {call.limits.matching_workflows} matching workflows. Delete one first.")
    workflow = MatchingWorkflow(
        account_id=call.account_id,
        workflow_name=workflow_name,
        workflow_arn=call.arn("entityresolution", f"matchingworkflow/{workflow_name}"),
        description=description,
        input_source_config=tuple(input_source_config),
        output_source_config=tuple(output_source_config),
        resolution_techniques=resolution_techniques,
        incremental_run_config=incremental_run_config,
        role_arn=role_arn,
        created_at=call.now,
        updated_at=call.now,
    )
    require_sound(call, workflow)
    call.records.add(workflow)
    tag(call, workflow.workflow_arn, tags)
    return shown(workflow)


def require_sound(call: Call, workflow: MatchingWorkflow) -> None:
    """A MandorlaError for what could never run."""
    techniques = workflow.resolution_techniques
    if techniques["resolution_type"] != "RULE_MATCHING":
        raise MandorlaError(
            f"resolutionType {techniques['resolution_type']} is not served here: neither machine learning nor providers. "
            "Use RULE_MATCHING with ruleBasedProperties."
        )
    if not techniques.get("rule_based_properties"):
        raise MandorlaError("resolutionTechniques needs ruleBasedProperties; rule conditions are not served here.")
    require_role(call, workflow.role_arn)
    tables = tables_of(call.records, workflow)
    known = {column.name for people in tables for column in people.table.columns}
    lacking = sorted({field.name for field in fields_of(workflow) if field.name not in known})
    if lacking:
        raise MandorlaError(f"outputSourceConfig names {', '.join(lacking)}, which none of the input tables has.")
    keys = {field.match_key for people in tables for field in people.schema.mapped_input_fields}
    for rule in techniques["rule_based_properties"]["rules"]:
        absent = sorted(set(rule["matching_keys"]) - keys)
        if absent:
            raise MandorlaError(
                f"The rule {rule['rule_name']!r} names the match key {absent[0]!r}, which no schema mapping of the input has."
            )


def tables_of(records: Records, workflow: MatchingWorkflow) -> list[PeopleTable]:
    """The tables that a workflow reads."""
    sources = [InputSource(one["input_source_arn"], one["schema_name"]) for one in workflow.input_source_config]
    for source in sources:
        if parse_arn(source.input_source_arn).service != "glue":
            raise MandorlaError(f"{source.input_source_arn} is no Glue table, which a matching workflow reads.")
    return [*people_of(records, sources, account_id=workflow.account_id, role_arn=workflow.role_arn)]


def fields_of(workflow: MatchingWorkflow) -> Iterator[OutputField]:
    """The columns that a workflow writes."""
    for output in workflow.output_source_config:
        yield from (OutputField(one["name"], bool(one.get("hashed"))) for one in output["output"])


def get_matching_workflow(call: Call, *, workflow_name) -> Any:
    """A workflow with its times and tags."""
    workflow = call.records.get(MatchingWorkflow, call.account_id, workflow_name)
    times = {"created_at": workflow.created_at, "updated_at": workflow.updated_at}
    return {**shown(workflow), **times, "tags": tags_of(call, workflow.workflow_arn)}


def list_matching_workflows(call: Call, *, next_token=None, max_results=None) -> Any:
    """The account's workflows by name."""
    read = partial(owned, call)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=25)
    return {"workflow_summaries": [summary(one) for one in page], "next_token": token}


def summary(workflow: MatchingWorkflow) -> Mapping[str, Any]:
    """A workflow in a list."""
    names = ("workflow_name", "workflow_arn", "created_at", "updated_at")
    kind = workflow.resolution_techniques["resolution_type"]
    return {**{name: getattr(workflow, name) for name in names}, "resolution_type": kind}


def owned(call: Call, after: str, limit: int) -> list[MatchingWorkflow]:
    """A page of the account's workflows."""
    return call.records.owned_by(MatchingWorkflow, call.account_id, after=after, limit=limit)


def update_matching_workflow(
    call: Call,
    *,
    workflow_name,
    input_source_config,
    output_source_config,
    resolution_techniques,
    role_arn,
    description="",
    incremental_run_config=None,
) -> Any:
    """Describe a workflow anew."""
    changed = replace(
        call.records.get(MatchingWorkflow, call.account_id, workflow_name),
        description=description,
        input_source_config=tuple(input_source_config),
        output_source_config=tuple(output_source_config),
        resolution_techniques=resolution_techniques,
        incremental_run_config=incremental_run_config,
        role_arn=role_arn,
        updated_at=call.now,
    )
    require_sound(call, changed)
    call.records.put(changed)
    return shown(changed)


def delete_matching_workflow(call: Call, *, workflow_name) -> Any:
    """Forget a workflow that is not running. One that is not there is gone already: the first version of the API text says
    that the operation succeeds then, and the SDK's own example relies on it."""
    workflow = call.records.find(MatchingWorkflow, call.account_id, workflow_name)
    if workflow is not None:
        if call.jobs.active_of_subject(workflow.workflow_arn):
            raise ConflictError("The workflow is currently running. Wait for its job to end.")
        call.records.remove(workflow)
        forget_tags(call, workflow.workflow_arn)
    return {"message": f"Matching workflow {workflow_name} is deleted."}


def shown(workflow: MatchingWorkflow) -> dict[str, Any]:
    """What Create, Get and Update all answer with."""
    names = (
        "workflow_name", "workflow_arn", "description", "input_source_config", "output_source_config",
        "resolution_techniques", "incremental_run_config", "role_arn",
    )  # fmt: skip
    return {name: getattr(workflow, name) for name in names}


OPERATIONS: Operations = {
    "CreateMatchingWorkflow": create_matching_workflow,
    "GetMatchingWorkflow": get_matching_workflow,
    "ListMatchingWorkflows": list_matching_workflows,
    "UpdateMatchingWorkflow": update_matching_workflow,
    "DeleteMatchingWorkflow": delete_matching_workflow,
}
