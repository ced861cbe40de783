"""What a query may do with a table: the analysis rules of Clean Rooms, with the fields of the service model."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class JoinOperator(StrEnum):
    """What may stand between the equalities of a join condition, where a rule allows it. AND is the default."""

    AND = "AND"
    OR = "OR"


class AllowedAggregateExpression(StrEnum):
    """Whether a transformed column may be aggregated: `SUM(amount * 2)` under ANY_EXPRESSION only."""

    COLUMNS_ONLY = "COLUMNS_ONLY"
    ANY_EXPRESSION = "ANY_EXPRESSION"


class AggregateFunction(StrEnum):
    """The functions that an aggregation rule may allow on a column."""

    SUM = "SUM"
    SUM_DISTINCT = "SUM_DISTINCT"
    COUNT = "COUNT"
    COUNT_DISTINCT = "COUNT_DISTINCT"
    AVG = "AVG"


@dataclass(frozen=True, slots=True)
class AggregateColumn:
    """Columns that may stand inside one aggregate function."""

    column_names: tuple[str, ...]
    function: AggregateFunction


@dataclass(frozen=True, slots=True)
class OutputConstraint:
    """An output row needs this many distinct values of the column behind it, or it is removed."""

    column_name: str
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationRule:
    """Aggregate statistics in a fixed form of SELECT."""

    aggregate_columns: tuple[AggregateColumn, ...]
    join_columns: tuple[str, ...]
    dimension_columns: tuple[str, ...]
    scalar_functions: tuple[str, ...]
    output_constraints: tuple[OutputConstraint, ...]
    join_required: bool = False
    allowed_join_operators: tuple[JoinOperator, ...] = (JoinOperator.AND,)
    additional_analyses: str = "NOT_ALLOWED"

    rule_type = "AGGREGATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRule:
    """The rows that two tables share, in a fixed form of SELECT DISTINCT."""

    join_columns: tuple[str, ...]
    list_columns: tuple[str, ...]
    allowed_join_operators: tuple[JoinOperator, ...] = (JoinOperator.AND,)
    additional_analyses: str = "NOT_ALLOWED"

    rule_type = "LIST"


@dataclass(frozen=True, slots=True)
class OutputColumnThreshold:
    """The count that one column needs in place of the table's own. 0 frees the column."""

    output_column_name: str
    minimum_identity_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregationThreshold:
    """A group of the output needs this many distinct identities, or it is removed."""

    identity_column: str
    minimum_identity_count: int
    output_column_thresholds: tuple[OutputColumnThreshold, ...] = ()
    allowed_aggregate_expression: AllowedAggregateExpression = AllowedAggregateExpression.COLUMNS_ONLY


@dataclass(frozen=True, slots=True)
class ComparisonControls:
    """Which columns may be compared with a literal, and which with another column. Nothing else may be compared."""

    allowed_literal_comparison_columns: tuple[str, ...]
    allowed_column_comparison_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRule:
    """Named analysis templates, or any query of named accounts."""

    allowed_analyses: tuple[str, ...]
    allowed_analysis_providers: tuple[str, ...] = ()
    disallowed_output_columns: tuple[str, ...] = ()
    aggregation_threshold: AggregationThreshold | None = None
    comparison_controls: ComparisonControls | None = None
    differential_privacy_column: str | None = None
    additional_analyses: str = "NOT_ALLOWED"
    allowed_result_receivers: tuple[str, ...] = ()

    rule_type = "CUSTOM"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMappingTableRule:
    """The service's own rule of every ID mapping table: joined only, and only where both sides overlap."""

    join_columns: tuple[str, ...] = ("sourceid", "targetid")
    require_overlap: tuple[str, ...] = ("sourceid", "targetid")
    dimension_columns: tuple[str, ...] = ()

    rule_type = "ID_MAPPING_TABLE"


AnalysisRule: TypeAlias = AggregationRule | ListRule | CustomRule | IdMappingTableRule


@dataclass(frozen=True, slots=True, kw_only=True)
class CollaborationRule:
    """The rule of a table's association: who may receive what is made of it, and which further analyses may use it."""

    allowed_result_receivers: tuple[str, ...] = ()
    allowed_additional_analyses: tuple[str, ...] = ()
