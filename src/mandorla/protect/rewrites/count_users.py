"""The users behind every row, carried through each part of a query in columns of our own.

A table's row has its user. A join keeps one *path* of users for each table joined; a group has the set of its rows' users;
a metric has besides the set of those who contribute to it. At the end each path is a number beside the row, and the
thresholds read it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import walk_in_scope

from mandorla.protect.checks.aggregated_result import is_group_aggregate
from mandorla.protect.rewrites.contributions import (
    GUARDED_SUM,
    PICKED_VALUE,
    contributions_of,
    dominance_of,
    users_at_the_pick,
)

EVERYWHERE = frozenset({"*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPath:
    """Users behind a row, or behind some of its columns (`metric_of`; EVERYWHERE for what a condition has read).

    `users` is a column: one id if `is_set` is false, a list of ids otherwise, and their number once the query is counted.
    """

    table: str
    users: exp.Expr
    is_set: bool = False
    metric_of: frozenset[str] | None = None


Paths = list[UserPath]


def count_users(tree: exp.Query, user_columns: Mapping[str, str]) -> tuple[exp.Query, Paths]:
    """The query with the number of users of each path in further columns, and the paths, in the order of those columns."""
    return tree, _gather(tree, {}, user_columns, is_final=True)


def _gather(query: exp.Query, parts: Mapping[str, Paths], user_columns: Mapping[str, str], *, is_final: bool = False) -> Paths:
    with_ = query.args.get("with_")
    for cte in with_.expressions if with_ else ():
        parts = {**parts, cte.alias: _gather(cte.this, parts, user_columns)}
    if isinstance(query, exp.SetOperation):
        return _gather_union(query, parts, user_columns, is_final=is_final)
    incoming = {alias: paths for source in _sources(query) for alias, paths in [_incoming(source, parts, user_columns)]}
    aggregates = [node for node in walk_in_scope(query) if is_group_aggregate(node)]
    if query.args.get("group") or aggregates:
        found = _grouped(query, incoming, is_final=is_final)
    else:
        found = _passed_on(query, incoming, is_final=is_final)
    return _as_columns(query, found)


def _sources(select: exp.Query) -> list[exp.Expr]:
    from_ = select.args.get("from_")
    return [*([from_.this] if from_ else []), *(join.this for join in select.args.get("joins") or ())]


def _incoming(source: exp.Expr, parts: Mapping[str, Paths], user_columns: Mapping[str, str]) -> tuple[str, Paths]:
    alias = source.alias_or_name
    if isinstance(source, exp.Subquery):
        paths = _gather(source.unnest(), parts, user_columns)
    elif source.name in parts:
        paths = parts[source.name]
    elif source.name in user_columns:
        paths = [UserPath(table=source.name, users=exp.column(user_columns[source.name]))]
    else:
        paths = []
    return alias, [replace(path, users=exp.column(path.users.name, alias, quoted=True)) for path in paths]


def _gather_union(
    union: exp.SetOperation, parts: Mapping[str, Paths], user_columns: Mapping[str, str], *, is_final: bool
) -> Paths:
    """Each branch has its own paths; a row of the one has NULL, or no users, in those of the other."""
    names = union.named_selects
    branches = [union.this.unnest(), union.expression.unnest()]
    for branch in branches:
        branch.set("order", None)
    branch_names = [branch.named_selects for branch in branches]
    left, right = (_gather(branch, parts, user_columns, is_final=is_final) for branch in branches)
    whole = [replace(path, users=exp.column(f"protected_users_{number}")) for number, path in enumerate([*left, *right])]
    empty = exp.Literal.number(0) if is_final else exp.Null()
    for key, branch, own_names, own, first in (
        ("this", branches[0], branch_names[0], left, 0),
        ("expression", branches[1], branch_names[1], right, len(left)),
    ):
        columns = [
            exp.alias_(exp.column(own_name, "protected_branch", quoted=True), name, quoted=True)
            for own_name, name in zip(own_names, names, strict=True)
        ]
        for number in range(len(whole)):
            is_own = first <= number < first + len(own)
            users = exp.column(own[number - first].users.name, "protected_branch", quoted=True) if is_own else empty.copy()
            columns.append(exp.alias_(users, f"protected_users_{number}", quoted=True))
        alias = exp.TableAlias(this=exp.to_identifier("protected_branch", quoted=True))
        union.set(key, exp.select(*columns).from_(exp.Subquery(this=branch.copy(), alias=alias)))
    metrics = [dict(zip(own_names, names, strict=True)) for own_names in branch_names]
    renamed = [metrics[0]] * len(left) + [metrics[1]] * len(right)
    return [_renamed(path, names_now) for path, names_now in zip(whole, renamed, strict=True)]


def _renamed(path: UserPath, names: Mapping[str, str]) -> UserPath:
    if path.metric_of is None:
        return path
    return replace(path, metric_of=frozenset(names.get(name, name) for name in path.metric_of))


def _passed_on(select: exp.Query, incoming: Mapping[str, Paths], *, is_final: bool) -> Paths:
    """A row keeps the users it has; what no column of it comes from any more is left behind."""
    found = []
    for alias, paths in incoming.items():
        for path in paths:
            metric_of = _still_read(select, alias, path)
            if metric_of is None or metric_of:
                users = _number(path) if is_final else path.users.copy()
                found.append(replace(path, users=users, metric_of=metric_of))
    return found


def _still_read(select: exp.Query, alias: str, path: UserPath) -> frozenset[str] | None:
    """The outputs that a metric's users stand behind now: EVERYWHERE once a condition has read it, none if nothing does."""
    if path.metric_of is None or path.metric_of >= EVERYWHERE:
        return path.metric_of
    shown = {
        part.alias_or_name
        for part in select.selects
        for column in part.find_all(exp.Column)
        if column.table == alias and column.name in path.metric_of
    }
    everywhere = any(
        isinstance(node, exp.Column)
        and node.table == alias
        and node.name in path.metric_of
        and not _is_in_selects(node, select)
        for node in walk_in_scope(select)
    )
    return EVERYWHERE if everywhere else frozenset(shown)


def _is_in_selects(node: exp.Expr, select: exp.Query) -> bool:
    while node.parent is not select:
        assert node.parent is not None, "a node of a SELECT stands in it"
        node = node.parent
    return bool(node.arg_key == "expressions")


def _grouped(select: exp.Query, incoming: Mapping[str, Paths], *, is_final: bool) -> Paths:
    """A group has the users of its rows, and each metric those who contribute to it."""
    group = select.args.get("group")
    keys = [key.unnest() for key in group.expressions] if group else []
    found: Paths = []
    for alias, paths in incoming.items():
        for path in paths:
            read = _still_read(select, alias, path)
            if read is not None and not read >= EVERYWHERE and not _is_key(path, alias, keys):
                continue
            if _is_one_user(path, keys):
                found.append(replace(path, users=path.users.copy()))
            else:
                found.append(_gathered(path, None, is_final=is_final, metric_of=None if path.metric_of is None else EVERYWHERE))
    having = select.args.get("having")
    for name, part in [*((part.alias_or_name, part) for part in select.selects), *([("*", having)] if having else [])]:
        for aggregate in [node for node in part.walk() if is_group_aggregate(node)]:
            found += _metric(aggregate, name, incoming, keys, is_final=is_final)
    return _without_twins(found)


def _is_key(path: UserPath, alias: str, keys: Sequence[exp.Expr]) -> bool:
    return any(
        column.table == alias and column.name in (path.metric_of or ()) for key in keys for column in key.find_all(exp.Column)
    )


def _metric(
    aggregate: exp.Expr, name: str, incoming: Mapping[str, Paths], keys: list[exp.Expr], *, is_final: bool
) -> Iterator[UserPath]:
    whole = aggregate.parent if isinstance(aggregate.parent, exp.Filter) else aggregate
    read = {(column.table, column.name) for column in whole.find_all(exp.Column)}
    for condition in contributions_of(aggregate):
        for alias, paths in incoming.items():
            columns = {column for table, column in read if table == alias}
            for path in paths:
                is_read = bool(columns) if path.metric_of is None else bool(columns & path.metric_of)
                if is_read and not _is_one_user(path, keys) and not _is_the_count_itself(path, read, whole):
                    found = _contributors(aggregate, path, condition, name, is_final=is_final)
                    if is_final and aggregate.meta.get(GUARDED_SUM):
                        one = exp.Anonymous(this="LEAST", expressions=[found.users.copy(), exp.Literal.number(1)])
                        found = replace(found, users=exp.case().when(dominance_of(aggregate), one).else_(found.users))
                    yield found


def _contributors(aggregate: exp.Expr, path: UserPath, condition: exp.Expr, name: str, *, is_final: bool) -> UserPath:
    if not aggregate.meta.get(PICKED_VALUE):
        return _gathered(path, condition, is_final=is_final, metric_of=frozenset({name}))
    there = exp.and_(exp.Not(this=exp.Is(this=path.users.copy(), expression=exp.Null())), condition.copy())
    users = users_at_the_pick(aggregate, path.users, there, are_sets=path.is_set)
    found = replace(path, users=users, is_set=True, metric_of=frozenset({name}))
    return replace(found, users=_number(found)) if is_final else found


def _is_the_count_itself(path: UserPath, read: set[tuple[str, str]], whole: exp.Expr) -> bool:
    """Whether an aggregate reads the path's own users as they are: then its contributors are the path."""
    own = {(path.users.args["table"].name, path.users.name)}
    return path.metric_of is None and not path.is_set and read == own and whole.find(exp.Case, exp.Filter) is None


def _is_one_user(path: UserPath, keys: Sequence[exp.Expr]) -> bool:
    return not path.is_set and any(isinstance(key, exp.Column) and _same_column(key, path.users) for key in keys)


def _same_column(one: exp.Expr, other: exp.Expr) -> bool:
    return (one.name, one.args["table"].name) == (other.name, other.args["table"].name)


def _gathered(path: UserPath, condition: exp.Expr | None, *, is_final: bool, metric_of: frozenset[str] | None) -> UserPath:
    """The path over a group: the set of users of those of its rows that fulfil a condition, or their number."""
    users = path.users
    present = exp.Not(this=exp.Is(this=users.copy(), expression=exp.Null()))
    chosen = exp.and_(present, condition.copy()) if condition is not None else present
    if not path.is_set and is_final:
        case = exp.case().when(chosen, users.copy())
        return replace(path, users=exp.Count(this=exp.Distinct(expressions=[case])), metric_of=metric_of)
    values = users.copy() if path.is_set else exp.Distinct(expressions=[users.copy()])
    gathered: exp.Expr = exp.Filter(this=exp.func("LIST", values), expression=exp.Where(this=chosen))
    if path.is_set:
        gathered = exp.func("LIST_DISTINCT", exp.func("FLATTEN", gathered))
    found = replace(path, users=gathered, is_set=True, metric_of=metric_of)
    return replace(found, users=_number(found)) if is_final else found


def _number(path: UserPath) -> exp.Expr:
    if path.is_set:
        return exp.Coalesce(this=exp.func("LEN", path.users.copy()), expressions=[exp.Literal.number(0)])
    return (
        exp.case()
        .when(exp.Is(this=path.users.copy(), expression=exp.Null()), exp.Literal.number(0))
        .else_(exp.Literal.number(1))
    )


def _without_twins(paths: Paths) -> Paths:
    """Paths with the same users once, standing behind all the columns of both."""
    merged: dict[tuple[str, bool], UserPath] = {}
    for path in paths:
        key = (path.users.sql("duckdb"), path.metric_of is None)
        twin = merged.get(key)
        if twin is not None and twin.metric_of is not None and path.metric_of is not None:
            path = replace(twin, metric_of=twin.metric_of | path.metric_of)
        merged[key] = path
    return list(merged.values())


def _as_columns(select: exp.Query, paths: Paths) -> Paths:
    for number, path in enumerate(paths):
        select.append("expressions", exp.alias_(path.users.copy(), f"protected_users_{number}", quoted=True))
    return [replace(path, users=exp.column(f"protected_users_{number}")) for number, path in enumerate(paths)]
