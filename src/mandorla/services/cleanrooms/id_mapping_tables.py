"""ID mapping tables: what an ID mapping workflow between two associated namespaces found, for queries to join by."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from mandorla.domain.arn import parse_arn
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.collaboration import Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.workflows import IdMappingWorkflow, MappingVersion
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.refusals import ResourceConflictError
from mandorla.services.cleanrooms.standing import (
    active_membership,
    below_membership,
    brought_to,
    given,
    membership_of,
    page_below,
    picked,
    require_room,
)
from mandorla.services.cleanrooms.table_names import require_free_name
from mandorla.services.entityresolution.id_mapping_jobs import queue_job
from mandorla.services.entityresolution.id_mapping_workflows import mapping_of
from mandorla.services.tagging import forget_tags, tag
from mandorla.store.records import Records

WHAT = "ID mapping table"


def create_id_mapping_table(
    call: Call,
    *,
    membership_identifier,
    name,
    input_reference_config,
    description=None,
    tags=None,
    kms_key_arn=None,
) -> Any:
    """A table for a workflow of the caller's whose source and target are both associated with the collaboration."""
    membership = active_membership(call, membership_identifier)
    present = call.records.children(IdMappingTable, membership.id)
    require_room(len(present), "ID mapping tables per membership", call.limits.id_mapping_tables)
    require_free_name(call.records, membership.collaboration_id, name)
    workflow = own_workflow(call, input_reference_config["input_reference_arn"])
    source, target = associations_of(call, membership, workflow)
    table_id = call.new_uuid()
    table = IdMappingTable(
        account_id=call.account_id,
        id=table_id,
        arn=call.arn("cleanrooms", f"membership/{membership.id}/idmappingtable/{table_id}"),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        name=name,
        description=description,
        workflow_arn=workflow.workflow_arn,
        input_reference_config=input_reference_config,
        source_association_id=source.id,
        target_association_id=target.id,
        kms_key_arn=kms_key_arn,
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(table)
    tag(call, table.arn, tags)
    return {"id_mapping_table": shown(table, membership)}


def own_workflow(call: Call, arn_text: str) -> IdMappingWorkflow:
    """The caller's workflow of that ARN."""
    arn = parse_arn(arn_text)
    is_own = arn.account_id == call.account_id and arn.resource_type == "idmappingworkflow"
    workflow = call.records.find(IdMappingWorkflow, call.account_id, arn.resource_name) if is_own else None
    if workflow is None:
        raise MandorlaError(f"You have no ID mapping workflow {arn_text}. Create it with Entity Resolution first.")
    return workflow


def associations_of(
    call: Call, membership: Membership, workflow: IdMappingWorkflow
) -> tuple[IdNamespaceAssociation, IdNamespaceAssociation]:
    """The associations that a workflow's source and target stand for in the collaboration."""
    mapping_of(call.records, workflow)
    associated = {
        one.id_namespace_arn: one for one in brought_to(call.records, IdNamespaceAssociation, membership.collaboration_id)
    }
    found: dict[str, IdNamespaceAssociation] = {}
    for one in workflow.input_source_config:
        association = associated.get(one.input_source_arn)
        if association is None:
            raise MandorlaError(
                f"The workflow reads {one.input_source_arn}, which is no ID namespace associated with this collaboration. "
                "Associate it first with CreateIdNamespaceAssociation."
            )
        found[association.id_namespace_type] = association
    return found["SOURCE"], found["TARGET"]


def get_id_mapping_table(call: Call, *, id_mapping_table_identifier, membership_identifier) -> Any:
    """A table of the caller's."""
    table = own(call, membership_identifier, id_mapping_table_identifier)
    return {"id_mapping_table": shown(table, membership_of(call, membership_identifier))}


def own(call: Call, membership_id: str, table_id: str) -> IdMappingTable:
    """A table under a membership of the caller's."""
    return below_membership(call, IdMappingTable, WHAT, membership_id, table_id)


def list_id_mapping_tables(call: Call, *, membership_identifier, next_token=None, max_results=None) -> Any:
    """The tables of a membership."""
    membership = membership_of(call, membership_identifier)
    page, token = page_below(call, IdMappingTable, membership.id, next_token=next_token, max_results=max_results)
    return {"id_mapping_table_summaries": [summary(one, membership) for one in page], "next_token": token}


def update_id_mapping_table(
    call: Call, *, id_mapping_table_identifier, membership_identifier, description=None, kms_key_arn=None
) -> Any:
    """Describe a table anew."""
    membership = active_membership(call, membership_identifier)
    table = own(call, membership_identifier, id_mapping_table_identifier)
    changed = replace(table, **given(description=description, kms_key_arn=kms_key_arn), update_time=call.now)
    call.records.put(changed)
    return {"id_mapping_table": shown(changed, membership)}


def delete_id_mapping_table(call: Call, *, id_mapping_table_identifier, membership_identifier) -> Any:
    """Take a table away. Its workflow stays."""
    table = own(call, membership_identifier, id_mapping_table_identifier)
    call.records.remove(table)
    forget_tags(call, table.arn)
    return {}


def populate_id_mapping_table(call: Call, *, id_mapping_table_identifier, membership_identifier, job_type=None) -> Any:
    """Queue a job of the table's workflow; the table has what it finds as soon as it succeeds."""
    active_membership(call, membership_identifier)
    table = own(call, membership_identifier, id_mapping_table_identifier)
    workflow = own_workflow(call, table.workflow_arn)
    busy = call.jobs.active_of_subject(workflow.workflow_arn)
    if busy:
        message = f"The table {table.name!r} is being populated. Wait for that job to end."
        raise ResourceConflictError(message, reason="INVALID_STATE", resource_id=table.id)
    job = queue_job(call, workflow, job_type=job_type)
    return {"id_mapping_job_id": str(UUID(job.job_id))}


def version_of(records: Records, table: IdMappingTable) -> MappingVersion | None:
    """What a table holds: the mapping that its workflow made since the table is there."""
    version = records.find(MappingVersion, table.account_id, table.workflow_arn)
    return version if version is not None and version.made_at >= table.create_time else None


def summary(table: IdMappingTable, membership: Membership) -> dict[str, Any]:
    """What lists and Get both show."""
    names = ("id", "arn", "membership_id", "collaboration_id", "name", "description", "input_reference_config", "create_time",
             "update_time")  # fmt: skip
    place = {"membership_arn": membership.arn, "collaboration_arn": membership.collaboration_arn}
    return {**picked(table, names), **place}


def input_sources(table: IdMappingTable) -> list[dict[str, str]]:
    """The two associations that a table maps between."""
    return [
        {"id_namespace_association_id": table.source_association_id, "type": "SOURCE"},
        {"id_namespace_association_id": table.target_association_id, "type": "TARGET"},
    ]


def shown(table: IdMappingTable, membership: Membership) -> dict[str, Any]:
    """A table whole."""
    properties = {"id_mapping_table_input_source": input_sources(table)}
    return {
        **summary(table, membership),
        "input_reference_properties": properties,
        "kms_key_arn": table.kms_key_arn,
    }


OPERATIONS: Operations = {
    "CreateIdMappingTable": create_id_mapping_table,
    "GetIdMappingTable": get_id_mapping_table,
    "ListIdMappingTables": list_id_mapping_tables,
    "UpdateIdMappingTable": update_id_mapping_table,
    "DeleteIdMappingTable": delete_id_mapping_table,
    "PopulateIdMappingTable": populate_id_mapping_table,
}
