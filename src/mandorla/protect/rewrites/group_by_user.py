"""Count users in one pass: rows are gathered for each group and user first, then for each group.

Every threshold counts distinct users, and so does nearly every question. An engine keeps a table of users for each such count;
one grouping by user serves them all, and gives the same. What cannot be put together again from parts stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from mandorla.domain.query_table import QueryTable

PERSON, USER = "protected_person", "protected_user"


@dataclass(frozen=True, slots=True)
class Gathered:
    """An aggregate in two steps: what is kept of each user's rows, and how that is put together."""

    kept: exp.Expr | None
    put_together: Callable[[exp.Expr], exp.Expr]


def group_by_user(tree: exp.Query, tables: Mapping[str, QueryTable]) -> exp.Query:
    """The query with its users counted in one pass, where that saves something and changes nothing."""
    if not isinstance(tree, exp.Select) or any(tree.args.get(part) for part in ("distinct", "qualify", "windows")):
        return tree
    group = tree.args.get("group")
    keys = [key.unnest() for key in group.expressions] if group else []
    if group and any(value for name, value in group.args.items() if name != "expressions"):
        return tree
    same = same_users(tree, tables)
    parts = [*tree.selects, *([tree.args["having"].this] if tree.args.get("having") else [])]
    found = [node for part in parts for node in _aggregates(part, keys)]
    counts = [count for node in found if (count := counted_user(node, same)) is not None]
    users = {user.sql() for user, _ in counts}
    if len(users) != 1 or len({condition.sql() if condition else "" for _, condition in counts}) < 2:
        write_counts_alike(found, same)
        return tree
    steps = [_steps_of(node, same) for node in found]
    if any(step is None for step in steps):
        write_counts_alike(found, same)
        return tree
    return _two_steps(tree, keys, counts[0][0], list(zip(found, [step for step in steps if step], strict=True)))


def _aggregates(part: exp.Expr, keys: list[exp.Expr]) -> Iterator[exp.Expr]:
    """The aggregates of an expression; a part that is grouped by has none."""
    if part in keys:
        return
    if isinstance(part, exp.AggFunc | exp.Window | exp.Filter | exp.Query | exp.Subquery):
        yield part
        return
    for child in part.iter_expressions():
        yield from _aggregates(child, keys)


def same_users(tree: exp.Select, tables: Mapping[str, QueryTable]) -> Mapping[tuple[str, str], exp.Column]:
    """For each user column that an inner join makes equal to an earlier one of the same type, that one."""
    joins = tree.args.get("joins") or []
    from_ = tree.args.get("from_")
    if from_ is None or any(join.side or join.method or join.kind not in ("", "INNER") for join in joins):
        return {}
    named = {source.alias_or_name: source for source in (from_.this, *(join.this for join in joins))}

    def type_of(column: exp.Expr) -> str | None:
        source = named.get(column.table) if isinstance(column, exp.Column) else None
        table = tables.get(source.name) if isinstance(source, exp.Table) else None
        known = table.column(column.name) if table is not None else None
        return known.data_type if known is not None else None

    same: dict[tuple[str, str], exp.Column] = {}
    for join in joins:
        on = join.args.get("on")
        for condition in on.flatten() if isinstance(on, exp.And) else [on]:
            if isinstance(condition, exp.EQ) and type_of(condition.left) == type_of(condition.right) is not None:
                left, right = (same.get(_name(side), side) for side in (condition.left, condition.right))
                same |= {name: left for name, column in same.items() if column == right} | {_name(right): left}
    return same


def _name(column: exp.Expr) -> tuple[str, str]:
    return column.table, column.name


def counted_user(node: exp.Expr, same: Mapping[tuple[str, str], exp.Column]) -> tuple[exp.Column, exp.Expr | None] | None:
    """Whom COUNT(DISTINCT user) counts, and among which rows: None for all that have a user."""
    if not isinstance(node, exp.Count) or not isinstance(node.this, exp.Distinct) or len(node.this.expressions) != 1:
        return None
    [counted] = node.this.expressions
    condition: exp.Expr | None = None
    if isinstance(counted, exp.Case) and len(counted.args["ifs"]) == 1 and not counted.args.get("default") and not counted.this:
        condition, counted = counted.args["ifs"][0].this, counted.args["ifs"][0].args["true"]
    if not isinstance(counted, exp.Column):
        return None
    rest = [one for one in _conjuncts(condition) if not _is_there(one, counted)]
    return same.get(_name(counted), counted), exp.and_(*(one.copy() for one in rest)) if rest else None


def _conjuncts(condition: exp.Expr | None) -> list[exp.Expr]:
    if condition is None:
        return []
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _is_there(condition: exp.Expr, column: exp.Column) -> bool:
    """Whether a condition says only that the column is not NULL."""
    inner = condition.this if isinstance(condition, exp.Not) else None
    return isinstance(inner, exp.Is) and inner.this == column and isinstance(inner.expression, exp.Null)


def write_counts_alike(found: Iterable[exp.Expr], same: Mapping[tuple[str, str], exp.Column]) -> None:
    """Counts of the same users get the same words, so that an engine counts them once."""
    for node in found:
        count = counted_user(node, same)
        if count is not None and count[1] is None:
            node.this.set("expressions", [count[0].copy()])


def _steps_of(node: exp.Expr, same: Mapping[tuple[str, str], exp.Column]) -> Gathered | None:
    """An aggregate in two steps; None if it cannot be put together from parts."""
    count = counted_user(node, same)
    if count is not None:
        return _users(count[1])
    if not isinstance(node, exp.Count | exp.Sum | exp.Min | exp.Max) or node.expressions or isinstance(node.this, exp.Distinct):
        return None
    if isinstance(node, exp.Count):
        return Gathered(node.copy(), _total)
    return Gathered(node.copy(), lambda kept: type(node)(this=kept))


def _users(condition: exp.Expr | None) -> Gathered:
    """Users: each stands in one row of a group now."""
    user = exp.column(USER, PERSON, quoted=True)
    if condition is None:
        return Gathered(None, lambda _: exp.Count(this=user))
    one = exp.Literal.number(1)
    kept = exp.Max(this=exp.case().when(condition, one))
    return Gathered(kept, lambda found: exp.Count(this=exp.case().when(exp.EQ(this=found, expression=one.copy()), user)))


def _total(kept: exp.Expr) -> exp.Expr:
    total = exp.Coalesce(this=exp.Sum(this=kept), expressions=[exp.Literal.number(0)])
    return exp.cast(total, "BIGINT")


def _two_steps(tree: exp.Select, keys: list[exp.Expr], user: exp.Column, found: list[tuple[exp.Expr, Gathered]]) -> exp.Select:
    """The query over what is kept of each group's users."""
    named = {f"protected_key_{place}": key for place, key in enumerate(keys)}
    inner = exp.select(
        *(exp.alias_(key.copy(), name, quoted=True) for name, key in named.items()),
        exp.alias_(user.copy(), USER, quoted=True),
    )
    kept: dict[str, str] = {}
    for _, step in found:
        if step.kept is not None and step.kept.sql() not in kept:
            kept[step.kept.sql()] = f"protected_kept_{len(kept)}"
            inner.append("expressions", exp.alias_(step.kept.copy(), kept[step.kept.sql()], quoted=True))
    for part in ("from_", "joins", "where"):
        inner.set(part, tree.args.get(part))
    inner = inner.group_by(*(key.copy() for key in keys), user.copy())
    for node, step in found:
        column = exp.column(kept[step.kept.sql()], PERSON, quoted=True) if step.kept is not None else exp.Null()
        node.replace(step.put_together(column))
    for name, key in named.items():
        for part in [*tree.selects, *([tree.args["having"]] if tree.args.get("having") else [])]:
            for node in [one for one in part.walk() if one == key]:
                node.replace(exp.column(name, PERSON, quoted=True))
    tree.set("joins", None)
    tree.set("where", None)
    tree.set(
        "from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(PERSON, quoted=True))))
    )
    if keys:
        tree.set("group", exp.Group(expressions=[exp.column(name, PERSON, quoted=True) for name in named]))
    return tree
