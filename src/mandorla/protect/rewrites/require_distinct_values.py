"""The output constraints of AGGREGATION rules as HAVING. Clean Rooms user guide: rows not backed by `minimum` distinct
values of a column are removed; with several tables every constraint holds, so the strictest wins."""

from sqlglot import exp

from mandorla.domain.analysis_rules import AggregationRule
from mandorla.protect.names import BoundQuery


def require_distinct_values(query: BoundQuery) -> exp.Query:
    """The query's tree with one more condition for each constraint of each aggregation table that it reads."""
    select = query.tree
    for _, alias, source in list(query.sources()):
        rule = query.tables[source.name].analysis_rule
        for constraint in rule.output_constraints if isinstance(rule, AggregationRule) else ():
            distinct = exp.Distinct(expressions=[exp.column(constraint.column_name, alias, quoted=True)])
            enough = exp.GTE(this=exp.Count(this=distinct), expression=exp.Literal.number(constraint.minimum))
            having = select.args.get("having")
            select.set("having", exp.Having(this=exp.and_(having.this, enough) if having else enough))
    return select
