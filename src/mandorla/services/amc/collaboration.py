"""The collaboration behind an instance: how far it is, who is in it, and which namespaces wait for a mapping table."""

from typing import Any

from mandorla.domain.amc import AmcInstance
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.collaboration import Collaboration, Member
from mandorla.domain.errors import MandorlaError
from mandorla.services.amc.instances import customer_of, find_instance
from mandorla.services.amc.publisher import NO_PUBLISHER
from mandorla.services.amc.times import written
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.standing import brought_to, members_of, page_of

# From the customer's place in the collaboration to AMC's word for how far it is.
STATUSES = {"INVITED": "PENDING_ACCEPTANCE", "ACTIVE": "ACTIVE", "LEFT": "REJECTED", "REMOVED": "REJECTED"}


def get_instance_collaboration(call: Call, *, instance_id) -> Any:
    """The collaboration with all its members."""
    instance = find_instance(call, instance_id)
    if instance.is_room_wanted:
        return {"collaboration": {"status": "NOT_STARTED", "description": NO_PUBLISHER}}
    if not instance.collaboration_id:
        raise MandorlaError(f"The instance {instance_id} has no collaboration: it was not created with acrBacked true.")
    return {"collaboration": shown(call, instance)}


def status_of(call: Call, customer: Member) -> str:
    """How far the collaboration of a customer is: while the publisher has not brought its TARGET, it is being set up."""
    targets = [
        one
        for one in brought_to(call.records, IdNamespaceAssociation, customer.collaboration_id)
        if one.id_namespace_type == "TARGET"
    ]
    return "IN_PROGRESS" if customer.status == "INVITED" and not targets else STATUSES[customer.status]


def shown(call: Call, instance: AmcInstance) -> dict[str, Any]:
    """A collaboration as AMC answers."""
    place = {"id": instance.collaboration_id, "name": instance.collaboration_name}
    collaboration = call.records.find_anywhere(Collaboration, instance.collaboration_id)
    if collaboration is None:
        return {**place, "status": "DELETED"}
    members = members_of(call.records, collaboration.id)
    publisher, customer, *partners = [shown_member(one) for one in members]
    return {
        **place,
        "name": collaboration.name,
        "description": collaboration.description,
        "status": status_of(call, members[1]),
        "customer_acceptance_link": f"/console/collaborations/{collaboration.id}",
        "creator": publisher,
        "customer": customer,
        "query_submitter": publisher,
        "amc_data_providers": [publisher],
        "customer_partners": partners,
        "results_receivers": [customer, *partners],
    }


def shown_member(member: Member) -> dict[str, Any]:
    """A member as AMC answers."""
    return {
        "account_id": member.account_id,
        "membership_id": member.membership_id or None,
        "display_name": member.display_name,
        "status": member.status,
    }


def list_collaboration_id_namespaces(call: Call, *, instance_id, max_results=None, next_token=None) -> Any:
    """The customer's namespaces that are associated with the collaboration and not connected to an ID mapping table."""
    instance = find_instance(call, instance_id)
    customer_of(call, instance)
    connected = {one.source_association_id for one in brought_to(call.records, IdMappingTable, instance.collaboration_id)}
    waiting = [
        one
        for one in brought_to(call.records, IdNamespaceAssociation, instance.collaboration_id)
        if one.id_namespace_type == "SOURCE" and one.id not in connected
    ]
    # "Optional (not used)": maxResults is taken, and the page is always the largest.
    page, token = page_of(waiting, next_token=next_token, max_results=100)
    return {
        "collaboration_id": instance.collaboration_id,
        "collaboration_id_namespace_associations": [shown_association(one) for one in page],
        "next_token": token,
    }


def shown_association(association: IdNamespaceAssociation) -> dict[str, Any]:
    """An association as AMC answers."""
    return {
        "id": association.id,
        "id_namespace_arn": association.id_namespace_arn,
        "id_namespace_type": association.id_namespace_type,
        "creator_account_id": association.account_id,
        "create_time": written(association.create_time),
        "update_time": written(association.update_time),
    }


OPERATIONS: Operations = {
    "GetInstanceCollaboration": get_instance_collaboration,
    "ListCollaborationIdNamespaces": list_collaboration_id_namespaces,
}
