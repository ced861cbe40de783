"""Whose rows are whose, where a rule asks for differential privacy: which parts of a query read protected rows, and in which of
their columns the user of a row stands.

A part keeps users apart if the rows of one user depend on nobody else's. The check `private_form` refuses every part that does
not, so that taking a user out of the tables takes no more than this user's rows out of the last SELECT's FROM.
"""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import CustomRule
from mandorla.domain.query_table import QueryTable
from mandorla.protect.lineage import conjuncts
from mandorla.protect.names import BoundQuery, outputs


def private_column(table: QueryTable) -> str | None:
    """The column of a table's users, if its rule asks for differential privacy."""
    rule = table.analysis_rule
    return rule.differential_privacy_column if isinstance(rule, CustomRule) else None


def private_tables(query: BoundQuery) -> list[QueryTable]:
    """The tables of a query that ask for differential privacy."""
    return [table for table in query.used_tables() if private_column(table)]


class UserLevel:
    """The protected parts of a bound query and their user columns, each worked out once. It holds what the query gave it.

    A part that is read twice by one that is read twice would otherwise be worked out four times, and so on.
    """

    def __init__(self, query: BoundQuery) -> None:
        self.query = query
        self._is_private: dict[int, bool] = {}
        self._users: dict[int, list[str]] = {}

    def is_private(self, source: exp.Expr | Scope) -> bool:
        """Whether protected rows are read by a table, or by a part of the query wherever it reads them."""
        if isinstance(source, exp.Table):
            return private_column(self.query.tables[source.name]) is not None
        assert isinstance(source, Scope)
        if id(source) not in self._is_private:
            inner = [*self.sources(source).values(), *source.subquery_scopes, *source.set_operation_scopes]
            self._is_private[id(source)] = any(self.is_private(one) for one in inner)
        return self._is_private[id(source)]

    def sources(self, scope: Scope) -> dict[str, exp.Expr | Scope]:
        """What a SELECT reads in FROM and in joins, by its name there."""
        return {name: source for name, (_, source) in scope.selected_sources.items()}

    def private_sources(self, scope: Scope) -> list[str]:
        """The names of those that hold protected rows, in the order in which they are joined."""
        if scope.set_operation_scopes:
            return []
        names = [node.alias_or_name for node in _joined(scope)]
        return [name for name in names if self.is_private(self.sources(scope)[name])]

    def users_in(self, source: exp.Expr | Scope) -> list[str]:
        """The columns in which a table or a part has the user of each of its rows."""
        if isinstance(source, exp.Table):
            column = private_column(self.query.tables[source.name])
            return [column] if column else []
        assert isinstance(source, Scope)
        if id(source) not in self._users:
            self._users[id(source)] = self._work_out(source)
        return self._users[id(source)]

    def _work_out(self, source: Scope) -> list[str]:
        names = outputs(source)
        if source.set_operation_scopes:
            branches = [(branch, self.users_in(branch)) for branch in source.set_operation_scopes]
            places = [{outputs(branch).index(name) for name in users} for branch, users in branches]
            return [name for place, name in enumerate(names) if all(place in found for found in places)]
        selects = zip(names, source.expression.selects, strict=True)
        return [name for name, select in selects if self.is_user(select.unalias(), source)]

    def is_user(self, node: exp.Expr, scope: Scope) -> bool:
        """Whether an expression of a SELECT is the user of the row, unchanged."""
        node = node.unnest()
        if isinstance(node, exp.Coalesce):
            return all(self.is_user(part, scope) for part in (node.this, *node.expressions))
        if not isinstance(node, exp.Column) or node.table not in self.private_sources(scope):
            return False
        return node.name in self.users_in(self.sources(scope)[node.table])

    def user_of(self, scope: Scope) -> exp.Expr:
        """The user of a row of a SELECT's FROM. Where several protected parts are joined, their users are equal or absent."""
        sources = self.sources(scope)
        names = self.private_sources(scope)
        columns = [exp.column(user, name, quoted=True) for name in names for user in self.users_in(sources[name])]
        return exp.Coalesce(this=columns[0], expressions=columns[1:]) if len(columns) > 1 else columns[0]

    def unjoined(self, scope: Scope) -> Iterator[str]:
        """The protected sources of a SELECT that are not joined by the user with one before them."""
        names = self.private_sources(scope)
        where = scope.expression.args.get("where")
        joins = scope.expression.args.get("joins") or []
        # Of rows that an outer join has filled up, WHERE would choose too late.
        chosen = conjuncts(where.this) if where and not any(join.side for join in joins) else []
        conditions = {
            join.alias_or_name: [*(conjuncts(join.args["on"]) if join.args.get("on") else []), *chosen] for join in joins
        }
        for place, name in enumerate(names[1:], 1):
            if not any(self._links(one, name, names[:place], scope) for one in conditions.get(name, [])):
                yield name

    def _links(self, condition: exp.Expr, name: str, before: list[str], scope: Scope) -> bool:
        if not isinstance(condition, exp.EQ):
            return False
        sides = [condition.this.unnest(), condition.expression.unnest()]
        if not all(isinstance(side, exp.Column) and self.is_user(side, scope) for side in sides):
            return False
        tables = {side.table for side in sides}
        return name in tables and bool(tables & set(before))


def _joined(scope: Scope) -> list[exp.Expr]:
    select = scope.expression
    first = [select.args["from_"].this] if select.args.get("from_") else []
    return [*first, *(join.this for join in select.args.get("joins") or [])]
