"""The joins of AGGREGATION and LIST: INNER JOIN … ON equalities of join columns, combined as the rules allow, from the
runner's table on.

Clean Rooms user guide, analysis-rules-aggregation: joinColumns, allowedJoinOperators ("Default is AND"), joinRequired
QUERY_RUNNER.
"""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import AggregationRule, IdMappingTableRule, JoinOperator, ListRule
from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.domain.query_table import QueryTable
from mandorla.protect.lineage import Lineage
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def join_columns(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each join of another form, and for each table that must be joined with the runner's and is not."""
    for scope in query.scopes:
        tables = _formed_tables(scope, query)
        if not tables:
            continue
        pairs: list[tuple[str, str]] = []
        for join in scope.expression.args.get("joins") or ():
            if not join.args.get("on"):
                yield _no("Tables are joined with INNER JOIN … ON, never with a comma or CROSS JOIN.")
                continue
            if join.side and not _touches_mapping(join, scope, query):
                yield _no(f"{join.side} JOIN may not be used under these analysis rules. Write INNER JOIN.")
            yield from _condition(join.args["on"], scope, query, pairs)
        yield from _unjoined(tables, pairs, query)


def _formed_tables(scope: Scope, query: BoundQuery) -> dict[str, QueryTable]:
    tables = {
        alias: query.tables[source.name] for alias, source in scope.sources.items()
        if isinstance(source, exp.Table) and alias in scope.selected_sources
    }  # fmt: skip
    is_formed = any(isinstance(table.analysis_rule, AggregationRule | ListRule) for table in tables.values())
    return tables if is_formed else {}


def _touches_mapping(join: exp.Join, scope: Scope, query: BoundQuery) -> bool:
    sources = [scope.sources.get(column.table) for column in join.args["on"].find_all(exp.Column)]
    tables = [query.tables[source.name] for source in sources if isinstance(source, exp.Table)]
    return any(isinstance(table.analysis_rule, IdMappingTableRule) for table in tables)


def _condition(condition: exp.Expr, scope: Scope, query: BoundQuery, pairs: list[tuple[str, str]]) -> Iterator[Refusal]:
    condition = condition.unnest()
    if isinstance(condition, exp.And | exp.Or):
        operator = JoinOperator.OR if isinstance(condition, exp.Or) else JoinOperator.AND
        for column in condition.find_all(exp.Column):
            table, rule = _rule(column, scope, query)
            if isinstance(rule, AggregationRule | ListRule) and operator not in rule.allowed_join_operators:
                yield _no(f"The analysis rule of '{table}' does not allow {operator} in a join condition.")
        for part in (condition.this, condition.expression):
            yield from _condition(part, scope, query, pairs)
        return
    sides = [condition.this.unnest(), condition.expression.unnest()] if isinstance(condition, exp.EQ) else []
    if len(sides) != 2 or not all(isinstance(side, exp.Column) for side in sides) or sides[0].table == sides[1].table:
        yield _no("A join condition compares a column of one table with a column of another, with =.")
        return
    pairs.append((sides[0].table, sides[1].table))
    for side in sides:
        table, rule = _rule(side, scope, query)
        if rule is not None and side.name not in getattr(rule, "join_columns", ()):
            yield _no(f"'{side.name}' is no join column of '{table}'.")


def _rule(column: exp.Column, scope: Scope, query: BoundQuery) -> tuple[str, object]:
    source = scope.sources[column.table]
    return (source.name, query.tables[source.name].analysis_rule) if isinstance(source, exp.Table) else (column.table, None)


def _unjoined(tables: dict[str, QueryTable], pairs: list[tuple[str, str]], query: BoundQuery) -> Iterator[Refusal]:
    assert isinstance(query.question, CleanRoomsQuestion), "this check is one of Clean Rooms"
    own = {alias for alias, table in tables.items() if table.owner == query.question.runner}
    reached = set(own)
    while grown := {alias for pair in pairs if reached & set(pair) for alias in pair} - reached:
        reached |= grown
    for alias, table in tables.items():
        rule = table.analysis_rule
        must_join = isinstance(rule, ListRule) or (isinstance(rule, AggregationRule) and rule.join_required)
        if (must_join and alias not in reached) or (must_join and alias not in own and not own):
            yield _no(f"'{table.name}' must be joined, directly or through others, with a table of the account that asks.")


def _no(sentence: str) -> Refusal:
    return Refusal("join_columns", sentence)
