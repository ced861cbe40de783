"""SELECT DISTINCT and UNION as GROUP BY: rows that are one in the result keep all the users that stood behind them."""

from sqlglot import exp


def group_distinct(tree: exp.Query) -> exp.Query:
    """The query without DISTINCT in a SELECT and without plain UNION; its rows are the same."""
    for query in list(tree.find_all(exp.Select, exp.Union)):
        if not query.args.get("distinct"):
            continue
        names = query.named_selects
        inner = query.copy()
        inner.set("distinct", None if isinstance(inner, exp.Select) else False)
        keys = [exp.column(name, "protected_distinct", quoted=True) for name in names]
        alias = exp.TableAlias(this=exp.to_identifier("protected_distinct", quoted=True))
        grouped = (
            exp.select(*(exp.alias_(key, name, quoted=True) for key, name in zip(keys, names, strict=True)))
            .from_(exp.Subquery(this=inner, alias=alias))
            .group_by(*(key.copy() for key in keys))
        )
        with_ = inner.args.get("with_")
        if with_:
            inner.set("with_", None)
            grouped.set("with_", with_)
        if query is tree:
            return group_distinct(grouped)
        query.replace(grouped)
        return group_distinct(tree)
    return tree
