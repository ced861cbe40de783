"""How many users each column of the result needs, and how many any row needs because of what was filtered or grouped by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.analysis_rules import CustomRule
from mandorla.domain.protected_query import AmcQuestion, UserThresholds
from mandorla.domain.query_table import Sensitivity
from mandorla.protect.lineage import BaseColumn, Lineage, Origin, conjuncts
from mandorla.protect.names import BoundQuery
from mandorla.protect.parameters import BUILT_IN


@dataclass(frozen=True, slots=True)
class Needs:
    """Users needed by each column of the result, by its name, and by every row whatever its columns."""

    of_columns: Mapping[str, int]
    of_rows: int

    @property
    def most(self) -> int:
        """What a whole row needs: the strictest of its columns and of the row itself."""
        return max([self.of_rows, *self.of_columns.values()])


def needs_of(query: BoundQuery, lineage: Lineage) -> Needs:
    """What the tables' sensitivities (AMC) or aggregation thresholds (Clean Rooms) ask of a query's result."""
    question = query.question
    if isinstance(question, AmcQuestion):
        return _amc_needs(query, lineage, question.thresholds)
    return _clean_rooms_needs(query, lineage)


def _amc_needs(query: BoundQuery, lineage: Lineage, thresholds: UserThresholds) -> Needs:
    """Amazon Ads guide, aggregation threshold: each column of the output needs the users of its level.

    GUESS, and stricter than the page: a column that only filtered, or grouped without being shown, needs them for the whole
    row; without that, a MEDIUM filter would show single users through NONE columns. The execution's own time window is
    free.
    """
    of_columns = {
        name: max([_least(origin, thresholds), *(_users_for(base, lineage, thresholds) for base in origin.read)])
        for name, origin in lineage.outputs(query.root).items()
    }
    hidden = [base for scope in query.scopes for base in _filtering(scope, lineage)]
    hidden += [base for scope in query.scopes for base in _grouping(scope, query, lineage)]
    # GUESS: what a NONE column filters by needs a second user, as a dimension does: it would pick out single rows.
    rows = max([thresholds.none, *(max(thresholds.low, _users_for(base, lineage, thresholds)) for base in hidden)])
    if any(table.rows_are_sensitive for table in query.used_tables()):
        rows = max(rows, thresholds.high)
    return Needs(of_columns, max([rows, *_minimum_of_tables(query).values()]))


def _least(origin: Origin, thresholds: UserThresholds) -> int:
    """GUESS: a NONE column needs no second user as a metric, but as a dimension it does, or it would list single rows."""
    return thresholds.low if origin.read and not origin.has_aggregate else thresholds.none


def _users_for(base: BaseColumn, lineage: Lineage, thresholds: UserThresholds) -> int:
    level = lineage.level(base)
    # GUESS: an id that is only counted or joined needs as many users as a LOW column does.
    return thresholds.low if level is Sensitivity.VERY_HIGH else thresholds.users_for(level)


def _filtering(scope: Scope, lineage: Lineage) -> Iterator[BaseColumn]:
    select = scope.expression
    conditions = [clause.this for clause in (select.args.get("where"), select.args.get("having")) if clause]
    conditions += [join.args["on"] for join in select.args.get("joins") or () if join.args.get("on")]
    for condition in conditions:
        for part in conjuncts(condition):
            if not _is_window_bound(part):
                yield from lineage.of(part, scope).read


def _is_window_bound(part: exp.Expr) -> bool:
    """Whether a condition is no more than a column against a bound of the execution's own window."""
    sides = [part.this.unnest(), part.expression.unnest()] if isinstance(part, exp.GT | exp.GTE | exp.LT | exp.LTE) else []
    bounds = [side for side in sides if side.meta.get(BUILT_IN)]
    return len(bounds) == 1 and all(isinstance(side, exp.Column) for side in sides if side is not bounds[0])


def _grouping(scope: Scope, query: BoundQuery, lineage: Lineage) -> Iterator[BaseColumn]:
    """What a scope groups by without the result's showing it: a group is known by what divides it, not only by what names
    it."""
    group = scope.expression.args.get("group")
    is_result = scope in _result_branches(query.root)
    shown = [select.unalias() for select in scope.expression.selects] if is_result else []
    for key in group.expressions if group else ():
        if key not in shown:
            yield from lineage.of(key, scope).read


def _result_branches(scope: Scope) -> list[Scope]:
    branches = scope.set_operation_scopes
    return [one for branch in branches for one in _result_branches(branch)] if branches else [scope]


def _clean_rooms_needs(query: BoundQuery, lineage: Lineage) -> Needs:
    """Service model of Clean Rooms, AggregationThreshold: minimumIdentityCount "applies to all output columns in the
    table"; outputColumnThresholds override it, 0 exempts. GUESS: a table of which no column is shown asks its minimum of
    every row."""
    of_columns = {}
    shown_tables: set[str] = set()
    minimum = _minimum_of_tables(query)
    for name, origin in lineage.outputs(query.root).items():
        shown_tables |= {base.table for base in origin.read}
        strictest = max(minimum.values(), default=0)
        of_columns[name] = max(
            (_minimum(base, query) for base in origin.read), default=strictest if origin.has_aggregate else 0
        )
    of_rows = max((users for table, users in minimum.items() if table not in shown_tables), default=0)
    return Needs(of_columns, of_rows)


def _minimum_of_tables(query: BoundQuery) -> dict[str, int]:
    return {
        table.name: table.analysis_rule.aggregation_threshold.minimum_identity_count
        for table in query.used_tables()
        if isinstance(table.analysis_rule, CustomRule) and table.analysis_rule.aggregation_threshold
    }


def _minimum(base: BaseColumn, query: BoundQuery) -> int:
    rule = query.tables[base.table].analysis_rule
    threshold = rule.aggregation_threshold if isinstance(rule, CustomRule) else None
    if threshold is None:
        return 0
    own = {column.output_column_name: column.minimum_identity_count for column in threshold.output_column_thresholds}
    return own.get(base.column, threshold.minimum_identity_count)


def additive_function(expression: exp.Expr, scope: Scope) -> str | None:
    """The aggregate that puts two groups' values of an output together: SUM, MIN or MAX; None if there is none."""
    expression = expression.unalias().unnest()
    if isinstance(expression, exp.Column) and isinstance(scope.sources.get(expression.table), Scope):
        source = scope.sources[expression.table]
        while source.set_operation_scopes:
            source = source.set_operation_scopes[0]
        named = {select.alias_or_name: select for select in source.expression.selects}
        return additive_function(named[expression.name], source) if expression.name in named else None
    found = {exp.Sum: "SUM", exp.Count: "SUM", exp.ApproxDistinct: "SUM", exp.Min: "MIN", exp.Max: "MAX"}
    inner = expression.this if isinstance(expression, exp.Filter) else expression
    return found.get(type(inner))
