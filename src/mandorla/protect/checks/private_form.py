"""The form that a question must have where a table's rule asks for differential privacy: parts that keep users apart, and one
last SELECT that aggregates over them.

Clean Rooms user guide, differential privacy: aggregate functions "in the final SELECT statement are run on user-level data",
and a WITH over protected tables has the user identifier column among its columns.
"""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.protect.checks.aggregated_result import is_aggregating, is_group_aggregate
from mandorla.protect.lineage import Lineage, conjuncts, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal
from mandorla.protect.user_level import UserLevel, private_column, private_tables

NOISY = (exp.Count, exp.Sum, exp.Avg, exp.Stddev, exp.StddevSamp, exp.StddevPop)
ALLOWED = "COUNT, COUNT(DISTINCT …), SUM, AVG and STDDEV"


def private_form(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each place where one user's rows could change more than the noise covers."""
    if not private_tables(query):
        return
    level = UserLevel(query)
    yield from _rules(query)
    for scope in query.scopes:
        if level.is_private(scope):
            yield from _memberships(scope, level)
            yield from _joins(scope, level)
            if scope is not query.root:
                yield from _part(scope, level)
    yield from _last(query.root, level)


def _rules(query: BoundQuery) -> Iterator[Refusal]:
    tables = private_tables(query)
    for table in tables:
        if table.column(private_column(table) or "") is None:
            yield _no(f"'{table.name}' has no column '{private_column(table)}', by which its rule would protect its users.")
    # Service model of Clean Rooms, DifferentialPrivacyConfiguration: "you must configure the same column as the user
    # identifier column in both analysis rules".
    if len({private_column(table) for table in tables}) > 1:
        named = ", ".join(f"'{private_column(table)}' of '{table.name}'" for table in tables)
        yield _no(f"The tables under differential privacy must name the same user column; they name {named}.")
    if query.counts_users:
        yield _no("A table with an aggregation threshold cannot be combined with one under differential privacy.")


def _memberships(scope: Scope, level: UserLevel) -> Iterator[Refusal]:
    where = scope.expression.args.get("where")
    tests = {id(part) for part in conjuncts(where.this)} if where else set()
    for node in walk(scope):
        subquery = node.args.get("query") if isinstance(node, exp.In) else None
        if subquery is None:
            continue
        inner = next(inner for inner in scope.subquery_scopes if inner.expression is subquery.unnest())
        if not level.is_private(inner):
            continue
        if id(node) not in tests or not level.is_user(node.this, scope) or level.users_in(inner) == []:
            yield _no(
                "IN (SELECT …) over protected rows may only test the user against users, in WHERE, by itself or joined to the "
                "rest with AND. For NOT IN write LEFT JOIN … ON the user, and IS NULL."
            )


def _joins(scope: Scope, level: UserLevel) -> Iterator[Refusal]:
    for name in level.unjoined(scope):
        yield _no(f"'{name}' must be joined with the other protected rows by their users: ON one user column = the other.")


def _part(scope: Scope, level: UserLevel) -> Iterator[Refusal]:
    expression = scope.expression
    if expression.args.get("limit"):
        yield _no("LIMIT stands only at the end of the whole query under differential privacy.")
    if not level.users_in(scope):
        yield _no("Each part of the query that reads protected rows must have their user column among its columns.")
    if isinstance(expression, exp.Select) and is_aggregating(scope):
        group = expression.args.get("group")
        if not any(level.is_user(key, scope) for key in (group.expressions if group else ())):
            yield _no("A part that aggregates protected rows must group by their user. Only the last SELECT gathers users.")
    for node in walk(scope):
        partition = node.args.get("partition_by") or [] if isinstance(node, exp.Window) else None
        if partition is not None and not any(level.is_user(key, scope) for key in partition):
            yield _no("A window over protected rows must be partitioned by their user.")


def _last(scope: Scope, level: UserLevel) -> Iterator[Refusal]:
    select = scope.expression
    if not isinstance(select, exp.Select) or not any(
        is_group_aggregate(node) for part in select.selects for node in part.walk()
    ):
        yield _no(f"Under differential privacy the last SELECT must aggregate, with {ALLOWED}.")
        return
    if select.args.get("distinct"):
        yield _no("SELECT DISTINCT has no use where the last SELECT aggregates. Leave DISTINCT out.")
    if not any(level.is_private(source) for source in level.sources(scope).values()):
        yield _no("The last SELECT must read the protected rows in FROM.")
    group = select.args.get("group")
    if any(level.is_user(key, scope) for key in (group.expressions if group else ())):
        yield _no("The last SELECT cannot group by the user: a group of one user is never shown.")
    for node in walk(scope):
        if isinstance(node, exp.Window):
            yield _no("A window cannot stand in the last SELECT under differential privacy. Put it in a WITH.")
        elif is_group_aggregate(node) and not _has_noise(node):
            yield _no(f"{_spelled(node)} cannot be given noise. Under differential privacy there are {ALLOWED}.")
    for part in _shown(select):
        if part.find(exp.Query):
            yield _no("A subquery cannot stand in SELECT, HAVING or ORDER BY under differential privacy. Join it.")


def _has_noise(node: exp.Expr) -> bool:
    if not isinstance(node, NOISY) or node.find(exp.IgnoreNulls):
        return False
    if isinstance(node.this, exp.Distinct):
        return isinstance(node, exp.Count) and len(node.this.expressions) == 1
    return not (isinstance(node, exp.Count) and node.expressions)


def _spelled(node: exp.Expr) -> str:
    name = node.sql_name() if isinstance(node, exp.Func) else type(node).__name__.upper()
    return f"{name}(DISTINCT …)" if isinstance(node.this, exp.Distinct) else name


def _shown(select: exp.Select) -> list[exp.Expr]:
    clauses = [select.args[name] for name in ("having", "order") if select.args.get(name)]
    return [*select.selects, *clauses]


def _no(sentence: str) -> Refusal:
    return Refusal("private_form", sentence)
