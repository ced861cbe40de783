"""Where users are counted, a row of the result is a group of them, never one's own row. Amazon Ads guide: a query must
aggregate."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.protect.lineage import Lineage, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def aggregated_result(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal when the result's rows are rows of a table, or one for each user."""
    if has_user_rows(query.root, lineage):
        yield Refusal(
            "aggregated_result",
            "The query must aggregate: its result has a row for each row of a table or each user. "
            "Use COUNT, SUM or another aggregate, and GROUP BY columns that many users share.",
        )


def has_user_rows(scope: Scope, lineage: Lineage) -> bool:
    """Whether the rows of a scope are single users', so that somebody must still gather them."""
    if scope.set_operation_scopes:
        return any(has_user_rows(branch, lineage) for branch in scope.set_operation_scopes)
    select = scope.expression
    if is_aggregating(scope):
        group = select.args.get("group")
        return any(lineage.is_user(lineage.of(key, scope)) for key in (group.expressions if group else ()))
    if select.args.get("distinct"):
        return any(lineage.is_user(lineage.of(key, scope)) for key in select.selects)
    sources = [scope.sources[name] for name in scope.selected_sources]
    return any(not isinstance(source, Scope) or has_user_rows(source, lineage) for source in sources)


def is_aggregating(scope: Scope) -> bool:
    """Whether a SELECT makes groups: it has GROUP BY, or an aggregate that is no window."""
    return bool(scope.expression.args.get("group")) or any(is_group_aggregate(node) for node in walk(scope))


def is_group_aggregate(node: exp.Expr) -> bool:
    """Whether a node is an aggregate over a group, as opposed to one with OVER."""
    whole = node.parent if isinstance(node.parent, (exp.Filter, exp.IgnoreNulls)) else node
    return isinstance(node, exp.AggFunc) and not (isinstance(whole.parent, exp.Window) and whole.arg_key == "this")
