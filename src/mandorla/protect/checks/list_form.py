"""The one form of query that the LIST rule allows. Clean Rooms user guide, analysis-rules-list: `SELECT DISTINCT cols FROM
t INNER JOIN t ON equality [WHERE] [LIMIT]`, no functions, only arithmetic."""

from collections.abc import Iterator

from sqlglot import exp

from mandorla.domain.analysis_rules import ListRule
from mandorla.protect.lineage import Lineage, walk
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

# The operators that the page names for WHERE, and arithmetic.
ALLOWED = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Like, exp.Escape, exp.Is, exp.Add,
    exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg,
)  # fmt: skip


def list_form(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each departure from the form, and each column that is not listed."""
    if not any(isinstance(table.analysis_rule, ListRule) for table in query.used_tables()):
        return
    select = query.root.expression
    if len(query.scopes) > 1 or not isinstance(select, exp.Select):
        yield _no("The list analysis rule allows one plain SELECT DISTINCT: no WITH, no subquery, no UNION.")
        return
    if not select.args.get("distinct"):
        yield _no("The list analysis rule asks for SELECT DISTINCT.")
    for clause in ("group", "having", "order"):
        if select.args.get(clause):
            yield _no(
                f"{clause.upper()} BY is not part of the list analysis rule's form."
                if clause != "having"
                else "HAVING is not part of it."
            )
    for node in walk(query.root):
        if isinstance(node, exp.Func | exp.Case | exp.Between | exp.Window) and not isinstance(node, ALLOWED):
            name = node.sql_name() if isinstance(node, exp.Func) else node.key.upper()
            yield _no(f"{name} may not be used under the list analysis rule: it allows columns, arithmetic and comparisons.")
        elif isinstance(node, exp.Column) and node.table and not node.find_ancestor(exp.Join):
            table = query.tables[query.root.sources[node.table].name]
            if isinstance(table.analysis_rule, ListRule) and node.name not in table.analysis_rule.list_columns:
                yield _no(f"'{node.name}' is no list column of '{table.name}': it may not be selected or filtered by.")


def _no(sentence: str) -> Refusal:
    return Refusal("list_form", sentence)
