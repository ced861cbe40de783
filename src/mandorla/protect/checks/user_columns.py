"""What may be done with a user's id and its like. Amazon Ads guide, aggregation threshold: VERY_HIGH columns never come
out; they are counted, joined and handed from one WITH to the next, and no literal may have a part in it. INTERNAL columns
do nothing."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mandorla.domain.query_table import Sensitivity
from mandorla.protect.lineage import COUNTING, Lineage, Origin, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

SECRET = (Sensitivity.VERY_HIGH, Sensitivity.INTERNAL)


def user_columns(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each use of a VERY_HIGH column that is not counting, joining, grouping or handing on, and each INTERNAL
    one."""
    for name, origin in lineage.outputs(query.root).items():
        for column in lineage.at_level(origin.shown, *SECRET):
            yield _no(f"{column} may never be in the output, here as '{name}'. Count it: COUNT(DISTINCT {column}).")
    for scope in query.scopes:
        for node in walk(scope):
            if not isinstance(node, exp.Column) or not node.table:
                continue
            origin = lineage.of(node, scope)
            for column in lineage.at_level(origin.read, Sensitivity.INTERNAL):
                yield _no(f"{column} is INTERNAL and cannot be used.")
            secret = lineage.at_level(origin.shown, Sensitivity.VERY_HIGH)
            if secret and not _is_fair_use(node, origin, scope, lineage):
                yield _no(
                    f"{secret[0]} may be counted, joined with an id of the same kind, grouped by or handed on, "
                    f"and nothing else."
                )


def _is_fair_use(node: exp.Expr, origin: Origin, scope: Scope, lineage: Lineage) -> bool:
    parent = node.parent
    if isinstance(parent, exp.Paren):
        return _is_fair_use(parent, origin, scope, lineage)
    if isinstance(parent, exp.Coalesce):
        whole = lineage.of(parent, scope)
        return whole.is_bare and _all_secret(whole, lineage) and _is_fair_use(parent, whole, scope, lineage)
    if isinstance(parent, exp.If) and node.arg_key == "true" and isinstance(parent.parent, exp.Case):
        return _is_fair_use(parent.parent, lineage.of(parent.parent, scope), scope, lineage)
    if isinstance(parent, exp.Case) and node.arg_key == "default":
        return _is_fair_use(parent, lineage.of(parent, scope), scope, lineage)
    if isinstance(parent, exp.Distinct):
        return isinstance(parent.parent, COUNTING)
    if isinstance(parent, exp.EQ | exp.NullSafeEQ):
        other = lineage.of(parent.expression if parent.this is node else parent.this, scope)
        return origin.is_bare and (_is_bare_secret(other, lineage) or _joins_mapping(origin, other, lineage))
    if isinstance(parent, exp.In):
        subquery = parent.args.get("query")
        return origin.is_bare and subquery is not None and _is_bare_secret(lineage.of(subquery, scope), lineage)
    if isinstance(parent, exp.Is):
        return isinstance(parent.expression, exp.Null)
    if isinstance(parent, exp.Window | exp.Group):
        return origin.is_bare and node.arg_key in ("partition_by", "expressions")
    return isinstance(parent, (*COUNTING, exp.Alias, exp.Select))


def _all_secret(origin: Origin, lineage: Lineage) -> bool:
    return all(lineage.level(base) is Sensitivity.VERY_HIGH for base in origin.shown)


def _is_bare_secret(origin: Origin, lineage: Lineage) -> bool:
    return origin.is_bare and bool(origin.shown) and not origin.has_literal and _all_secret(origin, lineage)


def _joins_mapping(origin: Origin, other: Origin, lineage: Lineage) -> bool:
    """Whether an ID mapping table's id meets an id of a table that counts no users itself."""
    return all(map(lineage.is_mapped, origin.shown)) and other.is_bare and bool(other.shown) and not other.has_literal


def _no(sentence: str) -> Refusal:
    return Refusal("user_columns", sentence)
