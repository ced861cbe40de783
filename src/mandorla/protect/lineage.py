"""Where a value comes from: which columns of which tables an expression shows, and which it has only read.

The checks ask here, never the text: an alias, a WITH, a subquery or a UNION cannot hide where a value came from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, walk_in_scope

from mandorla.domain.analysis_rules import IdMappingTableRule
from mandorla.domain.protected_query import AmcQuestion
from mandorla.domain.query_table import QueryColumn, QueryTable, Sensitivity
from mandorla.protect.names import BoundQuery, outputs

ORDER_OF_LEVELS = tuple(Sensitivity)
COUNTING = (exp.Count, exp.ApproxDistinct)
# Values of a group that are one row's own, as they stand.
PICKING = (exp.Min, exp.Max, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue)
# Literals in these say how to cut or round a value; they are not a value to compare with.
SHAPING = (
    exp.Substring, exp.Left, exp.Right, exp.Round, exp.Trunc, exp.TimestampTrunc, exp.Extract, exp.SplitPart, exp.TsOrDsAdd,
    exp.TsOrDsDiff, exp.DateDiff, exp.TimestampAdd, exp.TimeToStr, exp.StrToDate, exp.StrToTime, exp.Trim, exp.Lag, exp.Lead,
)  # fmt: skip
# Whatever answers yes or no about a value, or keeps it only if it is like another.
COMPARING = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Like, exp.ILike, exp.SimilarTo,
    exp.RegexpLike, exp.In, exp.Between, exp.Nullif, exp.StrPosition, exp.Replace, exp.SplitPart, exp.Greatest,
    exp.Least,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BaseColumn:
    """A column of a table of the room."""

    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What stands behind a value: `shown` reaches it, `read` has also counted or chosen it. `is_bare`: it is such a column,
    unchanged."""

    shown: frozenset[BaseColumn] = frozenset()
    read: frozenset[BaseColumn] = frozenset()
    is_bare: bool = False
    has_literal: bool = False
    has_aggregate: bool = False


NOTHING = Origin()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two or more values that a query compares, and the node that does."""

    node: exp.Expr
    operands: tuple[Origin, ...]


def merge(origins: Sequence[Origin], *, is_bare: bool = False) -> Origin:
    """What stands behind a value that is made of several."""
    return Origin(
        shown=frozenset().union(*(origin.shown for origin in origins)),
        read=frozenset().union(*(origin.read for origin in origins)),
        is_bare=is_bare,
        has_literal=any(origin.has_literal for origin in origins),
        has_aggregate=any(origin.has_aggregate for origin in origins),
    )


class Lineage:
    """The origins of a bound query, each scope's outputs worked out once. It holds no more than the query gave it."""

    def __init__(self, query: BoundQuery) -> None:
        self.query = query
        self._scope_of = {id(scope.expression): scope for scope in query.scopes}
        self._outputs: dict[int, dict[str, Origin]] = {}

    def outputs(self, scope: Scope) -> dict[str, Origin]:
        """The origin of each column of a scope, by its name."""
        if id(scope) not in self._outputs:
            self._outputs[id(scope)] = self._work_out(scope)
        return self._outputs[id(scope)]

    def of(self, expression: exp.Expr, scope: Scope) -> Origin:
        """What stands behind an expression of a scope."""
        match expression:
            case exp.Column():
                return self._of_column(expression, scope)
            case exp.Literal() | exp.Boolean():
                return Origin(has_literal=True)
            case exp.Interval() | exp.DataType() | exp.Var() | exp.Identifier():
                return NOTHING
            case exp.Query():
                found = list(self.outputs(self._scope_of[id(expression.unnest())]).values())
                return merge(found, is_bare=all(origin.is_bare for origin in found))
        parts = [self.of(part, scope) for part in expression.iter_expressions()]
        match expression:
            case exp.Paren() | exp.Alias():
                return merge(parts, is_bare=parts[0].is_bare)
            case exp.Coalesce():
                return merge(parts, is_bare=all(part.is_bare for part in parts))
            case exp.Count() | exp.ApproxDistinct():
                whole = merge(parts)
                return Origin(read=whole.read, has_aggregate=True)
        whole = merge(parts)
        if isinstance(expression, exp.Window):  # what divides or orders the rows is read, and not shown
            return Origin(
                shown=parts[0].shown, read=whole.read, has_literal=parts[0].has_literal, has_aggregate=whole.has_aggregate
            )
        if isinstance(expression, exp.Is) and isinstance(expression.expression, exp.Null):
            return Origin(read=whole.read, has_aggregate=whole.has_aggregate)
        return Origin(
            shown=whole.shown,
            read=whole.read,
            has_literal=any(part.has_literal for part in parts[:1]) if isinstance(expression, SHAPING) else whole.has_literal,
            has_aggregate=whole.has_aggregate or isinstance(expression, exp.AggFunc),
        )

    def column(self, base: BaseColumn) -> QueryColumn:
        """The table's own description of a column."""
        column = self.query.tables[base.table].column(base.column)
        assert column is not None, "names are resolved"
        return column

    def level(self, base: BaseColumn) -> Sensitivity:
        """How sensitive a column is. In Clean Rooms a threshold's identity is VERY_HIGH, and so are the ids that an ID mapping
        table has of it; the other columns of the identity's table are MEDIUM."""
        if isinstance(self.query.question, AmcQuestion):
            return self.column(base).sensitivity
        if self.is_mapped(base):
            return Sensitivity.VERY_HIGH
        identity = self.query.user_column(self.query.tables[base.table])
        if identity is None:
            return Sensitivity.NONE
        return Sensitivity.VERY_HIGH if base.column == identity else Sensitivity.MEDIUM

    def is_mapped(self, base: BaseColumn) -> bool:
        """Whether a column is one of an ID mapping table's."""
        return isinstance(self.query.tables[base.table].analysis_rule, IdMappingTableRule)

    def is_user(self, origin: Origin) -> bool:
        """Whether a value is a user's id, unchanged."""
        user_columns = (base.column == self.query.user_column(self.query.tables[base.table]) for base in origin.shown)
        return origin.is_bare and bool(origin.shown) and all(user_columns)

    def at_level(self, bases: frozenset[BaseColumn], *levels: Sensitivity) -> list[str]:
        """The names of those columns that have one of the levels, sorted."""
        return sorted({base.column for base in bases if self.level(base) in levels})

    def comparisons(self, scope: Scope) -> Iterator[Comparison]:
        """Every comparison in a scope, its subqueries' own aside, whatever clause or CASE it stands in."""
        for node in walk(scope):
            if isinstance(node, (*COMPARING, exp.Anonymous)):
                if isinstance(node, exp.In) and isinstance(node.args.get("query"), exp.Query):
                    sides = [self.of(node.this, scope), self.of(node.args["query"], scope)]
                else:
                    sides = [self.of(part, scope) for part in node.iter_expressions()]
                yield Comparison(node, tuple(sides))
            elif isinstance(node, exp.Case) and node.this is not None:
                yield Comparison(
                    node, (self.of(node.this, scope), *(self.of(branch.this, scope) for branch in node.args["ifs"]))
                )

    def _work_out(self, scope: Scope) -> dict[str, Origin]:
        if scope.set_operation_scopes:
            left, right = (list(self.outputs(branch).values()) for branch in scope.set_operation_scopes)
            return {
                name: merge([one, other], is_bare=one.is_bare and other.is_bare)
                for name, one, other in zip(outputs(scope), left, right, strict=False)
            }
        return {name: self.of(select, scope) for name, select in zip(outputs(scope), scope.expression.selects, strict=True)}

    def _of_column(self, column: exp.Column, scope: Scope) -> Origin:
        if not column.table:  # ORDER BY an output's name
            return self.outputs(scope)[column.name]
        source = scope.sources[column.table]
        if isinstance(source, Scope):
            return self.outputs(source)[column.name]
        base = frozenset({BaseColumn(source.name, column.name)})
        return Origin(shown=base, read=base, is_bare=True)


def walk(scope: Scope) -> Iterator[exp.Expr]:
    """The nodes of a scope without those of its subqueries and its WITH."""
    yield from walk_in_scope(scope.expression)


def clause_expressions(scope: Scope, *clauses: str) -> list[exp.Expr]:
    """The expressions under some clauses of a scope's SELECT: `where`, `group`, `having`, `order`."""
    return [part for clause in clauses if (node := scope.expression.args.get(clause)) for part in node.iter_expressions()]


def conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    """A condition cut at its ANDs."""
    return list(condition.unnest().flatten()) if isinstance(condition.unnest(), exp.And) else [condition.unnest()]


def tables_of(origins: frozenset[BaseColumn], query: BoundQuery) -> list[QueryTable]:
    """The tables of some columns, each once."""
    return [query.tables[name] for name in sorted({base.table for base in origins})]
