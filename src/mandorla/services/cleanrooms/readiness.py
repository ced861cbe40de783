"""Whether a table of a collaboration can be queried, and every reason why not."""

from collections.abc import Mapping
from typing import Any

from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import ConfiguredTable, ConfiguredTableAssociation
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.id_mapping_tables import version_of
from mandorla.services.cleanrooms.privacy_spending import template_in
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
    "RESULT_RECEIVERS_NOT_CONFIGURED": "The collaboration's rule names no allowedResultReceivers.",
    "ADDITIONAL_ANALYSES_NOT_ALLOWED": "The table's rule does not allow additional analyses.",
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
    codes = direct_codes(rule.type, policy, own, wants_more=wants_more)
    if policy.get("differential_privacy") and template_in(records, association.collaboration_id) is None:
        codes.append("DIFFERENTIAL_PRIVACY_POLICY_NOT_CONFIGURED")
    details = [status_details("DIRECT_ANALYSIS", rule.type, codes)]
    if wants_more:
        details.append(status_details("ADDITIONAL_ANALYSIS", rule.type, additional_codes(own)))
    return details


def direct_codes(rule_type: str, policy: Mapping[str, Any], own: Mapping[str, Any] | None, *, wants_more: bool) -> list[str]:
    """Why the table cannot be queried directly."""
    codes = []
    if rule_type == "CUSTOM":
        if not policy["allowed_analyses"]:
            codes.append("ANALYSIS_TEMPLATES_NOT_CONFIGURED")
        elif "ANY_QUERY" in policy["allowed_analyses"] and not policy.get("allowed_analysis_providers"):
            codes.append("ANALYSIS_PROVIDERS_NOT_CONFIGURED")
    if wants_more and own is None:
        codes.append("COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED")
    return codes


def additional_codes(own: Mapping[str, Any] | None) -> list[str]:
    """Why results of the table cannot be analysed further."""
    if own is None:
        return ["COLLABORATION_ANALYSIS_RULE_NOT_CONFIGURED"]
    return [] if own.get("allowed_additional_analyses") else ["ADDITIONAL_ANALYSES_NOT_CONFIGURED"]


def is_ready(details: list[dict[str, Any]]) -> bool:
    """Whether the table can be queried directly."""
    return any(one["status"] == "READY" and one["analysis_type"] == "DIRECT_ANALYSIS" for one in details)
