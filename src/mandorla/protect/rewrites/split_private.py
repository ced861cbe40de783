"""Take a question under differential privacy apart: the rows that users contribute, and the answer made of noisy numbers.

The first half reads tables and aggregates nothing. The second reads nothing but what the engine has bounded, aggregated and
given noise; HAVING, ORDER BY, LIMIT and arithmetic stand there, where they cost nothing.
"""

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.private_query import (
    PRIVATE_ANSWER,
    PRIVATE_KEY,
    PRIVATE_USER,
    PRIVATE_VALUE,
    AggregationType,
    PrivateAggregate,
)
from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.checks.aggregated_result import is_group_aggregate
from mandorla.protect.grammar import PARSERS
from mandorla.protect.names import BoundQuery
from mandorla.protect.user_level import UserLevel

TYPES: dict[type[exp.Expr], AggregationType] = {
    exp.Count: AggregationType.COUNT,
    exp.Sum: AggregationType.SUM,
    exp.Avg: AggregationType.AVG,
    exp.Stddev: AggregationType.STDDEV,
    exp.StddevSamp: AggregationType.STDDEV,
    exp.StddevPop: AggregationType.STDDEV,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitQuery:
    """The two halves, and the aggregates between them."""

    rows: exp.Select
    answer: exp.Select
    aggregates: tuple[PrivateAggregate, ...]
    keys: int
    values: int


def split_private(query: BoundQuery) -> SplitQuery:
    """The halves of a query of the form that `private_form` asks for."""
    scope, level = query.root, UserLevel(query)
    select = query.tree
    assert isinstance(select, exp.Select), "the last SELECT aggregates"
    group = select.args.get("group")
    keys = list(dict.fromkeys(key.unnest() for key in group.expressions)) if group else []
    wholes = list(dict.fromkeys(whole for part in _shown(select) for whole in _wholes(part)))
    values = list(dict.fromkeys(_value(whole) for whole in wholes))
    dialect = PARSERS[query.question.dialect]
    aggregates = tuple(_aggregate(whole, values.index(_value(whole)), scope, level, dialect) for whole in wholes)
    numbers = {whole: exp.to_identifier(f"{PRIVATE_VALUE}{place}", quoted=True) for place, whole in enumerate(wholes)}
    numbers.update({key: exp.to_identifier(f"{PRIVATE_KEY}{place}", quoted=True) for place, key in enumerate(keys)})
    rows = select.copy()
    for part in ("group", "having", "order", "limit"):
        rows.set(part, None)
    rows.set("expressions", [_named(level.user_of(scope), PRIVATE_USER)])
    for name, expressions in ((PRIVATE_KEY, keys), (PRIVATE_VALUE, values)):
        for place, one in enumerate(expressions):
            rows.append("expressions", _named(one.copy(), f"{name}{place}"))
    answer = _answer(select, numbers)
    if query.question.dialect is SqlDialect.SPARK:
        _divide_into_fractions(rows)
        _divide_into_fractions(answer)
    return SplitQuery(rows=rows, answer=answer, aggregates=aggregates, keys=len(keys), values=len(values))


def _divide_into_fractions(tree: exp.Select) -> None:
    """Spark divides whole numbers into fractions; the engine is set as Athena needs it, which divides them into whole ones."""
    for division in tree.find_all(exp.Div):
        division.set("this", exp.cast(exp.paren(division.this.copy()), "DOUBLE"))


def _answer(select: exp.Select, numbers: dict[exp.Expr, exp.Identifier]) -> exp.Select:
    answer = select.copy()
    for part in ("with_", "joins", "where", "group", "having"):
        answer.set(part, None)
    answer.set("from_", exp.From(this=exp.to_table(PRIVATE_ANSWER)))
    having = select.args.get("having")
    if having:
        answer.set("where", exp.Where(this=having.this.copy()))
    for part in ("expressions", "where", "order"):
        found = answer.args.get(part)
        if found:
            done = [_of_numbers(one, numbers) for one in found] if isinstance(found, list) else _of_numbers(found, numbers)
            answer.set(part, done)
    return answer


def _of_numbers(part: exp.Expr, numbers: dict[exp.Expr, exp.Identifier]) -> exp.Expr:
    return part.transform(lambda node: exp.Column(this=numbers[node].copy()) if node in numbers else node)


def _shown(select: exp.Select) -> list[exp.Expr]:
    return [*select.selects, *(select.args[name] for name in ("having", "order") if select.args.get(name))]


def _wholes(part: exp.Expr) -> list[exp.Expr]:
    """The aggregates in an expression, each with its FILTER."""
    found = [node for node in part.walk() if is_group_aggregate(node)]
    return [node.parent if isinstance(node.parent, exp.Filter) else node for node in found]


def _value(whole: exp.Expr) -> exp.Expr:
    """What a row contributes to an aggregate: a number, something to count, or NULL."""
    inner, condition = (whole.this, whole.expression.this) if isinstance(whole, exp.Filter) else (whole, None)
    argument = inner.this.expressions[0] if isinstance(inner.this, exp.Distinct) else inner.this
    one = exp.Literal.number(1)
    if isinstance(inner, exp.Count) and not isinstance(inner.this, exp.Distinct):
        is_there = exp.Not(this=exp.Is(this=exp.paren(argument.copy()), expression=exp.Null()))
        value: exp.Expr = one if isinstance(argument, exp.Star | exp.Literal) else exp.case().when(is_there, one)
    elif isinstance(inner, exp.Count):
        value = argument.copy()
    else:
        value = exp.TryCast(this=argument.copy(), to=exp.DataType.build("DOUBLE"))
    return value if condition is None else exp.case().when(condition.copy(), value)


def _aggregate(whole: exp.Expr, value: int, scope: Scope, level: UserLevel, dialect: str) -> PrivateAggregate:
    inner = whole.this if isinstance(whole, exp.Filter) else whole
    kind = TYPES[type(inner)]
    of_users = False
    if isinstance(inner.this, exp.Distinct):
        kind = AggregationType.COUNT_DISTINCT
        of_users = _is_users(inner.this.expressions[0], scope, level)
    return PrivateAggregate(
        type=kind,
        value=value,
        expression=whole.sql(dialect, comments=False),
        of_users=of_users,
        of_population=isinstance(inner, exp.StddevPop),
    )


def _is_users(node: exp.Expr, scope: Scope, level: UserLevel) -> bool:
    """Whether an expression is the user of a row, or that user where a condition holds."""
    node = node.unnest()
    if not isinstance(node, exp.Case):
        return level.is_user(node, scope)
    ends = [branch.args["true"] for branch in node.args["ifs"]] + [node.args["default"]] * bool(node.args.get("default"))
    return all(isinstance(end.unnest(), exp.Null) or _is_users(end, scope, level) for end in ends)


def _named(expression: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(expression, name, quoted=True)
