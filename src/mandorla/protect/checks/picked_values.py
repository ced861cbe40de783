"""MIN, MAX and the like give back one row's own value, and a window mixes rows of many users: both only within one user's
rows, where the value is more than NONE or LOW. So a value can come out only as a group that enough users share."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.query_table import Sensitivity
from mandorla.protect.checks.aggregated_result import is_aggregating, is_group_aggregate
from mandorla.protect.lineage import COUNTING, PICKING, Lineage, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

GUARDED = (Sensitivity.MEDIUM, Sensitivity.HIGH, Sensitivity.VERY_HIGH, Sensitivity.INTERNAL)
# A row's place among others is not a value of any of them.
RANKING = (exp.RowNumber, exp.Rank, exp.DenseRank)


def picked_values(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each MIN or MAX of a guarded column over several users, and each window that is not one user's."""
    for scope in query.scopes:
        for node in walk(scope):
            if isinstance(node, PICKING) and is_group_aggregate(node):
                columns = lineage.at_level(lineage.of(node, scope).shown, *GUARDED)
                if columns and not is_per_user(scope, lineage):
                    yield _no(
                        f"{node.sql_name()}({columns[0]}) would show one user's value. Use it in a WITH that "
                        f"groups by the user."
                    )
            if isinstance(node, exp.AggFunc) and isinstance(node.this, exp.Distinct) and not isinstance(node, COUNTING):
                yield from _distinct_values(node, scope, lineage)
            if isinstance(node, exp.Window):
                yield from _window(node, scope, lineage)


def _distinct_values(node: exp.Expr, scope: Scope, lineage: Lineage) -> Iterator[Refusal]:
    """Over distinct values each counts once: one user's value weighs as much as one that thousands share."""
    columns = lineage.at_level(lineage.of(node, scope).shown, *GUARDED)
    if columns and not is_per_user(scope, lineage):
        name = node.sql_name()
        yield _no(f"{name}(DISTINCT {columns[0]}) would show a value that one user alone has. Use {name}({columns[0]}).")


def _window(window: exp.Window, scope: Scope, lineage: Lineage) -> Iterator[Refusal]:
    inside = window.this.this if isinstance(window.this, (exp.Filter, exp.IgnoreNulls)) else window.this
    partition = window.args.get("partition_by") or []
    if isinstance(inside, RANKING) and not lineage.of(window, scope).read:
        yield _no(f"{inside.sql_name()} OVER (…) must order by a column: else it numbers rows, and one can be picked by it.")
    if isinstance(inside, RANKING) or not lineage.of(window, scope).read:
        return
    if is_aggregating(scope):
        yield _no(
            f"{inside.sql_name()} OVER (…) cannot stand beside GROUP BY: it would show groups that are removed. Use a WITH."
        )
    elif not any(lineage.is_user(lineage.of(key, scope)) for key in partition):
        yield _no(
            f"{inside.sql_name()} OVER (…) must be partitioned by the user, so that no user's value reaches another's row."
        )


def is_per_user(scope: Scope, lineage: Lineage) -> bool:
    """Whether a SELECT groups by the user, so that each of its rows is one user's."""
    group = scope.expression.args.get("group")
    return any(lineage.is_user(lineage.of(key, scope)) for key in (group.expressions if group else ()))


def _no(sentence: str) -> Refusal:
    return Refusal("picked_values", sentence)
