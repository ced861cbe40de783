"""Whether a table of a collaboration can be queried, and every reason why not."""

from collections.abc import Mapping
from typing import Any

from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.cleanrooms.privacy_spending import template_in
from mandorla.services.cleanrooms.standing import members_of
from mandorla.store.records import Records

# Any: members of the service model.

SENTENCES = {
    "ANALYSIS_RULE_MISSING": "The configured table has no analysis rule. Create one with CreateConfiguredTableAnalysisRule.",
    "ANALYSIS_TEMPLATES_NOT_CONFIGURED": "The CUSTOM rule allows no analysis. Name templates or ANY_QUERY in allowedAnalyses.",
    "ANALYSIS_PROVIDERS_NOT_CONFIGURED": "ANY_QUERY is allowed to nobody. Name accounts in allowedAnalysisProviders.",
    "COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED": (
        "The table's rule allows additional analyses, so the association needs a rule of its own. "
        "Create it with CreateConfiguredTableAssociationAnalysisRule."
    ),
    "ANALYSIS_RULE_TYPES_NOT_COMPATIBLE": (
        "The collaboration's rule is of another type than the table's. Delete it, and create one of the table's type."
    ),
    "RESULT_RECEIVERS_NOT_CONFIGURED": "The collaboration's rule has an allowedResultReceivers that names nobody.",
    "RESULT_RECEIVERS_NOT_ALLOWED": (
        "Nobody who can receive results in this collaboration is among the rule's allowedResultReceivers."
    ),
    "ADDITIONAL_ANALYSES_NOT_ALLOWED": (
        "The collaboration's rule names allowedAdditionalAnalyses, and the table's rule does not allow additional analyses."
    ),
    "ADDITIONAL_ANALYSES_NOT_CONFIGURED": "The collaboration's rule names no allowedAdditionalAnalyses.",
    "DIFFERENTIAL_PRIVACY_POLICY_NOT_CONFIGURED": (
        "The rule asks for differential privacy, and the collaboration has no privacy budget. "
        "Create one with CreatePrivacyBudgetTemplate."
    ),
    "ID_MAPPING_TABLE_NOT_POPULATED": "The ID mapping table holds nothing yet. Populate it with PopulateIdMappingTable.",
}


def status_details(analysis_type: str, rule_type: str | None, codes: list[str]) -> dict[str, Any]:
    """One entry of a schema's `schemaStatusDetails`."""
    return {
        "status": "NOT_READY" if codes else "READY",
        "reasons": [{"code": code, "message": SENTENCES[code]} for code in codes] or None,
        "analysis_rule_type": rule_type,
        "analysis_type": analysis_type,
        "configurations": [],
    }


def readiness_of_mapping_table(records: Records, table: IdMappingTable) -> list[dict[str, Any]]:
    """An ID mapping table is ready once it is populated."""
    codes = [] if version_of(records, table) is not None else ["ID_MAPPING_TABLE_NOT_POPULATED"]
    return [status_details("DIRECT_ANALYSIS", "ID_MAPPING_TABLE", codes)]


def readiness_of_table(
    records: Records, association: ConfiguredTableAssociation, table: ConfiguredTable
) -> list[dict[str, Any]]:
    """A configured table is ready when its own rule and, where one is needed, the collaboration's say how to use it."""
    rule = table.analysis_rule
    if rule is None:
        return [status_details("DIRECT_ANALYSIS", None, ["ANALYSIS_RULE_MISSING"])]
    policy = policy_of_type(rule.type, rule.policy)
    wants_more = policy.get("additional_analyses") in ("ALLOWED", "REQUIRED")
    collaboration_rule = association.collaboration_rules.get(rule.type)
    own = policy_of_type(rule.type, collaboration_rule.policy) if collaboration_rule is not None else None
    codes = own_codes(rule.type, policy)
    if own is not None:
        codes += receiver_codes(records, association, policy, own)
    elif association.collaboration_rules:
        codes.append("ANALYSIS_RULE_TYPES_NOT_COMPATIBLE")
    elif wants_more:
        codes.append("COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED")
    if policy.get("differential_privacy") and template_in(records, association.collaboration_id) is None:
        codes.append("DIFFERENTIAL_PRIVACY_POLICY_NOT_CONFIGURED")
    details = [status_details("DIRECT_ANALYSIS", rule.type, codes)]
    names_more = bool(own and own.get("allowed_additional_analyses"))
    if wants_more or names_more:
        more = additional_codes(own, wants_more=wants_more, names_more=names_more)
        details.append(status_details("ADDITIONAL_ANALYSIS", rule.type, more))
    return details


def own_codes(rule_type: str, policy: Mapping[str, Any]) -> list[str]:
    """Why the table's own rule lets nobody ask directly."""
    if rule_type != "CUSTOM":
        return []
    if not policy["allowed_analyses"]:
        return ["ANALYSIS_TEMPLATES_NOT_CONFIGURED"]
    names_providers = "ANY_QUERY" not in policy["allowed_analyses"] or policy.get("allowed_analysis_providers")
    return [] if names_providers else ["ANALYSIS_PROVIDERS_NOT_CONFIGURED"]


def receiver_codes(
    records: Records, association: ConfiguredTableAssociation, policy: Mapping[str, Any], own: Mapping[str, Any]
) -> list[str]:
    """Why nobody could have a result. A rule that does not speak of receivers leaves them to the collaboration.

    GUESS: an empty list of the collaboration's rule is what AWS calls not configured.
    """
    allowed = own.get("allowed_result_receivers")
    if allowed is None:
        return []
    if not allowed:
        return ["RESULT_RECEIVERS_NOT_CONFIGURED"]
    by_table = policy.get("allowed_result_receivers") or allowed
    can_receive = {
        member.account_id
        for member in members_of(records, association.collaboration_id)
        if "CAN_RECEIVE_RESULTS" in member.abilities
    }
    return [] if can_receive & set(allowed) & set(by_table) else ["RESULT_RECEIVERS_NOT_ALLOWED"]


def additional_codes(own: Mapping[str, Any] | None, *, wants_more: bool, names_more: bool) -> list[str]:
    """Why results of the table cannot be analysed further."""
    if not wants_more:
        return ["ADDITIONAL_ANALYSES_NOT_ALLOWED"]
    if own is None:
        return ["COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED"]
    return [] if names_more else ["ADDITIONAL_ANALYSES_NOT_CONFIGURED"]


def is_ready(details: list[dict[str, Any]]) -> bool:
    """Whether the table can be queried directly."""
    return any(one["status"] == "READY" and one["analysis_type"] == "DIRECT_ANALYSIS" for one in details)
