"""ID mapping tables as AMC makes them: workflow, table and first job in one call, and a refresh once in fourteen days.

GUESS: whose account holds the workflow and the table is not documented. Here it is the customer's, who so finds both, with
the job's metrics, through Entity Resolution and Clean Rooms too. Nobody reads ids from them: the publisher's namespace is
shared with mappings that stay in Clean Rooms only.
"""

import re
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from mandorla.domain.amc import AmcInstance, AmcMappingTable, AmcTracking
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.collaboration import Member
from mandorla.domain.errors import ConflictError, LimitError, MandorlaError, NotFoundError
from mandorla.domain.job import Job
from mandorla.domain.mapping_terms import Terms, agreed_terms
from mandorla.domain.workflows import IdMappingWorkflow
from mandorla.services.amc.instances import customer_of, find_instance
from mandorla.services.amc.publisher import acting_as, brought_target
from mandorla.services.amc.times import written
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.id_mapping_tables import (
    create_id_mapping_table,
    delete_id_mapping_table,
    own_workflow,
    version_of,
)
from mandorla.services.cleanrooms.standing import brought_to, page_of
from mandorla.services.entityresolution.id_mapping_jobs import queue_job
from mandorla.services.entityresolution.id_mapping_workflows import (
    create_id_mapping_workflow,
    delete_id_mapping_workflow,
    mapping_of,
    terms_of_side,
)
from mandorla.services.entityresolution.reading import signatures_of
from mandorla.store.job_queue import JobQueue
from mandorla.store.records import Records


def create_collaboration_id_mapping_table(call: Call, *, instance_id, id_mapping_table_name, source_id_namespace_arn) -> Any:
    """Connect a namespace: a workflow to the publisher's TARGET, a table for it, and a job that fills the table."""
    instance = find_instance(call, instance_id)
    customer = customer_of(call, instance)
    source = source_of(call, instance, source_id_namespace_arn)
    target = brought_target(call, instance.collaboration_id)
    require_room(call, instance)
    require_new_name(call, instance, id_mapping_table_name)
    as_customer = acting_as(call, source.account_id)
    workflow_arn = create_workflow(as_customer, instance, id_mapping_table_name, source, target)
    made = create_id_mapping_table(
        as_customer,
        membership_identifier=customer.membership_id,
        name=id_mapping_table_name,
        input_reference_config={"input_reference_arn": workflow_arn, "manage_resource_policies": True},
        description=f"Made by AMC for the instance {instance.instance_id}.",
    )["id_mapping_table"]
    table = call.records.get(IdMappingTable, source.account_id, made["id"])
    known = AmcMappingTable(
        account_id=call.account_id,
        table_id=table.id,
        instance_id=instance.instance_id,
        refreshed_at=call.now,
        looked_at=call.now,
        seen=objects_of_source(call.records, table) or (),
    )
    call.records.add(known)
    started = populate(call, table)
    return {"collaboration_id": instance.collaboration_id, "id_mapping_table": shown(call, table), **started}


def source_of(call: Call, instance: AmcInstance, arn: str) -> IdNamespaceAssociation:
    """The customer's association of a namespace with the collaboration."""
    for one in brought_to(call.records, IdNamespaceAssociation, instance.collaboration_id):
        if one.id_namespace_arn == arn and one.account_id == instance.aws_account_id:
            if one.id_namespace_type != "SOURCE":
                raise MandorlaError(f"sourceIdNamespaceArn names a {one.id_namespace_type} namespace; it must be a SOURCE.")
            return one
    raise MandorlaError(
        f"sourceIdNamespaceArn {arn} is no ID namespace that the customer associated with this collaboration. "
        "Associate it with Clean Rooms first (CreateIdNamespaceAssociation)."
    )


def require_room(call: Call, instance: AmcInstance) -> None:
    """LimitError for the sixth table: "An instance can have up to 5 mapping tables"."""
    if len(tables_of(call, instance)) >= call.limits.id_mapping_tables:
        raise LimitError(
            f"An instance can have up to {call.limits.id_mapping_tables} ID mapping tables. Delete one that is not used."
        )


def require_new_name(call: Call, instance: AmcInstance, name: str) -> None:
    """ConflictError for a name that a table of the instance has."""
    if name in {one.name for one in tables_of(call, instance)}:
        raise ConflictError(f"idMappingTableName {name!r} is the name of another table of this instance. Choose another.")


def workflow_name_of(call: Call, instance: AmcInstance, table_name: str) -> str:
    """A name for a table's workflow, which may hold fewer characters, that no other workflow of the account has."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", f"{instance.instance_id}-{table_name}")
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in names if call.records.find(IdMappingWorkflow, call.account_id, name) is None)


def create_workflow(
    call: Call, instance: AmcInstance, table_name: str, source: IdNamespaceAssociation, target: IdNamespaceAssociation
) -> str:
    """The ID mapping workflow of a table, by terms that both namespaces can live with; its ARN."""
    terms = agreed_terms(
        Terms(),
        terms_of_side(call.records, source.id_namespace_arn, source.account_id),
        terms_of_side(call.records, target.id_namespace_arn, source.account_id),
    )
    made = create_id_mapping_workflow(
        call,
        workflow_name=workflow_name_of(call, instance, table_name),
        input_source_config=(
            {"input_source_arn": source.id_namespace_arn, "type": "SOURCE"},
            {"input_source_arn": target.id_namespace_arn, "type": "TARGET"},
        ),
        id_mapping_techniques={
            "id_mapping_type": "RULE_BASED",
            "rule_based_properties": {
                "rule_definition_type": terms.rule_definition_type,
                "attribute_matching_model": terms.attribute_matching_model.value,
                "record_matching_model": terms.record_matching_model.value,
            },
        },
        description=f"Made by AMC for the instance {instance.instance_id}.",
        incremental_run_config={"incremental_run_type": "ON_DEMAND"},
    )
    return str(made["workflow_arn"])


def populate(call: Call, table: IdMappingTable) -> dict[str, Any]:
    """Begin a job, or, while another of the table goes on, keep a tracking id by which the job is found later."""
    job = begin(call, table)
    if job is not None:
        return {"id_mapping_workflow_job_id": job.job_id, "tracking_id": None}
    tracking = AmcTracking(
        account_id=call.account_id, tracking_id=call.new_uuid(), table_id=table.id, job_id="", created_at=call.now
    )
    call.records.add(tracking)
    return {"id_mapping_workflow_job_id": None, "tracking_id": tracking.tracking_id}


def objects_of_source(records: Records, table: IdMappingTable) -> tuple[str, ...] | None:
    """The objects of a table's source as they are now, by name and ETag; None where something stands in the way of them."""
    workflow = records.find(IdMappingWorkflow, table.account_id, table.workflow_arn.rpartition("/")[2])
    if workflow is None:
        return None
    try:
        sources = mapping_of(records, workflow).sources
        return tuple(sorted(f"source {one}" for people in sources for one in signatures_of(records, people)))
    except MandorlaError:
        return None  # what stands in the way is said to whoever starts a job


def has_failed(jobs: JobQueue, table: IdMappingTable) -> bool:
    """Whether the latest populate of a table brought nothing."""
    return [job.status for _, job in jobs.of_subject(table.workflow_arn, limit=1)] == ["FAILED"]


def begin(call: Call, table: IdMappingTable) -> Job | None:
    """A job of the table's workflow; None while one goes on."""
    if call.jobs.active_of_subject(table.workflow_arn):
        return None
    workflow = own_workflow(acting_as(call, table.account_id), table.workflow_arn)
    return queue_job(call, workflow, job_type=None, is_limited=False)


def tables_of(call: Call, instance: AmcInstance) -> list[IdMappingTable]:
    """The mapping tables of an instance's collaboration."""
    return brought_to(call.records, IdMappingTable, instance.collaboration_id)


def find_table(call: Call, instance_id: str, table_id: str) -> tuple[AmcInstance, Member, IdMappingTable]:
    """A table of an instance, and the customer it is for."""
    instance = find_instance(call, instance_id)
    customer = customer_of(call, instance)
    table = next((one for one in tables_of(call, instance) if one.id == table_id), None)
    if table is None:
        raise NotFoundError(f"The ID mapping table {table_id[:60]!r} of the instance {instance_id} was not found.")
    return instance, customer, table


def list_collaboration_id_mapping_tables(call: Call, *, instance_id, max_results=None, next_token=None) -> Any:
    """The tables of an instance."""
    instance = find_instance(call, instance_id)
    customer_of(call, instance)
    page, token = page_of(tables_of(call, instance), next_token=next_token, max_results=max_results)
    listed = [shown(call, one) for one in page]
    return {"collaboration_id": instance.collaboration_id, "id_mapping_tables": listed, "next_token": token}


def delete_collaboration_id_mapping_table(call: Call, *, instance_id, id_mapping_table_id) -> Any:
    """Take a table away, and its workflow with it; ConflictError while it is being populated."""
    _, customer, table = find_table(call, instance_id, id_mapping_table_id)
    if call.jobs.active_of_subject(table.workflow_arn):
        raise ConflictError("The table is being populated. Wait for its job to end, then delete it.")
    as_customer = acting_as(call, table.account_id)
    delete_id_mapping_table(as_customer, id_mapping_table_identifier=table.id, membership_identifier=customer.membership_id)
    workflow = own_workflow(as_customer, table.workflow_arn)
    delete_id_mapping_workflow(as_customer, workflow_name=workflow.workflow_name)
    for kind in (AmcMappingTable, AmcTracking):
        for record in call.records.children(kind, instance_id if kind is AmcMappingTable else table.id):
            if table.id in (record.key, record.parent):
                call.records.remove(record)
    return {}


def refresh_collaboration_id_mapping_table(call: Call, *, instance_id, id_mapping_table_id) -> Any:
    """Populate a table anew: "The table refresh can be done only once in 14 days".

    GUESS: counted from the last refresh or the creation; the refusal names the earliest next time, from that second on it
    is taken. A populate that failed brought nothing, and may be tried again at once. AMC's own answers would settle both.
    """
    instance, _, table = find_table(call, instance_id, id_mapping_table_id)
    known = call.records.find(AmcMappingTable, call.account_id, table.id)
    last = known.refreshed_at if known is not None else table.create_time
    earliest = (last + timedelta(days=call.limits.days_between_refreshes)).replace(microsecond=0)
    if call.now < earliest and not has_failed(call.jobs, table):
        raise LimitError(
            f"Only one refresh every {call.limits.days_between_refreshes} days is allowed. "
            f"This table can be refreshed again from {written(earliest)} on."
        )
    started = populate(call, table)
    if known is not None:
        call.records.put(replace(known, refreshed_at=call.now))
    return {"collaboration_id": instance.collaboration_id, **started}


def shown(call: Call, table: IdMappingTable) -> dict[str, Any]:
    """A table as AMC answers; its update time is that of the people in it, once there are any."""
    version = version_of(call.records, table)
    return {
        "id": table.id,
        "arn": table.arn,
        "name": table.name,
        "description": table.description,
        "queryable": version is not None,
        "create_time": written(table.create_time),
        "update_time": written(table.update_time if version is None else version.made_at),
        "workflow_arn": table.workflow_arn,
        "source_aws_account": table.account_id,
    }


OPERATIONS: Operations = {
    "CreateCollaborationIdMappingTable": create_collaboration_id_mapping_table,
    "ListCollaborationIdMappingTables": list_collaboration_id_mapping_tables,
    "DeleteCollaborationIdMappingTable": delete_collaboration_id_mapping_table,
    "RefreshCollaborationIdMappingTable": refresh_collaboration_id_mapping_table,
}
