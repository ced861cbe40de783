"""Whose rows make a metric what it is: an aggregate over a thousand users can still show what a single one of them has
done.

Amazon Ads guide, create workflow: effective users are those "contributing a non-zero value to each metric " "column with
non-zero total".
"""

from collections.abc import Iterator

from sqlglot import exp, parse_one

# Marks an aggregate over MEDIUM or HIGH columns, which must not be one row's alone.
GUARDED_SUM = "protected_guarded_sum"
# Marks a MIN or MAX whose value names a group, or is a group's total: it is only those users' who have that very value.
PICKED_VALUE = "protected_picked_value"
SPREADS = (exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance, exp.VariancePop)
GUARDED_AGGREGATES = (exp.Sum, exp.Avg, *SPREADS)


def contributions_of(aggregate: exp.Expr) -> list[exp.Expr]:
    """Conditions on rows: who contributes to an aggregate at all, and who to each of the ways that its argument forks.

    `SUM(CASE WHEN a THEN 1000 ELSE 1 END)` would otherwise tell how many rows have `a`, however few their users are.
    """
    argument = aggregate.this
    arguments = argument.expressions if isinstance(argument, exp.Distinct) else [argument]
    arguments = [one for one in arguments if isinstance(one, exp.Expr) and not isinstance(one, exp.Star)]
    filtered = [aggregate.parent.expression.this] if isinstance(aggregate.parent, exp.Filter) else []
    if not any(part.find(exp.Column) for part in (*arguments, *filtered)):
        return []
    counts = [_has_value(one, aggregate) for one in arguments]
    whole = exp.and_(*(part.copy() for part in (*filtered, *counts)))
    forks = [fork for one in arguments for fork in _forks(one)]
    return [whole, *(exp.and_(whole.copy(), fork) for fork in forks)]


def dominance_of(aggregate: exp.Expr) -> exp.Expr:
    """Whether one row makes up half of a sum or more: then the sum is as good as that row's own value.

    Amazon Ads guide, create workflow: equivalent users, "row total of a metric / largest value of one user", of which two
    are required. GUESS: it is held here to sums of MEDIUM and HIGH columns, by the row, and taken as a metric of one user.
    """
    argument = aggregate.this.expressions[0] if isinstance(aggregate.this, exp.Distinct) else aggregate.this
    if isinstance(aggregate.parent, exp.Filter):
        argument = exp.case().when(aggregate.parent.expression.this.copy(), argument.copy())
    size = exp.Abs(this=exp.TryCast(this=argument.copy(), to=exp.DataType.build("DOUBLE")))
    size = exp.Mul(this=size, expression=size.copy()) if isinstance(aggregate, SPREADS) else size
    twice = exp.Mul(this=exp.Max(this=size), expression=exp.Literal.number(2))
    return exp.GTE(this=twice, expression=exp.Sum(this=size.copy()))


def users_at_the_pick(aggregate: exp.Expr, users: exp.Expr, condition: exp.Expr, *, are_sets: bool) -> exp.Expr:
    """The list of the users who have the value that a MIN or MAX gives, each once."""
    at = {"x": _whole(aggregate.this), "u": users, "c": condition, "m": _with_filter(aggregate)}
    rows = "LIST_FILTER(LIST(DISTINCT ROW(x, u)) FILTER (WHERE c), LAMBDA one : one[1] = m)"
    found = f"LIST_TRANSFORM({rows}, LAMBDA one : one[2])"
    pattern = parse_one(f"LIST_DISTINCT({f'FLATTEN({found})' if are_sets else found})", read="duckdb")
    return pattern.transform(lambda node: at[node.name].copy() if isinstance(node, exp.Column) else node)


def _with_filter(aggregate: exp.Expr) -> exp.Expr:
    return aggregate.parent if isinstance(aggregate.parent, exp.Filter) else aggregate


def _has_value(argument: exp.Expr, aggregate: exp.Expr) -> exp.Expr:
    if isinstance(aggregate, exp.Sum):
        return exp.NEQ(this=_whole(argument), expression=exp.Literal.number(0))
    return exp.Not(this=exp.Is(this=_whole(argument), expression=exp.Null()))


def _forks(argument: exp.Expr) -> Iterator[exp.Expr]:
    for node in argument.walk():
        if isinstance(node, exp.Case):
            yield from _branches(node)
        elif isinstance(node, exp.If) and not isinstance(node.parent, exp.Case):
            yield _whole(node.this)
            yield exp.Not(this=exp.Coalesce(this=node.this.copy(), expressions=[exp.false()]))
        elif isinstance(node, exp.Greatest | exp.Least):
            yield from (exp.EQ(this=_whole(one), expression=node.copy()) for one in (node.this, *node.expressions))
        elif isinstance(node, exp.Coalesce | exp.Nvl2):
            missing = exp.Is(this=_whole(node.this), expression=exp.Null())
            yield missing
            yield exp.Not(this=missing.copy())
        elif isinstance(node, exp.Predicate) and not node.find_ancestor(exp.Case, exp.If):
            yield _whole(node)
            yield exp.Not(this=_whole(node))


def _branches(case: exp.Case) -> Iterator[exp.Expr]:
    numbered = case.copy()
    values = [branch.args["true"] for branch in numbered.args["ifs"]]
    for number, branch in enumerate(numbered.args["ifs"]):
        branch.set("true", exp.Literal.number(number))
    numbered.set("default", exp.Literal.number(len(values)))
    values.append(case.args.get("default") or exp.Null())
    weighing = [number for number, value in enumerate(values) if not _is_nothing(value)]
    if len(weighing) > 1:
        yield from (exp.EQ(this=numbered.copy(), expression=exp.Literal.number(number)) for number in weighing)


def _is_nothing(value: exp.Expr) -> bool:
    return isinstance(value, exp.Null) or (isinstance(value, exp.Literal) and not value.is_string and float(value.name) == 0)


def _whole(node: exp.Expr) -> exp.Expr:
    """A copy that stays one operand wherever it is put."""
    return node.copy() if isinstance(node, exp.Column | exp.Paren) else exp.paren(node, copy=True)
