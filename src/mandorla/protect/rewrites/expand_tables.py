"""Each table as a subquery of what may be read of it: its allowed columns, the rows inside the time window and with
consent.

An event table gets its `user_id` here, through the instance's ID mapping table: rows that are not mapped keep none.
"""

from datetime import datetime

from sqlglot import exp

from mandorla.domain.analysis_rules import IdMappingTableRule
from mandorla.domain.protected_query import AmcQuestion, TimeWindow
from mandorla.domain.query_table import EventKey, QueryTable
from mandorla.protect.names import EXTENSION, BoundQuery
from mandorla.protect.rewrites.consent import consent_condition

ROW, MAPPED = "protected_row", "protected_mapped"


def expand_tables(tree: exp.Query, query: BoundQuery) -> exp.Query:
    """The query reading the engine's relations, each behind its own subquery."""
    parts = {cte.alias for cte in tree.find_all(exp.CTE)}
    for node in list(tree.find_all(exp.Table)):
        if node.name in query.tables and node.name not in parts:
            alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True))
            node.replace(exp.Subquery(this=_rows_of(query.tables[node.name], node, query), alias=alias))
    return tree


def _rows_of(table: QueryTable, node: exp.Table, query: BoundQuery) -> exp.Select:
    key = table.event_key
    names = dict.fromkeys(column.name for column in table.columns)
    user = query.user_column(table)
    if user:
        names[user] = None
    columns: list[exp.Expr] = [exp.column(name, ROW, quoted=True) for name in names if not (key and name == "user_id")]
    select = exp.select(*columns).from_(_relation(table.engine_relation, ROW))
    if key is not None:
        user_id = exp.column(key.target_column, MAPPED, quoted=True)
        select = _mapped(select.select(exp.alias_(user_id, "user_id", quoted=True)), key)
        consent = consent_condition(table, ROW)
        select = select.where(consent) if consent is not None else select
    if isinstance(table.analysis_rule, IdMappingTableRule) and table.analysis_rule.require_overlap:
        # A row overlaps when it has both ids; what does not overlap on the open side comes in by that side's outer join.
        for name in table.analysis_rule.join_columns:
            select = select.where(exp.Not(this=exp.Is(this=exp.column(name, ROW, quoted=True), expression=exp.Null())))
    window = query.question.time_window if isinstance(query.question, AmcQuestion) else None
    if window is not None and table.time_column and key is None:
        select = _inside(select, table.time_column, window, node)
    return select


def _mapped(select: exp.Select, key: EventKey) -> exp.Select:
    """GUESS: LEFT JOIN. The guide says that the table shows an added `user_id`, not that its unmapped rows vanish."""
    same = exp.EQ(
        this=exp.cast(exp.column(key.key_column, ROW, quoted=True), "TEXT"),
        expression=exp.cast(exp.column(key.source_column, MAPPED, quoted=True), "TEXT"),
    )
    return select.join(_relation(key.mapping_relation, MAPPED), on=same, join_type="left")


def _inside(select: exp.Select, column: str, window: TimeWindow, node: exp.Table) -> exp.Select:
    before, after = node.meta.get(EXTENSION) or (None, None)
    start = window.start - before if before else window.start
    end = window.end + after if after else window.end
    time = exp.TryCast(this=exp.column(column, ROW, quoted=True), to=exp.DataType.build("TIMESTAMP"))
    return select.where(exp.GTE(this=time, expression=_moment(start)), exp.LT(this=time.copy(), expression=_moment(end)))


def _moment(time: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(time.isoformat(" ")), "TIMESTAMP")


def _relation(name: str, alias: str) -> exp.Table:
    return exp.Table(
        this=exp.to_identifier(name, quoted=True), alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
    )
