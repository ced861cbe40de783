"""Bound from below who contributes to a metric, for the price of counting rows: mostly that is enough to show a row.

A user who contributes nothing has at least one row that contributes nothing. So of all users behind a group, those who
contribute are at least the users less such rows. Where that reaches the threshold, nobody has to be counted a second time;
where it does not, the row is undecided, and the query is asked in full.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from mandorla.domain.query_table import QueryTable
from mandorla.protect.rewrites.group_by_user import counted_user, same_users, write_counts_alike

UNDECIDED = -1


def bound_contributors(tree: exp.Query, names: Iterable[str], need: int, tables: Mapping[str, QueryTable]) -> bool:
    """Put bounds in place of the counts in the outputs of those names: the bound if it reaches the need, else UNDECIDED.

    False, and the tree as it was, where some of them cannot be bounded.
    """
    if not isinstance(tree, exp.Select):
        return False
    wanted = set(names)
    outputs = [part for part in tree.selects if part.alias_or_name in wanted]
    same = same_users(tree, tables)
    counts = [node for part in outputs for node in part.find_all(exp.Count) if isinstance(node.this, exp.Distinct)]
    users = [counted_user(node, same) for node in counts]
    if len(outputs) < len(wanted) or not counts or any(user is None for user in users):
        return False
    for node, found in zip(counts, users, strict=True):
        assert found is not None
        node.replace(_bound(*found, need))
    write_counts_alike([node for part in tree.selects for node in part.find_all(exp.Count)], same)
    return True


def _bound(user: exp.Column, condition: exp.Expr | None, need: int) -> exp.Expr:
    everybody = exp.Count(this=exp.Distinct(expressions=[user.copy()]))
    if condition is None:
        return everybody
    fulfils = exp.Coalesce(this=exp.paren(condition.copy()), expressions=[exp.false()])
    row = exp.and_(exp.Not(this=exp.Is(this=user.copy(), expression=exp.Null())), exp.Not(this=fulfils))
    others = exp.Count(this=exp.case().when(row, exp.Literal.number(1)))
    least = exp.Sub(this=everybody, expression=others)
    is_enough = exp.GTE(this=least, expression=exp.Literal.number(need))
    return exp.case().when(is_enough, least.copy()).else_(exp.Literal.number(UNDECIDED))
