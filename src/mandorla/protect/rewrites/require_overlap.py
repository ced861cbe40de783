"""Only what overlaps: a mapping table's outer joins become inner ones, and its rows must have both of the ids that its rule
protects.

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
            if condition is not None and any(column.table == alias for column in condition.find_all(exp.Column)):
                join.set("side", None)
                join.set("kind", "INNER")
    return query.tree
