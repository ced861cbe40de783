"""Text to one tree of one SELECT, with its names folded to lower case. Nothing is resolved here."""

import re
import unicodedata

from sqlglot import exp, parse
from sqlglot.errors import ParseError, SqlglotError

from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.grammar import PARSERS
from mandorla.protect.refusal import Refusal, RefusedError

# Clean Rooms user guide, quotas: "500 KB" of query text on the Spark engine.
LONGEST_QUERY = 500_000
# What is deeper cannot be read by functions that call themselves, and finding that out takes the square of the depth.
DEEPEST_QUERY = 450
# Names that the rewrites add start so; an analyst's name may not.
OWN_PREFIX = "protected_"


def read_query(text: str, dialect: SqlDialect) -> exp.Query:
    """The tree of the one SELECT that the text is. RefusedError says what else it is, with the place of a syntax error."""
    if len(text) > LONGEST_QUERY:
        raise _refused(f"The query has {len(text)} characters; {LONGEST_QUERY} are allowed.")
    try:
        statements = [statement for statement in parse(text, read=PARSERS[dialect]) if statement is not None]
    except ParseError as error:
        raise _refused(_syntax_sentence(error)) from error
    except SqlglotError as error:
        raise _refused("The text is not SQL: a quotation or a comment in it is not closed.") from error
    except RecursionError as error:
        raise _refused("The query is nested too deeply. Use WITH to give its parts names.") from error
    if any(depth > DEEPEST_QUERY for depth in map(depth_of, statements)):
        raise too_long_a_chain()
    if len(statements) != 1:
        raise _refused(f"The text holds {len(statements)} statements; write one SELECT.")
    tree = statements[0]
    if isinstance(tree, exp.Subquery):
        tree = tree.unnest()
    if not isinstance(tree, (exp.Select, exp.SetOperation)):
        raise _refused(f"Only SELECT may run here, not {_first_word(text)}.")
    refusals = fold_names(tree)
    if refusals:
        raise RefusedError(refusals)
    return tree


def depth_of(tree: exp.Expr) -> int:
    """How many levels a tree has.

    >>> depth_of(exp.column("a"))
    2
    """
    level, depth = [tree], 0
    while level:
        level, depth = [child for node in level for child in node.iter_expressions()], depth + 1
    return depth


def too_long_a_chain() -> RefusedError:
    """The refusal of a tree that is too deep."""
    return _refused("The query is a chain too long to be read. Use IN (…) for many values, or WITH for its parts.")


def fold_names(tree: exp.Expr) -> list[Refusal]:
    """Every name in lower case, as Clean Rooms keeps them, quoted or not. A refusal for a name that only looks like another."""
    refusals = []
    for identifier in tree.find_all(exp.Identifier):
        name = unicodedata.normalize("NFKC", identifier.name).lower()
        if name != identifier.name.lower() or not name.isprintable():
            refusals.append(
                Refusal("names", f"The name {identifier.name!r} holds characters that look like others. Write plain letters.")
            )
        if name.startswith(OWN_PREFIX):
            refusals.append(
                Refusal("names", f"'{name}': names that begin with '{OWN_PREFIX}' are kept for the clean room. Choose another.")
            )
        identifier.set("this", name)
    return refusals


def _syntax_sentence(error: ParseError) -> str:
    if not error.errors:
        return "The query is not SQL that can be read."
    first = error.errors[0]
    near = f" near '{first['highlight']}'" if first.get("highlight") else ""
    return f"Syntax error in line {first['line']}, column {first['col']}{near}: {first['description']}"


def _first_word(text: str) -> str:
    plain = re.sub(r"/\*.*?\*/|--[^\n]*", " ", text, flags=re.DOTALL)
    word = re.search(r"\w+", plain)
    return word.group().upper()[:30] if word else "that"


def _refused(sentence: str) -> RefusedError:
    return RefusedError([Refusal("parsing", sentence)])
