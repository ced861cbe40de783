"""Beside an aggregate, a column stands in GROUP BY or in an aggregate. Engines differ in what they make of others; none is
asked."""

from collections.abc import Iterator

from sqlglot import exp

from mandorla.protect.checks.aggregated_result import is_aggregating, is_group_aggregate
from mandorla.protect.lineage import Lineage
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def grouped_columns(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each column of a grouped SELECT that is neither grouped by nor aggregated, and for aggregates where
    none may be."""
    for scope in query.scopes:
        select = scope.expression
        if not isinstance(select, exp.Select):
            continue
        for clause in (select.args.get("where"), *(join.args.get("on") for join in select.args.get("joins") or ())):
            if clause is not None and any(is_group_aggregate(node) for node in clause.find_all(exp.AggFunc)):
                yield _no("An aggregate cannot stand in WHERE or in a join condition. Write HAVING.")
        if not is_aggregating(scope):
            continue
        group = select.args.get("group")
        keys = [key.unnest() for key in group.expressions] if group else []
        if any(key.find(exp.AggFunc, exp.Window) for key in keys):
            yield _no("GROUP BY takes no aggregate and no window. Put it in a WITH and group by its column.")
        having = select.args.get("having")
        for part in [*select.selects, *([having.this] if having else [])]:
            for column in _loose(part.unalias(), keys):
                yield _no(f"'{column.name}' must stand in GROUP BY or inside an aggregate.")
        for node in (node for select_part in select.selects for node in select_part.find_all(exp.AggFunc)):
            inner = [one for one in node.find_all(exp.AggFunc) if one is not node]
            if is_group_aggregate(node) and inner:
                yield _no("An aggregate cannot stand inside another. Use a WITH for the inner one.")


def _loose(node: exp.Expr, keys: list[exp.Expr]) -> Iterator[exp.Column]:
    if node.unnest() in keys or is_group_aggregate(node) or isinstance(node, exp.Query):
        return
    if isinstance(node, exp.Filter) and is_group_aggregate(node.this):
        return
    if isinstance(node, exp.Column):
        yield node
    for part in node.iter_expressions():
        yield from _loose(part, keys)


def _no(sentence: str) -> Refusal:
    return Refusal("grouped_columns", sentence)
