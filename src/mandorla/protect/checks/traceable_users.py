"""Forms of a query in which nobody could say which users stand behind a row. Where users are counted, they are refused."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.protect.checks.picked_values import is_per_user
from mandorla.protect.lineage import Lineage, conjuncts, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def traceable_users(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for set operations but UNION, for ORDER BY and LIMIT inside, for IN that is no test of a user, and for
    hidden totals."""
    for scope in query.scopes:
        expression = scope.expression
        if isinstance(expression, (exp.Except, exp.Intersect)):
            yield _no("EXCEPT and INTERSECT cannot be used where users are counted. Write a join, or UNION ALL with GROUP BY.")
        if scope is not query.root and (expression.args.get("limit") or expression.args.get("order")):
            yield _no("ORDER BY and LIMIT stand only at the end of the whole query where users are counted.")
        windows = any(isinstance(node, exp.Window) for node in walk(scope))
        if expression.args.get("distinct") and isinstance(expression, exp.Select) and windows:
            yield _no("SELECT DISTINCT cannot stand beside a window. Put the window in a WITH of its own.")
        yield from _memberships(scope, lineage)
    for join_scope, source in _optional_sources(query):
        if source in query.scopes and _filters_on_totals(source, lineage):
            yield _no(
                f"The optional side of a {join_scope} JOIN may not be filtered by a total over several users: "
                "a missing row would show it. Filter in the outer query, or group by the user."
            )


def _memberships(scope: Scope, lineage: Lineage) -> Iterator[Refusal]:
    where = scope.expression.args.get("where")
    tests = {id(_without_not(part)) for part in conjuncts(where.this)} if where else set()
    for node in walk(scope):
        subquery = node.args.get("query") if isinstance(node, exp.In) else None
        if subquery is None:
            continue
        if id(node) not in tests:
            yield _no("IN (SELECT …) stands only in WHERE, by itself or joined to the rest with AND.")
        elif not (lineage.is_user(lineage.of(node.this, scope)) and lineage.is_user(lineage.of(subquery, scope))):
            yield _no("IN (SELECT …) may test only the user's id against the ids of users. Join the tables instead.")
        elif isinstance(node.parent, exp.Not):
            inner = next(inner for inner in scope.subquery_scopes if inner.expression is subquery.unnest())
            if _filters_on_totals(inner, lineage):
                yield _no("NOT IN (SELECT …) may not be filtered by a total over several users: a missing row would show it.")


def _without_not(part: exp.Expr) -> exp.Expr:
    return part.this.unnest() if isinstance(part, exp.Not) else part


def _optional_sources(query: BoundQuery) -> Iterator[tuple[str, Scope | exp.Table]]:
    for scope in query.scopes:
        for join in scope.expression.args.get("joins") or ():
            if join.side in ("LEFT", "FULL"):
                yield join.side, scope.sources[join.this.alias_or_name]
            if join.side in ("RIGHT", "FULL"):
                before = [scope.expression.args["from_"].this, *(one.this for one in scope.expression.args["joins"])]
                for source in before[: before.index(join.this)]:
                    yield join.side, scope.sources[source.alias_or_name]


def _filters_on_totals(scope: Scope, lineage: Lineage) -> bool:
    """Whether a scope, or one inside it, keeps or drops rows by an aggregate over several users."""
    if scope.set_operation_scopes:
        return any(_filters_on_totals(branch, lineage) for branch in scope.set_operation_scopes)
    select = scope.expression
    if select.args.get("having") and not is_per_user(scope, lineage):
        return True
    conditions = [clause.this for clause in (select.args.get("where"),) if clause]
    conditions += [join.args["on"] for join in select.args.get("joins") or () if join.args.get("on")]
    for condition in conditions:
        for column in condition.find_all(exp.Column):
            source = scope.sources.get(column.table)
            if (
                isinstance(source, Scope)
                and lineage.of(column, scope).has_aggregate
                and not _is_gathered_per_user(source, lineage)
            ):
                return True
    inner = [scope.sources[name] for name in scope.selected_sources]
    return any(isinstance(source, Scope) and _filters_on_totals(source, lineage) for source in (*inner, *scope.subquery_scopes))


def _is_gathered_per_user(scope: Scope, lineage: Lineage) -> bool:
    if scope.set_operation_scopes:
        return all(_is_gathered_per_user(branch, lineage) for branch in scope.set_operation_scopes)
    if scope.expression.args.get("group"):
        return is_per_user(scope, lineage)
    inner = [scope.sources[name] for name in scope.selected_sources]
    return all(isinstance(source, Scope) and _is_gathered_per_user(source, lineage) for source in inner) and bool(inner)


def _no(sentence: str) -> Refusal:
    return Refusal("traceable_users", sentence)
