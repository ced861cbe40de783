"""Tags of Clean Rooms' resources."""

from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.brought_identity import IdMappingTable, IdNamespaceAssociation
from mandorla.domain.brought_tables import AnalysisTemplate, ConfiguredTable, ConfiguredTableAssociation
from mandorla.domain.collaboration import Collaboration, Membership
from mandorla.domain.privacy_budget import PrivacyBudgetTemplate
from mandorla.services import tagging
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.refusals import ResourceNotFoundError

# By the part of an ARN that stands before the id.
KINDS = {
    "collaboration": Collaboration,
    "membership": Membership,
    "configuredtable": ConfiguredTable,
    "configuredtableassociation": ConfiguredTableAssociation,
    "idnamespaceassociation": IdNamespaceAssociation,
    "idmappingtable": IdMappingTable,
    "analysistemplate": AnalysisTemplate,
    "privacybudgettemplate": PrivacyBudgetTemplate,
}


def require_own_resource(call: Call, arn_text: str) -> None:
    """The caller has that resource; ResourceNotFoundError in the same words for what is not there or another's."""
    arn = parse_arn(arn_text)
    *kinds, key = arn.resource.split("/")
    named = next((KINDS[name] for name in reversed(kinds) if name in KINDS), None)
    is_own = arn.service == "cleanrooms" and arn.account_id == call.account_id
    found = call.records.find(named, call.account_id, key) if named is not None and is_own else None
    if found is None or found.arn != arn_text:
        raise ResourceNotFoundError("Resource", arn_text)


def tag_resource(call: Call, *, resource_arn, tags) -> Any:
    """Add tags."""
    require_own_resource(call, resource_arn)
    tagging.tag(call, resource_arn, tags)
    return {}


def untag_resource(call: Call, *, resource_arn, tag_keys) -> Any:
    """Remove tags."""
    require_own_resource(call, resource_arn)
    tagging.untag(call, resource_arn, tag_keys)
    return {}


def list_tags_for_resource(call: Call, *, resource_arn) -> Any:
    """All tags."""
    require_own_resource(call, resource_arn)
    return {"tags": tagging.tags_of(call, resource_arn)}


OPERATIONS: Operations = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
