"""Only what the grammar lists may stand in a query. The check looks at the tree alone: no other sees what it refuses."""

from collections.abc import Iterator
from difflib import get_close_matches

from sqlglot import exp

from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.grammar import ANONYMOUS_SPELLINGS, STRUCTURE, is_listed, listed_names
from mandorla.protect.refusal import Refusal

# How the parts of a query that are not listed are called in SQL, where sqlglot's name would say nothing.
SPOKEN = {
    "laterals": "LATERAL",
    "qualify": "QUALIFY",
    "sample": "TABLESAMPLE",
    "pivots": "PIVOT",
    "offset": "OFFSET",
    "hint": "a hint",
    "into": "INTO",
    "locks": "FOR UPDATE",
    "windows": "WINDOW",
    "recursive": "WITH RECURSIVE",
    "except_": "* EXCEPT",
    "replace": "* REPLACE",
    "on": "DISTINCT ON",
    "db": "a database or a part of a column before a name",
    "catalog": "a catalog before a table",
    "grouping_sets": "GROUPING SETS",
    "cube": "CUBE",
    "rollup": "ROLLUP",
    "all": "GROUP BY ALL",
    "method": "NATURAL or ASOF",
    "unnest": "UNNEST",
    "ordinality": "WITH ORDINALITY",
    "joins": "a join in parentheses",
    "kind": "SELECT AS",
    "exclude": "* EXCLUDE",
    "by_name": "UNION BY NAME",
    "format": "a format",
    "connect": "CONNECT BY",
    "distribute": "DISTRIBUTE BY",
    "sort": "SORT BY",
    "cluster": "CLUSTER BY",
    "materialized": "MATERIALIZED",
    "version": "a table version",
    "alias": "a named window",
    "collate": "COLLATE",
    "udfs": "a function of one's own",
    "operation_modifiers": "a modifier after SELECT",
    "rename": "* RENAME",
}
NODE_NAMES: dict[type[exp.Expr], str] = {exp.GroupingSets: "GROUPING SETS", exp.TableColumn: "A whole row as a value"}


def listed_syntax(tree: exp.Expr, dialect: SqlDialect) -> Iterator[Refusal]:
    """A refusal for each node, part or function that the grammar does not list, with its name."""
    for node in tree.walk():
        if not is_listed(node, dialect):
            yield Refusal("listed_syntax", _sentence(node, dialect))
            continue
        if isinstance(node, exp.Anonymous) and node.name.upper() in ANONYMOUS_SPELLINGS and len(node.expressions) != 2:
            yield Refusal("listed_syntax", f"The function {node.name.upper()} takes two values, not {len(node.expressions)}.")
        allowed = STRUCTURE.get(type(node))
        for part, value in node.args.items():
            if allowed is not None and part not in allowed and value:
                yield Refusal("listed_syntax", f"{SPOKEN.get(part, part.strip('_').upper())} may not be used in a query here.")
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Func) and not _is_window_extension(node.this, dialect):
            yield Refusal("listed_syntax", "A function cannot stand where a table stands. Name a table of the collaboration.")
        if isinstance(node, exp.Star) and not isinstance(node.parent, (exp.Select, exp.Count, exp.Column)):
            yield Refusal("listed_syntax", "A star (*) stands only in SELECT and COUNT(*).")
        if isinstance(node, exp.Subquery) and not isinstance(
            node.parent, (exp.From, exp.Join, exp.In, exp.SetOperation, exp.CTE)
        ):
            yield Refusal("listed_syntax", "A subquery stands only in FROM, in a join and after IN. Join it instead.")
        if isinstance(node, exp.Join) and node.args.get("kind") not in (None, "", "INNER", "CROSS", "OUTER"):
            yield Refusal("listed_syntax", f"{node.args['kind']} JOIN may not be used. Write INNER, LEFT, FULL or CROSS JOIN.")


def _is_window_extension(function: exp.Func, dialect: SqlDialect) -> bool:
    return dialect is SqlDialect.AMC and function.name.upper() == "EXTEND_TIME_WINDOW"


def _sentence(node: exp.Expr, dialect: SqlDialect) -> str:
    if isinstance(node, exp.Func):
        name = node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
        near = get_close_matches(name, listed_names(dialect), 1)
        hint = f" Did you mean {near[0]}?" if near else " docs/reference/sql.md lists those that may."
        return f"The function {name} may not be used in a query here.{hint}"
    return f"{NODE_NAMES.get(type(node), type(node).__name__.upper())} may not be used in a query here."
