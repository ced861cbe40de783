"""The form of an audience's query. Amazon Ads help, rule-based audience queries: "the final SELECT statement should contain
only user_id"."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.protect.lineage import Lineage
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

USER, AUDIENCE = "user_id", "protected_audience"


def audience_columns(tree: exp.Query) -> Iterator[Refusal]:
    """A refusal for a query that has another column, or not that one."""
    if [name.lower() for name in tree.named_selects] != [USER]:
        yield _no("The query of an audience selects user_id and nothing else, as in: SELECT user_id FROM … WHERE ….")


def audience_users(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal where the one column is called so and is something else."""
    inside = query.root.sources[AUDIENCE]
    assert isinstance(inside, Scope), "an audience is counted over its query"
    if not lineage.is_user(lineage.outputs(inside)[USER]):
        yield _no("The user_id of an audience is the column of that name in a table, unchanged.")


def counted(tree: exp.Query) -> exp.Select:
    """How many users an audience has, as a question of its own: what that may not show, an audience may not either."""
    users = exp.Count(this=exp.Distinct(expressions=[exp.column(USER, AUDIENCE)]))
    alias = exp.TableAlias(this=exp.to_identifier(AUDIENCE))
    return exp.select(exp.alias_(users, "users")).from_(exp.Subquery(this=tree, alias=alias))


def listed(tree: exp.Query) -> exp.Select:
    """The users of a counted audience, each once, in an order that says nothing about the tables."""
    user = exp.column(USER, AUDIENCE, quoted=True)
    from_ = tree.args["from_"].this
    is_there = exp.Not(this=exp.Is(this=user.copy(), expression=exp.Null()))
    return exp.select(user).distinct().from_(from_.copy()).where(is_there).order_by(user.copy())


def _no(sentence: str) -> Refusal:
    return Refusal("audience_form", sentence)
