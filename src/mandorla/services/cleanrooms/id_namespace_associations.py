"""ID namespace associations: a member brings one of its namespaces, and the others may map to or from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.collaboration import Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.id_namespace import IdNamespace
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.refusals import ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import (
    SERVICE,
    active_membership,
    below_membership,
    brought_to,
    collaboration_of,
    given,
    members_of,
    page_below,
    page_of,
    picked,
    require_room,
)
from mandorla.services.entityresolution.policies import add_statement, remove_statement
from mandorla.services.tagging import forget_tags, tag
from mandorla.store.records import Records

WHAT = "ID namespace association"


def create_id_namespace_association(
    call: Call,
    *,
    membership_identifier,
    input_reference_config,
    name,
    description=None,
    id_mapping_config=None,
    tags=None,
) -> Any:
    """Bring a namespace of the caller's. With `manageResourcePolicies` the other members may use it from now on."""
    membership = active_membership(call, membership_identifier)
    present = call.records.children(IdNamespaceAssociation, membership.id)
    require_room(len(present), "ID namespace associations per membership", call.limits.id_namespace_associations)
    namespace = own_namespace(call, input_reference_config["input_reference_arn"])
    require_new(present, name, namespace)
    association_id = call.new_uuid()
    association = IdNamespaceAssociation(
        account_id=call.account_id,
        id=association_id,
        arn=call.arn("cleanrooms", f"membership/{membership.id}/idnamespaceassociation/{association_id}"),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        name=name,
        description=description,
        id_namespace_arn=namespace.id_namespace_arn,
        id_namespace_type=namespace.type,
        input_reference_config=input_reference_config,
        id_mapping_workflows_supported=namespace.id_mapping_workflow_properties,
        id_mapping_config=id_mapping_config,
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(association)
    if input_reference_config["manage_resource_policies"]:
        share(call.records, association)
    tag(call, association.arn, tags)
    return {"id_namespace_association": shown(association, membership)}


def own_namespace(call: Call, arn_text: str) -> IdNamespace:
    """ "Valid resource ARNs are from the ID namespaces that you own."."""
    arn = parse_arn(arn_text)
    is_own = arn.service == "entityresolution" and arn.account_id == call.account_id
    namespace = call.records.find(IdNamespace, call.account_id, arn.resource_name) if is_own else None
    if namespace is None:
        raise MandorlaError(f"You have no ID namespace {arn_text}. Create it with Entity Resolution, or correct the ARN.")
    return namespace


def require_new(present: list[IdNamespaceAssociation], name: str, namespace: IdNamespace) -> None:
    """ResourceConflictError for a name that is taken, or a namespace that is here already."""
    for one in present:
        if one.name == name:
            message = f"There is already an ID namespace association named {name!r} in this membership."
            raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=one.id)
        if one.id_namespace_arn == namespace.id_namespace_arn:
            message = f"The namespace is associated already, as {one.name!r}. A namespace is brought to a membership once."
            raise ResourceConflictError(message, reason="ALREADY_EXISTS", resource_id=one.id)


def share(records: Records, association: IdNamespaceAssociation) -> None:
    """Let the other members use the namespace in mappings that stay in Clean Rooms.

    GUESS: the statement that Clean Rooms writes is not published. Without the condition a member could map into its own
    bucket, and would read the ids that the clean room keeps from it.
    """
    others = [
        one.account_id
        for one in members_of(records, association.collaboration_id)
        if one.account_id != association.account_id and one.is_present
    ]
    unshare(records, association)
    if others:
        statement = {
            "Sid": statement_id(association),
            "Effect": "Allow",
            "Principal": {"AWS": others},
            "Action": "entityresolution:UseIdNamespace",
            "Resource": association.id_namespace_arn,
            "Condition": {"StringEquals": {"aws:CalledViaFirst": SERVICE}},
        }
        add_statement(records, association.id_namespace_arn, statement)


def unshare(records: Records, association: IdNamespaceAssociation) -> None:
    """Take back what `share` gave."""
    remove_statement(records, association.id_namespace_arn, statement_id(association))


def statement_id(association: IdNamespaceAssociation) -> str:
    """The name of the statement that is Clean Rooms' own."""
    return f"CleanRooms{association.id.replace('-', '')}"


def share_again(records: Records, collaboration_id: str) -> None:
    """Members came or went: every managed policy names those who are here now."""
    for association in brought_to(records, IdNamespaceAssociation, collaboration_id):
        if association.input_reference_config["manage_resource_policies"]:
            share(records, association)


def get_id_namespace_association(call: Call, *, id_namespace_association_identifier, membership_identifier) -> Any:
    """An association of the caller's."""
    association = own(call, membership_identifier, id_namespace_association_identifier)
    return {"id_namespace_association": shown(association, active_or_ended(call, membership_identifier))}


def own(call: Call, membership_id: str, association_id: str) -> IdNamespaceAssociation:
    """An association under a membership of the caller's."""
    return below_membership(call, IdNamespaceAssociation, WHAT, membership_id, association_id)


def active_or_ended(call: Call, membership_id: str) -> Membership:
    """The membership, whatever became of it."""
    return call.records.get(Membership, call.account_id, membership_id)


def list_id_namespace_associations(call: Call, *, membership_identifier, next_token=None, max_results=None) -> Any:
    """The associations of a membership."""
    membership = active_membership(call, membership_identifier)
    page, token = page_below(call, IdNamespaceAssociation, membership.id, next_token=next_token, max_results=max_results)
    listed = [{**summary(one), **membership_members(one, membership)} for one in page]
    return {"id_namespace_association_summaries": listed, "next_token": token}


def update_id_namespace_association(
    call: Call,
    *,
    id_namespace_association_identifier,
    membership_identifier,
    name=None,
    description=None,
    id_mapping_config=None,
) -> Any:
    """Rename it, describe it, or say anew whether its column may be a dimension."""
    membership = active_membership(call, membership_identifier)
    association = own(call, membership_identifier, id_namespace_association_identifier)
    changes = given(name=name, description=description, id_mapping_config=id_mapping_config)
    changed = replace(association, **changes, update_time=call.now)
    call.records.put(changed)
    return {"id_namespace_association": shown(changed, membership)}


def delete_id_namespace_association(call: Call, *, id_namespace_association_identifier, membership_identifier) -> Any:
    """Take a namespace away again; not while a mapping table maps from or to it.

    GUESS: the model lists no conflict for this operation, so a use is a ValidationException.
    """
    association = own(call, membership_identifier, id_namespace_association_identifier)
    for table in brought_to(call.records, IdMappingTable, association.collaboration_id):
        if association.id in (table.source_association_id, table.target_association_id):
            raise MandorlaError(f"The ID mapping table {table.name!r} maps by this association. Delete the table first.")
    call.records.remove(association)
    unshare(call.records, association)
    forget_tags(call, association.arn)
    return {}


def get_collaboration_id_namespace_association(
    call: Call, *, collaboration_identifier, id_namespace_association_identifier
) -> Any:
    """Any member's association as the others see it."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    for one in brought_to(call.records, IdNamespaceAssociation, collaboration.id):
        if one.id == id_namespace_association_identifier:
            shared = {**collaboration_members(one, collaboration.arn), **details(one)}
            return {"collaboration_id_namespace_association": {**summary(one), **shared}}
    raise ResourceNotFoundError(WHAT, id_namespace_association_identifier, "COLLABORATION")


def list_collaboration_id_namespace_associations(
    call: Call, *, collaboration_identifier, next_token=None, max_results=None
) -> Any:
    """Everybody's associations: this is how the other party finds a namespace."""
    collaboration, _ = collaboration_of(call, collaboration_identifier)
    every = brought_to(call.records, IdNamespaceAssociation, collaboration.id)
    page, token = page_of(every, next_token=next_token, max_results=max_results)
    listed = [{**summary(one), **collaboration_members(one, collaboration.arn)} for one in page]
    return {"collaboration_id_namespace_association_summaries": listed, "next_token": token}


def summary(association: IdNamespaceAssociation) -> dict[str, Any]:
    """What everybody sees in a list."""
    names = ("id", "arn", "collaboration_id", "name", "description", "create_time", "update_time", "input_reference_config")
    properties = {"id_namespace_type": association.id_namespace_type}
    return {**picked(association, names), "input_reference_properties": properties}


def details(association: IdNamespaceAssociation) -> Mapping[str, Any]:
    """What Get shows beside."""
    properties = {
        "id_namespace_type": association.id_namespace_type,
        "id_mapping_workflows_supported": list(association.id_mapping_workflows_supported),
    }
    return {"input_reference_properties": properties, "id_mapping_config": association.id_mapping_config}


def membership_members(association: IdNamespaceAssociation, membership: Membership) -> dict[str, Any]:
    """Where its owner has it."""
    return {
        "membership_id": membership.id,
        "membership_arn": membership.arn,
        "collaboration_arn": membership.collaboration_arn,
    }


def collaboration_members(association: IdNamespaceAssociation, collaboration_arn: str) -> dict[str, Any]:
    """Whose it is, for the others."""
    return {"collaboration_arn": collaboration_arn, "creator_account_id": association.account_id}


def shown(association: IdNamespaceAssociation, membership: Membership) -> dict[str, Any]:
    """An association whole, for its owner."""
    return {**summary(association), **membership_members(association, membership), **details(association)}


OPERATIONS: Operations = {
    "CreateIdNamespaceAssociation": create_id_namespace_association,
    "GetIdNamespaceAssociation": get_id_namespace_association,
    "ListIdNamespaceAssociations": list_id_namespace_associations,
    "UpdateIdNamespaceAssociation": update_id_namespace_association,
    "DeleteIdNamespaceAssociation": delete_id_namespace_association,
    "GetCollaborationIdNamespaceAssociation": get_collaboration_id_namespace_association,
    "ListCollaborationIdNamespaceAssociations": list_collaboration_id_namespace_associations,
}
