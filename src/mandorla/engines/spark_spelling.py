"""A query in the words of Spark SQL, so that it means on Spark, and on what speaks its language, what it means on DuckDB.

Spark has Java's regular expressions and Sail has Rust's; our patterns are RE2's, and here they are written so that all three
agree. Only what differs stands here, in SPELLINGS; everything else is sqlglot's.
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from mandorla.normalize import ALL_NORMALIZERS

Spelling = Callable[[Any], exp.Expression]  # Any: each takes the node that it stands under

# What white space around a value is: Unicode's space separators, as DuckDB's trim() has it. Spark's alone knows one of them.
SPACES = "\u0020\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

# RE2's meaning in words that no dialect reads in another way. Java's `$` also stands before a last line end, its dot stops at
# more line ends than one, and Rust's classes take in the digits and spaces of every script.
OUTSIDE_OF_CLASSES = {"$": r"\z", ".": r"[^\n]", r"\d": "[0-9]", r"\w": "[0-9A-Za-z_]", r"\s": r"[\t\n\f\r ]"}
# Java reads a bracket in a class as another class, and && as what two have in common.
IN_CLASSES = {"[": r"\[", "&": r"\&", r"\d": "0-9", r"\w": "0-9A-Za-z_"}


def spelled(query: exp.Expression) -> str:
    """The text of a query for Spark."""
    root = query.copy()
    for node in reversed(list(root.walk(bfs=False))):  # what stands inside comes first
        written = SPELLINGS[type(node)](node) if type(node) in SPELLINGS else node
        if written is not node and node is root:
            root = written
        elif written is not node:
            node.replace(written)
    return str(root.sql("spark"))


def portable(pattern: str) -> str:
    r"""A regular expression of RE2's that Java's and Rust's dialects read alike.

    >>> print(portable(r"^[+]?(\d{2}|[.$&]).*$"))
    ^[+]?([0-9]{2}|[.$\&])[^\n]*\z
    """
    written, in_class, place = [], False, 0
    while place < len(pattern):
        sign = pattern[place : place + 2] if pattern[place] == "\\" else pattern[place]
        place += len(sign)
        if sign == "[" and not in_class:
            in_class = True
            written.append(sign)
            continue
        written.append((IN_CLASSES if in_class else OUTSIDE_OF_CLASSES).get(sign, sign))
        in_class = in_class and sign != "]"
    return "".join(written)


def with_portable_pattern(node: exp.Expression) -> exp.Expression:
    """A regular expression's function with its pattern so written; Spark names groups with a dollar sign."""
    node.set("expression", exp.Literal.string(portable(node.expression.this)))
    if isinstance(node, exp.RegexpExtract):
        # Left out, the group is Spark's first one; the parser of sqlglot leaves a 1 out, and Sail wants it.
        return function("REGEXP_EXTRACT", node.this, node.expression, node.args["group"])
    if isinstance(node, exp.RegexpReplace):
        replacement = node.args["replacement"].this.replace("\\", "$")
        return function("REGEXP_REPLACE", node.this, node.expression, exp.Literal.string(replacement))
    return node


def trimmed(node: exp.Trim) -> exp.Expression:
    """All white space taken from both ends."""
    return exp.Trim(this=node.this, expression=exp.Literal.string(SPACES))


def split(node: exp.Split) -> exp.Expression:
    """Split at a text that is a regular expression to Spark; ours is a space."""
    assert node.expression.this == " "
    return function("SPLIT", node.this, node.expression)


def start_of(node: exp.Left) -> exp.Expression:
    """The first characters of a text: what Sail's own LEFT gives, its regular expressions do not take."""
    return exp.Substring(this=node.this, start=exp.Literal.number(1), length=node.expression)


def own_function(node: exp.Anonymous) -> exp.Expression:
    """`text_key` in functions that Spark has: the 16 bytes of the MD5. Sail's UNHEX takes no text of MD5's own kind."""
    if node.name != "text_key":
        return node
    return function("UNHEX", exp.cast(exp.MD5(this=node.expressions[0]), "TEXT"))


def asked_reference(node: exp.Case) -> exp.Expression:
    """A reference that is asked under a condition, with the condition around its argument: NULL of NULL is the same.

    Spark computes a Python function for every row of a table, whatever CASE stands around it; a NULL costs it nothing.
    """
    [choice, *more] = node.args["ifs"]
    asked = choice.args["true"]
    if more or node.args.get("default") is not None or not is_reference(asked):
        return node
    value, country = asked.expressions
    return function(asked.name, exp.Case().when(choice.this, value), country)


def asked_where_needed(node: exp.Coalesce) -> exp.Expression:
    """A swift expression and then the reference, which is asked only where the swift expression found nothing."""
    asked = node.expressions[0]
    if len(node.expressions) == 1 and is_reference(asked) and isinstance(asked.expressions[0], exp.Case):
        [choice] = asked.expressions[0].args["ifs"]
        if isinstance(choice.this, exp.Not) and isinstance(choice.this.this, exp.Is):  # asked for every value so far
            choice.set("this", exp.and_(choice.this, exp.Is(this=node.this.copy(), expression=exp.Null())))
    return node


def references_in(query: exp.Expression) -> set[str]:
    """The names of the references that a query asks."""
    return {node.name for node in query.find_all(exp.Anonymous) if is_reference(node)}


def is_reference(node: exp.Expression) -> bool:
    """True of a normalizer's reference, called as a function."""
    return isinstance(node, exp.Anonymous) and node.name in ALL_NORMALIZERS


def function(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A call of one of Spark's functions."""
    return exp.Anonymous(this=name, expressions=list(arguments))


SPELLINGS: dict[type[exp.Expression], Spelling] = {
    exp.RegexpLike: with_portable_pattern,
    exp.RegexpExtract: with_portable_pattern,
    exp.RegexpReplace: with_portable_pattern,
    exp.Trim: trimmed,
    exp.Split: split,
    exp.Left: start_of,
    exp.Anonymous: own_function,
    exp.Case: asked_reference,
    exp.Coalesce: asked_where_needed,
}
