"""`user_id IN (SELECT …)` as a join, so that the users behind the subquery are counted like all others."""

from sqlglot import exp

from mandorla.protect.lineage import conjuncts

MEMBER = "protected_member"


def join_memberships(tree: exp.Query) -> exp.Query:
    """The query with each IN in a WHERE as an INNER JOIN, and each NOT IN as a LEFT JOIN that must find nothing."""
    number = 0
    for select in list(tree.find_all(exp.Select)):
        where = select.args.get("where")
        kept: list[exp.Expr] = []
        for part in conjuncts(where.this) if where else []:
            is_negated = isinstance(part, exp.Not)
            test = part.this.unnest() if is_negated else part
            subquery = test.args.get("query") if isinstance(test, exp.In) else None
            if subquery is None:
                kept.append(part)
                continue
            alias = f"protected_in_{number}"
            number += 1
            condition = exp.EQ(this=test.this.copy(), expression=exp.column(MEMBER, alias, quoted=True))
            join = exp.Join(this=_members(subquery, alias), on=condition, side="LEFT" if is_negated else None)
            select.append("joins", join)
            if is_negated:
                kept.append(exp.Is(this=exp.column(MEMBER, alias, quoted=True), expression=exp.Null()))
        if where:
            select.set("where", exp.Where(this=exp.and_(*kept)) if kept else None)
    return tree


def _members(subquery: exp.Expr, alias: str) -> exp.Subquery:
    inner = subquery.unnest()
    [name] = inner.named_selects
    column = exp.column(name, "protected_set", quoted=True)
    members = (
        exp.select(exp.alias_(column, MEMBER, quoted=True)).from_(_named(inner.copy(), "protected_set")).group_by(column.copy())
    )
    return _named(members, alias)


def _named(query: exp.Query, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
