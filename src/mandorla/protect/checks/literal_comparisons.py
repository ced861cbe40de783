"""HIGH columns are never compared with a literal. Amazon Ads guide, aggregation threshold: "no comparison with literals"
(postal_code).

A value counts as a literal wherever it was written: in a parameter, in VALUES, in a WITH, inside CASE.
"""

from collections.abc import Iterator

from sqlglot import exp

from mandorla.domain.query_table import Sensitivity
from mandorla.protect.lineage import Lineage
from mandorla.protect.names import BoundQuery
from mandorla.protect.refusal import Refusal


def literal_comparisons(query: BoundQuery, lineage: Lineage) -> Iterator[Refusal]:
    """A refusal for each comparison of a HIGH column with something that is, or holds, a literal."""
    for scope in query.scopes:
        for comparison in lineage.comparisons(scope):
            columns = sorted({name for side in comparison.operands for name in lineage.at_level(side.shown, Sensitivity.HIGH)})
            is_literal = any(side.has_literal or not side.read for side in comparison.operands)
            if columns and is_literal and not _is_null_test(comparison.node):
                yield Refusal(
                    "literal_comparisons",
                    f"{columns[0]} is HIGH: it may not be compared with a literal or a parameter. Group by it, or join on it.",
                )


def _is_null_test(node: exp.Expr) -> bool:
    return isinstance(node, exp.Is) and isinstance(node.expression, exp.Null)
