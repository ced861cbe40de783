"""Only what overlaps: a mapping table's outer joins on a side that its rule protects become inner ones, and its rows must
have the ids of such sides.

Clean Rooms user guide, analysis-rules-id-mapping-table: the service enforces "overlap on both sides in the expanded SQL".
"""

from sqlglot import exp

from mandorla.domain.analysis_rules import IdMappingTableRule
from mandorla.protect.names import BoundQuery


def require_overlap(query: BoundQuery) -> exp.Query:
    """The query's tree with the outer joins of its protected mapping tables made inner."""
    for scope, alias, source in query.sources():
        rule = query.tables[source.name].analysis_rule
        if not isinstance(rule, IdMappingTableRule) or not rule.require_overlap:
            continue
        for join in scope.expression.args.get("joins") or ():
            condition = join.args.get("on")
            columns = condition.find_all(exp.Column) if condition is not None else ()
            own = {column.name for column in columns if column.table == alias}
            if own & set(rule.require_overlap):
                join.set("side", None)
                join.set("kind", "INNER")
    return query.tree
