"""What AMC's SQL does not have. Amazon Ads guide, SQL limitations: no `SELECT *`, LIMIT, RIGHT JOIN, and ORDER BY only in
OVER."""

from collections.abc import Iterator

from sqlglot import exp

from mandorla.protect.refusal import Refusal


def amc_dialect(tree: exp.Expr) -> Iterator[Refusal]:
    """A refusal for each thing that the limitations name."""
    for select in tree.find_all(exp.Select):
        if any(isinstance(part, exp.Star) or part.is_star for part in select.expressions):
            yield _no("SELECT * is not supported. Write the columns and aggregates that the result shall have.")
    for order in tree.find_all(exp.Order):
        if not isinstance(order.parent, exp.Window):
            yield _no("ORDER BY is not supported outside OVER(). Sort the result after you have received it.")
    if tree.find(exp.Limit):
        yield _no("LIMIT is not supported. Narrow the query with WHERE or HAVING.")
    for join in tree.find_all(exp.Join):
        if join.side == "RIGHT":
            yield _no("RIGHT JOIN is not supported. Turn the tables round and write LEFT JOIN.")
    if tree.find(exp.Except, exp.Intersect):
        yield _no("EXCEPT and INTERSECT are not supported. Write a join, or UNION ALL with GROUP BY.")


def _no(sentence: str) -> Refusal:
    return Refusal("amc_dialect", sentence)
