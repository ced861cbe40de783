"""ID mapping workflows: from whom to whom, and by which terms."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.errors import ConflictError, LimitError, MandorlaError, NotFoundError
from mandorla.domain.id_namespace import InputSource
from mandorla.domain.mapping_terms import AgreedTerms, Terms, agreed_terms, rules_of, terms_of_namespace, terms_of_workflow
from mandorla.domain.workflows import IdMappingWorkflow, MappingVersion
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.id_namespaces import inputs_of, require_role
from mandorla.services.entityresolution.people import PeopleTable, namespace_of, people_of, workflow_of
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag, tags_of
from mandorla.store.records import Records

ID_MAPPING = "id mapping"


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a workflow comes down to: the tables of either side, and the terms that all agree on."""

    sources: tuple[PeopleTable, ...]
    targets: tuple[PeopleTable, ...]
    terms: AgreedTerms


def called_via(workflow: IdMappingWorkflow, *, is_written: bool = False) -> str:
    """Clean Rooms, where the mapping stays inside it; nobody, where it is written to a bucket for somebody to read.

    GUESS: by what Clean Rooms keeps a member from mapping into its own bucket is not published. Here the policy that it
    manages lets members use a namespace only through it.
    """
    return "" if workflow.output_source_config or is_written else "cleanrooms.amazonaws.com"


def mapping_of(records: Records, workflow: IdMappingWorkflow, *, is_written: bool = False) -> Mapping:
    """A workflow resolved; `is_written` if a job writes it to places of its own. A MandorlaError says what is missing or not
    compatible."""
    via = called_via(workflow, is_written=is_written)
    sides: dict[str, list[InputSource]] = {"SOURCE": [], "TARGET": []}
    for one in workflow.input_source_config:
        sides[side_of(records, one, workflow.account_id, via)].append(one)
    for side, listed in sides.items():
        if not listed:
            raise MandorlaError(f"inputSourceConfig names no {side}. An ID mapping goes from a SOURCE to a TARGET.")
    people = {
        side: tuple(people_of(records, listed, account_id=workflow.account_id, role_arn=workflow.role_arn, called_via=via))
        for side, listed in sides.items()
    }
    terms = {side: terms_of(records, listed, workflow.account_id, via) for side, listed in sides.items()}
    agreed = agreed_terms(terms_of_workflow(workflow.id_mapping_techniques), terms["SOURCE"], terms["TARGET"])
    return Mapping(people["SOURCE"], people["TARGET"], agreed)


def side_of(records: Records, source: InputSource, account_id: str, via: str) -> str:
    """The side that an input stands on: as it says, as its namespace is, or as its kind does by itself."""
    arn = parse_arn(source.input_source_arn)
    if arn.resource_type == "idnamespace":
        namespace = namespace_of(records, source.input_source_arn, account_id, called_via=via)
        if source.type not in (None, namespace.type):
            raise MandorlaError(f"{source.input_source_arn} is a {namespace.type} namespace and cannot be the {source.type}.")
        return namespace.type
    # Entity Resolution's user guide: "TARGET = existing matching workflow"; a Glue table is a source.
    return source.type or ("TARGET" if arn.resource_type == "matchingworkflow" else "SOURCE")


def terms_of(records: Records, sources: list[InputSource], account_id: str, via: str) -> Terms:
    """The terms of a side: those of its namespace, with the rules of the matching workflow behind it.

    Entity Resolution's user guide, on a TARGET: "AWS Entity Resolution automatically adds the rules from the matching
    workflow".
    """
    terms = Terms()
    inputs: list[tuple[str, InputSource]] = []
    for source in sources:
        if parse_arn(source.input_source_arn).resource_type == "idnamespace":
            namespace = namespace_of(records, source.input_source_arn, account_id, called_via=via)
            terms = terms_of_namespace(namespace.id_mapping_workflow_properties)
            inputs += [(namespace.account_id, one) for one in namespace.input_source_config]
        else:
            inputs.append((account_id, source))
    for owner, one in inputs:
        if parse_arn(one.input_source_arn).resource_type == "matchingworkflow" and not terms.rules:
            techniques = workflow_of(records, one.input_source_arn, owner).resolution_techniques
            listed = (techniques.get("rule_based_properties") or {}).get("rules")
            terms = replace(terms, rules=rules_of(listed))
    return terms


def terms_of_side(records: Records, namespace_arn: str, account_id: str) -> Terms:
    """The terms of one namespace, as an account may use it through Clean Rooms."""
    return terms_of(records, [InputSource(namespace_arn)], account_id, "cleanrooms.amazonaws.com")


def create_id_mapping_workflow(
    call: Call,
    *,
    workflow_name,
    input_source_config,
    id_mapping_techniques,
    description="",
    output_source_config=(),
    incremental_run_config=None,
    role_arn=None,
    tags=None,
) -> Any:
    """A workflow, once its two sides exist and agree."""
    if call.records.count(IdMappingWorkflow, call.account_id) >= call.limits.id_mapping_workflows:
        raise LimitError(f"An account can have {call.limits.id_mapping_workflows} ID mapping workflows. Delete one first.")
    workflow = IdMappingWorkflow(
        account_id=call.account_id,
        workflow_name=workflow_name,
        workflow_arn=call.arn("entityresolution", f"idmappingworkflow/{workflow_name}"),
        description=description,
        input_source_config=inputs_of(input_source_config),
        id_mapping_techniques=id_mapping_techniques,
        output_source_config=tuple(output_source_config),
        incremental_run_config=incremental_run_config,
        role_arn=role_arn,
        created_at=call.now,
        updated_at=call.now,
    )
    require_sound(call, workflow)
    call.records.add(workflow)
    tag(call, workflow.workflow_arn, tags)
    return shown(workflow)


def require_sound(call: Call, workflow: IdMappingWorkflow) -> None:
    """A MandorlaError for what could never run."""
    if workflow.id_mapping_techniques["id_mapping_type"] != "RULE_BASED":
        raise MandorlaError("Only RULE_BASED ID mapping is served here; provider services are not.")
    require_role(call, workflow.role_arn)
    if workflow.output_source_config and not workflow.role_arn:
        raise MandorlaError("roleArn is missing: outputSourceConfig is written as a role.")
    mapping_of(call.records, workflow)


def find_workflow(call: Call, name_or_arn: str) -> IdMappingWorkflow:
    """A workflow of the caller's by name or ARN."""
    if not name_or_arn.startswith("arn:"):
        return call.records.get(IdMappingWorkflow, call.account_id, name_or_arn)
    arn = parse_arn(name_or_arn)
    if arn.account_id != call.account_id:
        raise NotFoundError(f"Id mapping workflow {name_or_arn!r} was not found.")
    return call.records.get(IdMappingWorkflow, call.account_id, arn.resource_name)


def get_id_mapping_workflow(call: Call, *, workflow_name) -> Any:
    """A workflow with its times and tags."""
    workflow = find_workflow(call, workflow_name)
    times = {"created_at": workflow.created_at, "updated_at": workflow.updated_at}
    return {**shown(workflow), **times, "tags": tags_of(call, workflow.workflow_arn)}


def list_id_mapping_workflows(call: Call, *, next_token=None, max_results=None) -> Any:
    """The account's workflows by name."""
    read = partial(owned, call)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=25)
    names = ("workflow_name", "workflow_arn", "created_at", "updated_at")
    return {"workflow_summaries": [{name: getattr(one, name) for name in names} for one in page], "next_token": token}


def owned(call: Call, after: str, limit: int) -> list[IdMappingWorkflow]:
    """A page of the account's workflows."""
    return call.records.owned_by(IdMappingWorkflow, call.account_id, after=after, limit=limit)


def update_id_mapping_workflow(
    call: Call,
    *,
    workflow_name,
    input_source_config,
    id_mapping_techniques,
    description="",
    output_source_config=(),
    incremental_run_config=None,
    role_arn=None,
) -> Any:
    """Describe a workflow anew."""
    changed = replace(
        find_workflow(call, workflow_name),
        description=description,
        input_source_config=inputs_of(input_source_config),
        id_mapping_techniques=id_mapping_techniques,
        output_source_config=tuple(output_source_config),
        incremental_run_config=incremental_run_config,
        role_arn=role_arn,
        updated_at=call.now,
    )
    require_sound(call, changed)
    call.records.put(changed)
    return shown(changed)


def delete_id_mapping_workflow(call: Call, *, workflow_name) -> Any:
    """Forget a workflow that is not running."""
    workflow = find_workflow(call, workflow_name)
    if any(job.subject == workflow.workflow_arn for job in call.jobs.active(call.account_id, ID_MAPPING)):
        raise ConflictError("The workflow is currently running. Wait for its job to end.")
    call.records.remove(workflow)
    version = call.records.find(MappingVersion, call.account_id, workflow.workflow_arn)
    if version is not None:
        call.records.remove(version)
    forget_tags(call, workflow.workflow_arn)
    return {"message": f"ID mapping workflow {workflow.workflow_name} is deleted."}


def shown(workflow: IdMappingWorkflow) -> dict[str, Any]:
    """What Create, Get and Update all answer with."""
    names = ("workflow_name", "workflow_arn", "description", "id_mapping_techniques", "incremental_run_config", "role_arn")
    inputs = [
        {"input_source_arn": one.input_source_arn, "schema_name": one.schema_name, "type": one.type}
        for one in workflow.input_source_config
    ]
    outputs = workflow.output_source_config or None
    return {
        **{name: getattr(workflow, name) for name in names},
        "input_source_config": inputs,
        "output_source_config": outputs,
    }


OPERATIONS: Operations = {
    "CreateIdMappingWorkflow": create_id_mapping_workflow,
    "GetIdMappingWorkflow": get_id_mapping_workflow,
    "ListIdMappingWorkflows": list_id_mapping_workflows,
    "UpdateIdMappingWorkflow": update_id_mapping_workflow,
    "DeleteIdMappingWorkflow": delete_id_mapping_workflow,
}
