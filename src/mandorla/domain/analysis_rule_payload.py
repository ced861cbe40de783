"""An analysis rule as the wire writes it, read into the domain's classes: names in camelCase or in Python's way."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mandorla.domain.analysis_rules import (
    AggregateColumn,
    AggregateFunction,
    AggregationRule,
    AggregationThreshold,
    AllowedAggregateExpression,
    AnalysisRule,
    ComparisonControls,
    CustomRule,
    IdMappingTableRule,
    JoinOperator,
    ListRule,
    OutputColumnThreshold,
    OutputConstraint,
)
from mandorla.domain.errors import ConflictError


def analysis_rule_of(policy: Mapping[str, Any]) -> AnalysisRule:
    """The rule of a policy document (`{"v1": {"custom": {…}}}`, or its inside). The service model has checked its shape.

    >>> analysis_rule_of({"v1": {"list": {"joinColumns": ["id"], "listColumns": ["city"]}}}).list_columns
    ('city',)
    """
    policy = _snake_case(policy)
    inside = policy.get("v1", policy)
    [(kind, fields)] = inside.items()
    if kind not in _READERS:
        raise ConflictError(f"'{kind}' is no type of analysis rule. Write one of {', '.join(_READERS)}.")
    return _READERS[kind](fields)


def _aggregation(fields: Mapping[str, Any]) -> AggregationRule:
    return AggregationRule(
        aggregate_columns=tuple(
            AggregateColumn(tuple(column["column_names"]), AggregateFunction(column["function"]))
            for column in fields["aggregate_columns"]
        ),
        join_columns=tuple(fields["join_columns"]),
        dimension_columns=tuple(fields["dimension_columns"]),
        scalar_functions=tuple(fields["scalar_functions"]),
        output_constraints=tuple(OutputConstraint(c["column_name"], c["minimum"]) for c in fields["output_constraints"]),
        join_required=fields.get("join_required") == "QUERY_RUNNER",
        allowed_join_operators=_join_operators(fields),
        additional_analyses=fields.get("additional_analyses") or "NOT_ALLOWED",
    )


def _list(fields: Mapping[str, Any]) -> ListRule:
    return ListRule(
        join_columns=tuple(fields["join_columns"]),
        list_columns=tuple(fields["list_columns"]),
        allowed_join_operators=_join_operators(fields),
        additional_analyses=fields.get("additional_analyses") or "NOT_ALLOWED",
    )


def _custom(fields: Mapping[str, Any]) -> CustomRule:
    thresholds = fields.get("aggregation_thresholds") or ()
    controls = fields.get("comparison_controls")
    privacy = fields.get("differential_privacy")
    return CustomRule(
        allowed_analyses=tuple(fields["allowed_analyses"]),
        allowed_analysis_providers=tuple(fields.get("allowed_analysis_providers") or ()),
        disallowed_output_columns=tuple(fields.get("disallowed_output_columns") or ()),
        aggregation_threshold=_threshold(thresholds[0]) if thresholds else None,
        comparison_controls=ComparisonControls(
            tuple(controls["allowed_literal_comparison_columns"]), tuple(controls["allowed_column_comparison_columns"])
        )
        if controls
        else None,
        differential_privacy_column=privacy["columns"][0]["name"] if privacy else None,
        additional_analyses=fields.get("additional_analyses") or "NOT_ALLOWED",
        allowed_result_receivers=tuple(fields.get("allowed_result_receivers") or ()),
    )


def _threshold(fields: Mapping[str, Any]) -> AggregationThreshold:
    return AggregationThreshold(
        identity_column=fields["identity_columns"][0],
        minimum_identity_count=fields["minimum_identity_count"],
        output_column_thresholds=tuple(
            OutputColumnThreshold(column["output_column_name"], column["minimum_identity_count"])
            for column in fields.get("output_column_thresholds") or ()
        ),
        allowed_aggregate_expression=AllowedAggregateExpression(fields["allowed_aggregate_expression_type"]),
    )


def _id_mapping_table(fields: Mapping[str, Any]) -> IdMappingTableRule:
    constraints = fields["query_constraints"]
    return IdMappingTableRule(
        join_columns=tuple(fields["join_columns"]),
        require_overlap=tuple(constraints[0]["require_overlap"].get("columns") or ()) if constraints else (),
        dimension_columns=tuple(fields.get("dimension_columns") or ()),
    )


def _join_operators(fields: Mapping[str, Any]) -> tuple[JoinOperator, ...]:
    return tuple(JoinOperator(operator) for operator in fields.get("allowed_join_operators") or ()) or (JoinOperator.AND,)


def _snake_case(value: Any) -> Any:  # JSON: it has any shape until the readers above have named it
    if isinstance(value, Mapping):
        return {re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", key).lower(): _snake_case(inside) for key, inside in value.items()}
    return [_snake_case(inside) for inside in value] if isinstance(value, (list, tuple)) else value


_READERS: dict[str, Callable[[Mapping[str, Any]], AnalysisRule]] = {
    "aggregation": _aggregation,
    "list": _list,
    "custom": _custom,
    "id_mapping_table": _id_mapping_table,
}
