"""Configured table associations: a configured table in one collaboration, with the collaboration's own rule."""

from dataclasses import replace
from typing import Any

from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation, RulePolicy
from mandorla.domain.collaboration import Membership
from mandorla.domain.errors import MandorlaError
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms import configured_tables
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.refusals import ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.standing import (
    SERVICE,
    active_membership,
    below_membership,
    given,
    membership_of,
    page_below,
    picked,
    require_room,
)
from mandorla.services.cleanrooms.table_names import require_free_name
from mandorla.services.iam.authorization import require_assumable, require_pass_role
from mandorla.services.tagging import forget_tags, tag

WHAT = "Configured table association"


def create_configured_table_association(
    call: Call, *, name, membership_identifier, configured_table_identifier, role_arn, description=None, tags=None
) -> Any:
    """Bring a configured table under a name that queries use; Clean Rooms reads it as the role."""
    membership = active_membership(call, membership_identifier)
    present = call.records.children(ConfiguredTableAssociation, membership.id)
    require_room(len(present), "configured table associations per membership", call.limits.table_associations)
    require_free_name(call.records, membership.collaboration_id, name)
    table = configured_tables.own(call, configured_table_identifier)
    require_role(call, role_arn)
    association_id = call.new_uuid()
    association = ConfiguredTableAssociation(
        account_id=call.account_id,
        id=association_id,
        arn=call.arn("cleanrooms", f"configuredtableassociation/{membership.id}/{association_id}"),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        name=name,
        description=description,
        configured_table_id=table.id,
        role_arn=role_arn,
        collaboration_rules={},
        create_time=call.now,
        update_time=call.now,
    )
    call.records.add(association)
    tag(call, association.arn, tags)
    return {"configured_table_association": shown(association, membership, table)}


def require_role(call: Call, role_arn: str) -> None:
    """The caller may hand the role to Clean Rooms, and its trust policy lets Clean Rooms work as it."""
    require_pass_role(call.records, call.caller, role_arn, service=SERVICE, now=call.now)
    require_assumable(call.records, role_arn, service=SERVICE, source_account=call.account_id, now=call.now)


def own(call: Call, membership_id: str, association_id: str) -> ConfiguredTableAssociation:
    """An association under a membership of the caller's."""
    return below_membership(
        call, ConfiguredTableAssociation, WHAT, membership_id, association_id, "CONFIGURED_TABLE_ASSOCIATION"
    )


def table_of(call: Call, association: ConfiguredTableAssociation) -> ConfiguredTable:
    """The configured table behind an association of the caller's."""
    return call.records.get(ConfiguredTable, call.account_id, association.configured_table_id)


def get_configured_table_association(call: Call, *, configured_table_association_identifier, membership_identifier) -> Any:
    """An association of the caller's."""
    association = own(call, membership_identifier, configured_table_association_identifier)
    membership = membership_of(call, membership_identifier)
    return {"configured_table_association": shown(association, membership, table_of(call, association))}


def list_configured_table_associations(call: Call, *, membership_identifier, next_token=None, max_results=None) -> Any:
    """The associations of a membership."""
    membership = membership_of(call, membership_identifier)
    page, token = page_below(call, ConfiguredTableAssociation, membership.id, next_token=next_token, max_results=max_results)
    return {"configured_table_association_summaries": [summary(one, membership) for one in page], "next_token": token}


def update_configured_table_association(
    call: Call, *, configured_table_association_identifier, membership_identifier, description=None, role_arn=None
) -> Any:
    """Describe it, or have it read as another role."""
    membership = active_membership(call, membership_identifier)
    association = own(call, membership_identifier, configured_table_association_identifier)
    if role_arn:
        require_role(call, role_arn)
    changed = replace(association, **given(description=description, role_arn=role_arn), update_time=call.now)
    call.records.put(changed)
    return {"configured_table_association": shown(changed, membership, table_of(call, changed))}


def delete_configured_table_association(call: Call, *, configured_table_association_identifier, membership_identifier) -> Any:
    """Take a table out of a collaboration."""
    association = own(call, membership_identifier, configured_table_association_identifier)
    call.records.remove(association)
    forget_tags(call, association.arn)
    return {}


def create_configured_table_association_analysis_rule(
    call: Call,
    *,
    membership_identifier,
    configured_table_association_identifier,
    analysis_rule_type,
    analysis_rule_policy,
) -> Any:
    """The collaboration's own rule: who may receive results, and what may be done with them afterwards."""
    active_membership(call, membership_identifier)
    association = own(call, membership_identifier, configured_table_association_identifier)
    if analysis_rule_type in association.collaboration_rules:
        message = f"The association has a {analysis_rule_type} rule already. Update it, or delete it first."
        raise ResourceConflictError(
            message, reason="ALREADY_EXISTS", resource_id=association.id, resource_type="CONFIGURED_TABLE_ASSOCIATION"
        )
    table = table_of(call, association)
    if table.analysis_rule is None or table.analysis_rule.type != analysis_rule_type:
        has = table.analysis_rule.type if table.analysis_rule is not None else "none"
        raise MandorlaError(f"The configured table's own rule is {has}; the collaboration's must be of the same type.")
    policy_of_type(analysis_rule_type, analysis_rule_policy)
    rule = RulePolicy(analysis_rule_type, analysis_rule_policy, call.now, call.now)
    return kept(call, association, rule)


def kept(call: Call, association: ConfiguredTableAssociation, rule: RulePolicy) -> Any:
    """The association with a rule, kept and shown."""
    rules = {**association.collaboration_rules, rule.type: rule}
    changed = replace(association, collaboration_rules=rules, update_time=call.now)
    call.records.put(changed)
    return {"analysis_rule": shown_rule(changed, rule)}


def rule_of(association: ConfiguredTableAssociation, analysis_rule_type: str) -> RulePolicy:
    """The association's rule of that type."""
    rule = association.collaboration_rules.get(analysis_rule_type)
    if rule is None:
        what = f"Analysis rule of type {analysis_rule_type} of configured table association"
        raise ResourceNotFoundError(what, association.id, "CONFIGURED_TABLE_ASSOCIATION")
    return rule


def get_configured_table_association_analysis_rule(
    call: Call, *, membership_identifier, configured_table_association_identifier, analysis_rule_type
) -> Any:
    """The collaboration's rule of an association."""
    association = own(call, membership_identifier, configured_table_association_identifier)
    return {"analysis_rule": shown_rule(association, rule_of(association, analysis_rule_type))}


def update_configured_table_association_analysis_rule(
    call: Call,
    *,
    membership_identifier,
    configured_table_association_identifier,
    analysis_rule_type,
    analysis_rule_policy,
) -> Any:
    """Replace the rule's policy."""
    active_membership(call, membership_identifier)
    association = own(call, membership_identifier, configured_table_association_identifier)
    policy_of_type(analysis_rule_type, analysis_rule_policy)
    rule = rule_of(association, analysis_rule_type)
    return kept(call, association, replace(rule, policy=analysis_rule_policy, update_time=call.now))


def delete_configured_table_association_analysis_rule(
    call: Call, *, membership_identifier, configured_table_association_identifier, analysis_rule_type
) -> Any:
    """Take the collaboration's rule away."""
    association = own(call, membership_identifier, configured_table_association_identifier)
    rule_of(association, analysis_rule_type)
    rules = {name: one for name, one in association.collaboration_rules.items() if name != analysis_rule_type}
    call.records.put(replace(association, collaboration_rules=rules, update_time=call.now))
    return {}


def shown_rule(association: ConfiguredTableAssociation, rule: RulePolicy) -> dict[str, Any]:
    """A rule as its owner sees it."""
    members = {name: getattr(rule, name) for name in ("type", "policy", "create_time", "update_time")}
    return {
        **members,
        "membership_identifier": association.membership_id,
        "configured_table_association_id": association.id,
        "configured_table_association_arn": association.arn,
    }


def summary(association: ConfiguredTableAssociation, membership: Membership) -> dict[str, Any]:
    """What lists and Get both show."""
    names = ("id", "arn", "membership_id", "name", "configured_table_id", "create_time", "update_time")
    rules = sorted(association.collaboration_rules)
    return {**picked(association, names), "membership_arn": membership.arn, "analysis_rule_types": rules}


def shown(association: ConfiguredTableAssociation, membership: Membership, table: ConfiguredTable) -> dict[str, Any]:
    """An association whole."""
    more = picked(association, ("description", "role_arn"))
    return {**summary(association, membership), **more, "configured_table_arn": table.arn}


OPERATIONS: Operations = {
    "CreateConfiguredTableAssociation": create_configured_table_association,
    "GetConfiguredTableAssociation": get_configured_table_association,
    "ListConfiguredTableAssociations": list_configured_table_associations,
    "UpdateConfiguredTableAssociation": update_configured_table_association,
    "DeleteConfiguredTableAssociation": delete_configured_table_association,
    "CreateConfiguredTableAssociationAnalysisRule": create_configured_table_association_analysis_rule,
    "GetConfiguredTableAssociationAnalysisRule": get_configured_table_association_analysis_rule,
    "UpdateConfiguredTableAssociationAnalysisRule": update_configured_table_association_analysis_rule,
    "DeleteConfiguredTableAssociationAnalysisRule": delete_configured_table_association_analysis_rule,
}
