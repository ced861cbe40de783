"""What an analysis rule must be before it is kept: of the type it says, over columns that the table allows."""

from collections.abc import Iterable, Mapping
from typing import Any

from mandorla.domain.brought_tables import ConfiguredTable
from mandorla.domain.errors import MandorlaError

# Any: members of the service model.

MEMBER_OF_TYPE = {"AGGREGATION": "aggregation", "LIST": "list", "CUSTOM": "custom"}


def policy_of_type(rule_type: str, policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inside of a rule's policy; MandorlaError if it is of another type than is said beside it."""
    inside = policy["v1"]
    wanted = MEMBER_OF_TYPE[rule_type]
    if wanted not in inside:
        raise MandorlaError(f"analysisRuleType is {rule_type}, so analysisRulePolicy must hold v1.{wanted}.")
    found: Mapping[str, Any] = inside[wanted]
    return found


def checked_rule(table: ConfiguredTable, rule_type: str, policy: Mapping[str, Any]) -> Mapping[str, Any]:
    """A rule's policy as it is kept. MandorlaError names every column that the table does not allow."""
    rule = policy_of_type(rule_type, policy)
    allowed = set(table.allowed_columns)
    lacking = sorted({column for column in columns_in(rule_type, rule) if column not in allowed})
    if lacking:
        raise MandorlaError(
            f"The rule names {', '.join(lacking)}, which allowedColumns of the configured table does not have. "
            f"It has {', '.join(table.allowed_columns)}."
        )
    CHECKS[rule_type](rule)
    return policy


def columns_in(rule_type: str, rule: Mapping[str, Any]) -> Iterable[str]:
    """Every column that a rule names."""
    for name in ("join_columns", "list_columns", "dimension_columns", "disallowed_output_columns"):
        yield from rule.get(name) or ()
    for one in rule.get("aggregate_columns") or ():
        yield from one["column_names"]
    for one in rule.get("output_constraints") or ():
        yield one["column_name"]
    for one in (rule.get("differential_privacy") or {}).get("columns") or ():
        yield one["name"]
    for one in rule.get("aggregation_thresholds") or ():
        yield from one["identity_columns"]
    controls = rule.get("comparison_controls") or {}
    for name in ("allowed_literal_comparison_columns", "allowed_column_comparison_columns"):
        yield from controls.get(name) or ()


def require_list_apart(rule: Mapping[str, Any]) -> None:
    """A column of a LIST rule joins or is listed: what joins could otherwise be read."""
    both = sorted(set(rule["join_columns"]) & set(rule["list_columns"]))
    if both:
        raise MandorlaError(f"{', '.join(both)} stands in joinColumns and in listColumns. Name it in one of them.")


def require_aggregation_apart(rule: Mapping[str, Any]) -> None:
    """Join columns of an AGGREGATION rule "can never be outputted directly"; so none is a dimension."""
    both = sorted(set(rule["join_columns"]) & set(rule["dimension_columns"]))
    if both:
        raise MandorlaError(f"{', '.join(both)} stands in joinColumns and in dimensionColumns. Name it in one of them.")


def require_custom_sound(rule: Mapping[str, Any]) -> None:
    """ANY_QUERY and providers go together; templates or providers, not both; thresholds or differential privacy."""
    allowed, providers = rule["allowed_analyses"], rule.get("allowed_analysis_providers") or ()
    is_any = "ANY_QUERY" in allowed
    if is_any and not providers:
        raise MandorlaError("ANY_QUERY needs allowedAnalysisProviders: the accounts whose own queries are allowed.")
    if providers and not ({"ANY_QUERY", "ANY_JOB"} & set(allowed)):
        raise MandorlaError("allowedAnalysisProviders goes with ANY_QUERY. Name templates or providers, not both.")
    if is_any and any(one.startswith("arn:") for one in allowed):
        raise MandorlaError("allowedAnalyses names templates beside ANY_QUERY. Name templates or ANY_QUERY, not both.")
    thresholds = rule.get("aggregation_thresholds") or ()
    if thresholds and rule.get("differential_privacy"):
        raise MandorlaError("aggregationThresholds and differentialPrivacy cannot stand together. Choose one.")
    literals = (rule.get("comparison_controls") or {}).get("allowed_literal_comparison_columns") or ()
    for threshold in thresholds:
        identities = sorted(set(threshold["identity_columns"]) & set(literals))
        if identities:
            raise MandorlaError(f"{identities[0]} identifies people, so it may not be compared with literals.")


CHECKS = {"LIST": require_list_apart, "AGGREGATION": require_aggregation_apart, "CUSTOM": require_custom_sound}
