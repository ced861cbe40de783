"""The page `docs/reference/sql.md`, written from the tables that the checks read: what an analyst may write, and what not."""

from collections.abc import Iterator

from mandorla.domain.protected_query import UserThresholds
from mandorla.domain.query_table import Sensitivity
from mandorla.protect.checks.aggregation_form import SCALAR_NODES
from mandorla.protect.checks.listed_syntax import SPOKEN
from mandorla.protect.checks.private_form import ALLOWED
from mandorla.protect.grammar import AMC_FUNCTIONS, FUNCTION_GROUPS, OPERATORS, PARAMETER_FUNCTIONS
from mandorla.protect.parameters import PARAMETER_TYPES

USES = {
    Sensitivity.NONE: "anywhere",
    Sensitivity.LOW: "anywhere",
    Sensitivity.MEDIUM: "anywhere; MIN, MAX and windows only within one user's rows",
    Sensitivity.HIGH: "as MEDIUM, but never compared with a literal or a parameter",
    Sensitivity.VERY_HIGH: "never in the result: counted, joined with its like, grouped by, handed from one WITH to the next",
    Sensitivity.INTERNAL: "nowhere",
}


def sql_reference() -> str:
    """The whole page as Markdown. A test holds the file to it."""
    return "\n".join([*_opening(), *_functions(), *_levels(), *_private(), *_parameters(), *_not_there()]) + "\n"


OPENING = """\
# The SQL of a question

Written by `sql_reference` in `src/mandorla/protect/reference.py` from the tables that decide; a test holds this page to
them. Whatever is not named here is refused by its name, and a refused query comes back with every reason at once.

A question is one SELECT. It may have WITH, subqueries in FROM and in joins, `user_id IN (SELECT …)`, INNER, LEFT, FULL and
CROSS joins, UNION and VALUES, CASE, windows and FILTER. In Clean Rooms also RIGHT JOIN, `SELECT *`, ORDER BY and LIMIT, and
where no rule counts identities EXCEPT and INTERSECT. The aggregation and list rules allow only their own, narrower forms.
"""


def _opening() -> Iterator[str]:
    yield OPENING
    yield (
        "Operators: " + ", ".join(f"`{spelling}`" for spelling in OPERATORS.values()) + ", `IN`, `BETWEEN`, `CAST(a AS type)`."
    )
    yield ""


def _functions() -> Iterator[str]:
    for group in FUNCTION_GROUPS:
        yield f"## {group.title}"
        yield ""
        yield f"Where: {group.where}."
        yield ""
        yield ", ".join(f"`{example}`" for example in group.examples) + "."
        yield ""
    yield "## AMC's own functions"
    yield ""
    yield (
        ", ".join(f"`{name}(a, b)`" for name in AMC_FUNCTIONS)
        + ", "
        + ", ".join(f"`{name}(…)`" for name in PARAMETER_FUNCTIONS)
        + "."
    )
    yield ""
    names = sorted({name for names in SCALAR_NODES.values() for name in names})
    yield "An aggregation rule allows by name: " + ", ".join(f"`{name}`" for name in names) + "."
    yield ""


NEEDS = """\
A row needs the users of its most sensitive column, of whatever filtered it or grouped it, in each table that is joined and
for each metric that is not zero. An event table's rows need 100.
"""


def _levels() -> Iterator[str]:
    yield "## Sensitivities of AMC's columns"
    yield ""
    yield "| level | users behind a value | where it may stand |"
    yield "| --- | --- | --- |"
    thresholds = UserThresholds()
    for level, use in USES.items():
        shown = level not in (Sensitivity.VERY_HIGH, Sensitivity.INTERNAL)
        yield f"| {level} | {thresholds.users_for(level) if shown else '-'} | {use} |"
    yield ""
    yield NEEDS


PRIVATE = f"""\
Where a table's rule asks for differential privacy, the last SELECT aggregates, with {ALLOWED} and nothing else.
Every part before it that reads protected rows has their user among its columns, groups by it and partitions windows by it;
protected parts are joined by it. LIMIT, ORDER BY, HAVING and arithmetic over aggregates stand in the last SELECT.
`docs/differential-privacy.md` says what that costs.
"""


def _private() -> Iterator[str]:
    yield "## Under differential privacy"
    yield ""
    yield PRIVATE


def _parameters() -> Iterator[str]:
    yield "## Types of parameters"
    yield ""
    yield ", ".join(f"`{name}`" for name in sorted(PARAMETER_TYPES)) + ", and in AMC `ARRAY` of these."
    yield ""


def _not_there() -> Iterator[str]:
    yield "## What is refused, among others"
    yield ""
    yield ", ".join(sorted(set(SPOKEN.values()))) + "."
    yield ""
    yield "In AMC besides: `SELECT *`, LIMIT, ORDER BY outside OVER, RIGHT JOIN, EXCEPT and INTERSECT."
