"""The one form of query that the AGGREGATION rule allows. Clean Rooms user guide, analysis-rules-aggregation: `SELECT
agg(col) | col | scalar(args) FROM t INNER JOIN t ON … [WHERE] [GROUP BY] [HAVING] [ORDER BY]`."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import AggregationRule
from mandorla.domain.query_table import QueryTable
from mandorla.protect.checks.aggregated_result import is_group_aggregate
from mandorla.protect.lineage import Lineage, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

# The rule's names of scalar functions, by the nodes that the parser makes of them.
SCALAR_NODES: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Abs: ("ABS",), exp.Cast: ("CAST", "CONVERT"), exp.TryCast: ("CAST", "CONVERT"), exp.Ceil: ("CEILING",),
    exp.Coalesce: ("COALESCE",), exp.CurrentDate: ("CURRENT_DATE", "GETDATE"), exp.TsOrDsAdd: ("DATEADD",),
    exp.TimestampAdd: ("DATEADD",), exp.Extract: ("EXTRACT",), exp.Year: ("EXTRACT",), exp.Month: ("EXTRACT",),
    exp.Day: ("EXTRACT",), exp.Hour: ("EXTRACT",), exp.Floor: ("FLOOR",), exp.Ln: ("LN", "LOG"), exp.Log: ("LOG",),
    exp.Lower: ("LOWER",), exp.Round: ("ROUND",), exp.Sqrt: ("SQRT",), exp.Substring: ("SUBSTRING",), exp.TimeToStr:
    ("TO_CHAR",),
    exp.ToChar: ("TO_CHAR",), exp.StrToDate: ("TO_DATE",), exp.TsOrDsToDate: ("TO_DATE",), exp.ToNumber: ("TO_NUMBER",),
    exp.StrToTime: ("TO_TIMESTAMP",), exp.Trim: ("TRIM", "RTRIM"), exp.Trunc: ("TRUNC",), exp.TimestampTrunc: ("TRUNC",),
    exp.Upper: ("UPPER",),
}  # fmt: skip


def aggregation_form(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each departure from the form, each aggregate or scalar function that a rule does not give its column."""
    if not any(isinstance(table.analysis_rule, AggregationRule) for table in query.used_tables()):
        return
    select = query.root.expression
    if len(query.scopes) > 1 or not isinstance(select, exp.Select):
        yield _no("The aggregation analysis rule allows one plain SELECT: no WITH, no subquery, no UNION.")
        return
    if select.args.get("limit") or select.args.get("distinct"):
        yield _no("LIMIT and SELECT DISTINCT are not part of the aggregation analysis rule's form. Leave them out.")
    if not any(is_group_aggregate(node) for part in select.selects for node in part.walk()):
        yield _no("The aggregation analysis rule asks for at least one aggregate function in SELECT.")
    for node in walk(query.root):
        if isinstance(node, exp.Window | exp.Case | exp.Filter):
            yield _no(f"{node.key.upper()} is not part of the aggregation analysis rule's form.")
        elif isinstance(node, exp.AggFunc):
            yield from _aggregate(node, query.root, query)
        elif isinstance(node, exp.Func) and not isinstance(node, exp.And | exp.Or | exp.Predicate):
            yield from _scalar(node, query.root, query)
        elif isinstance(node, exp.Column) and node.table and not node.find_ancestor(exp.AggFunc, exp.Join):
            yield from _dimension(node, query.root, query)


def _aggregate(node: exp.Expr, scope: Scope, query: BoundQuery) -> Iterator[Refusal]:
    distinct = isinstance(node.this, exp.Distinct)
    arguments = node.this.expressions if distinct else [node.this]
    name = f"{node.sql_name()}_DISTINCT" if distinct else node.sql_name()
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Column):
        yield _no(
            f"{node.sql_name()} takes one plain column under the aggregation analysis rule. Write "
            f"COUNT(DISTINCT column) for COUNT(*)."
        )
        return
    table, rule = _rule(arguments[0], scope, query)
    columns = (
        {column for allowed in rule.aggregate_columns if allowed.function == name for column in allowed.column_names}
        if rule
        else set()
    )
    if rule and arguments[0].name not in columns:
        yield _no(f"The analysis rule of '{table.name}' does not allow {name.replace('_', ' ')} of '{arguments[0].name}'.")


def _scalar(node: exp.Expr, scope: Scope, query: BoundQuery) -> Iterator[Refusal]:
    if node.find_ancestor(exp.AggFunc):
        return  # the aggregate is refused already: its argument is no plain column
    columns = [column for column in node.find_all(exp.Column) if column.table]
    rules = [_rule(column, scope, query) for column in columns] or [
        (table, table.analysis_rule) for table in query.used_tables() if isinstance(table.analysis_rule, AggregationRule)
    ]
    names = SCALAR_NODES.get(type(node), ())
    for table, rule in rules:
        if rule and not set(names) & set(rule.scalar_functions):
            yield _no(
                f"The analysis rule of '{table.name}' does not allow the function {names[0] if names else node.sql_name()}."
            )


def _dimension(column: exp.Column, scope: Scope, query: BoundQuery) -> Iterator[Refusal]:
    table, rule = _rule(column, scope, query)
    if rule and column.name not in rule.dimension_columns:
        yield _no(
            f"'{column.name}' is no dimension column of '{table.name}': it may not be selected, grouped by or filtered by."
        )


def _rule(column: exp.Column, scope: Scope, query: BoundQuery) -> tuple[QueryTable, AggregationRule | None]:
    table = query.tables[scope.sources[column.table].name]
    return table, table.analysis_rule if isinstance(table.analysis_rule, AggregationRule) else None


def _no(sentence: str) -> Refusal:
    return Refusal("aggregation_form", sentence)
