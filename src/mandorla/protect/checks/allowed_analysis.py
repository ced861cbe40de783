"""Whether the tables' rules admit this question at all: one type of rule, an allowed author, allowed receivers.

Clean Rooms user guide, analysis rules: a query may only combine tables with the same rule type; a table without one cannot
be queried.
"""

from collections.abc import Iterator

from mandorla.domain.analysis_rules import CustomRule, IdMappingTableRule
from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.domain.query_table import QueryTable
from mandorla.protect.lineage import Lineage
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal

# Clean Rooms quotas: "tables per protected query 15".
MOST_TABLES = 15


def allowed_analysis(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each table whose rule does not admit the question, or does not agree with the others' type."""
    question = query.question
    assert isinstance(question, CleanRoomsQuestion), "this check is one of Clean Rooms"
    tables = query.used_tables()
    if len(tables) > MOST_TABLES:
        yield _no(f"The query reads {len(tables)} tables; {MOST_TABLES} are allowed.")
    kinds = {table.analysis_rule.rule_type for table in tables if table.analysis_rule} - {IdMappingTableRule.rule_type}
    if len(kinds) > 1:
        yield _no(f"Tables with different types of analysis rule cannot be combined: {', '.join(sorted(kinds))}.")
    if not tables:
        yield _no("The query reads no table of the collaboration.")
    for table in tables:
        rule = table.analysis_rule
        if rule is None:
            yield _no(f"'{table.name}' has no analysis rule, so it cannot be queried. Its owner can give it one.")
        elif isinstance(rule, CustomRule):
            yield from _custom(table.name, rule, question)
        yield from _receivers(table, question)


def _custom(name: str, rule: CustomRule, question: CleanRoomsQuestion) -> Iterator[Refusal]:
    template = question.analysis_template_arn
    author = template.split(":")[4] if template else question.runner
    if template in rule.allowed_analyses:
        return
    if "ANY_QUERY" not in rule.allowed_analyses:
        what = "this analysis template" if template else "free queries; run one of its analysis templates"
        yield _no(f"The analysis rule of '{name}' does not allow {what}.")
    elif author not in rule.allowed_analysis_providers:
        yield _no(f"The analysis rule of '{name}' does not allow queries of account {author}.")


def _receivers(table: QueryTable, question: CleanRoomsQuestion) -> Iterator[Refusal]:
    allowed = set(table.collaboration_rule.allowed_result_receivers) if table.collaboration_rule else None
    if isinstance(table.analysis_rule, CustomRule) and table.analysis_rule.allowed_result_receivers:
        own = set(table.analysis_rule.allowed_result_receivers)
        allowed = own if allowed is None else allowed & own
    if allowed is None:
        return
    for receiver in question.result_receivers:
        if receiver not in allowed:
            yield _no(f"The collaboration rule of '{table.name}' does not allow account {receiver} to receive results.")


def _no(sentence: str) -> Refusal:
    return Refusal("allowed_analysis", sentence)
