"""The finer controls of a CUSTOM rule: columns that may not come out, comparisons, and what may be aggregated.

Service model of Clean Rooms, AnalysisRuleCustom: disallowedOutputColumns, comparisonControls,
allowedAggregateExpressionType.
"""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import AllowedAggregateExpression, CustomRule
from mandorla.protect.lineage import BaseColumn, Lineage, Origin, clause_expressions, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def disallowed_output_columns(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each output in which a disallowed column can be seen. Counting shows no value, so COUNT is left."""
    for name, origin in lineage.outputs(query.root).items():
        for base in sorted(origin.shown, key=lambda one: (one.table, one.column)):
            rule = query.tables[base.table].analysis_rule
            if isinstance(rule, CustomRule) and base.column in rule.disallowed_output_columns:
                yield Refusal(
                    "disallowed_output_columns",
                    f"'{base.column}' of '{base.table}' may not be in the output, here as '{name}'.",
                )


def comparison_controls(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each comparison of a column that its rule's controls do not name for it.

    "The columns that a query can compare to another column, for example, in a join, a WHERE clause, a GROUP BY clause, or a
    window".
    """
    for scope in query.scopes:
        for comparison in lineage.comparisons(scope):
            for index, side in enumerate(comparison.operands):
                others = [other for place, other in enumerate(comparison.operands) if place != index]
                if any(other.has_literal or not other.read for other in others) or side.has_literal:
                    yield from _uncontrolled(side, query, to_literal=True)
                if any(other.read for other in others):
                    yield from _uncontrolled(side, query, to_literal=False)
        for expression in _sorting_expressions(scope):
            yield from _uncontrolled(lineage.of(expression, scope), query, to_literal=False)


def aggregate_expressions(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each aggregate or window over a transformed column of a table that allows COLUMNS_ONLY."""
    for scope in query.scopes:
        for node in walk(scope):
            if not isinstance(node, exp.AggFunc):
                continue
            argument = node.this
            parts = argument.expressions if isinstance(argument, exp.Distinct) else [argument]
            for origin in [lineage.of(part, scope) for part in parts if isinstance(part, exp.Expr)]:
                if origin.is_bare or not origin.read or (origin.has_aggregate and _is_plain(parts)):
                    continue
                for base in sorted(origin.read, key=lambda one: (one.table, one.column)):
                    if _columns_only(base, query):
                        yield Refusal(
                            "aggregate_expressions",
                            f"{node.sql_name()} may aggregate only a column of '{base.table}' as it stands, "
                            f"and '{base.column}' is changed first.",
                        )


def _is_plain(parts: list[exp.Expr]) -> bool:
    return all(isinstance(part, exp.Column) for part in parts)


def _columns_only(base: BaseColumn, query: BoundQuery) -> bool:
    rule = query.tables[base.table].analysis_rule
    threshold = rule.aggregation_threshold if isinstance(rule, CustomRule) else None
    return threshold is not None and threshold.allowed_aggregate_expression is AllowedAggregateExpression.COLUMNS_ONLY


def _sorting_expressions(scope: Scope) -> Iterator[exp.Expr]:
    yield from clause_expressions(scope, "group")
    for node in walk(scope):
        if isinstance(node, exp.Window):
            yield from node.args.get("partition_by") or ()
            yield from (ordered.this for ordered in (node.args.get("order") or exp.Order(expressions=[])).expressions)


def _uncontrolled(side: Origin, query: BoundQuery, *, to_literal: bool) -> Iterator[Refusal]:
    if side.has_aggregate:
        return
    for base in sorted(side.shown, key=lambda one: (one.table, one.column)):
        rule = query.tables[base.table].analysis_rule
        controls = rule.comparison_controls if isinstance(rule, CustomRule) else None
        # AMC adds user_id to an event table, for joins: its owner's rule cannot name it.
        if controls is None or (query.tables[base.table].event_key and base.column == query.tables[base.table].user_column):
            continue
        allowed = controls.allowed_literal_comparison_columns if to_literal else controls.allowed_column_comparison_columns
        if base.column not in allowed:
            what = "a literal" if to_literal else "a column, joined on or grouped by"
            yield Refusal("comparison_controls", f"'{base.column}' of '{base.table}' may not be compared with {what}.")
