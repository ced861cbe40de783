"""A question as a log may show it: its own words and the names of its tables, and a placeholder for every value.

Rule of this file: what is not known to be a word of the language, a name or a sign is a value. Comments are left out.
"""

import re

from sqlglot import exp
from sqlglot.dialects import Dialect
from sqlglot.tokens import Token, TokenType

from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.grammar import PARSERS
from mandorla.protect.parsing import read_query
from mandorla.protect.refusal import RefusedError

PLACEHOLDER = "?"

# Backquotes hold names in every dialect that has them. Double quotes hold text in Spark, so what they hold is never shown.
WORDS = re.compile(r"`?[^\W\d]\w*(\s+[^\W\d]\w*)*`?")
SIGNS = re.compile(r"[^\w\s'\"`]+")
VALUES = frozenset(
    {
        TokenType.STRING, TokenType.NUMBER, TokenType.BIT_STRING, TokenType.HEX_STRING, TokenType.BYTE_STRING,
        TokenType.NATIONAL_STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING, TokenType.UNICODE_STRING,
    }
)  # fmt: skip


def text_without_values(text: str, dialect: SqlDialect) -> str:
    """The text with a placeholder for each value and without comments; a placeholder only where it cannot be read.

    >>> text_without_values("SELECT `state`, 1 FROM people WHERE email = 'a@b.example' -- a's", SqlDialect.SPARK)
    'SELECT `state`, ? FROM people WHERE email = ?'
    """
    if read_or_none(text, dialect) is None:
        return PLACEHOLDER
    shown, end = "", -1
    for token in Dialect.get_or_raise(PARSERS[dialect]).tokenize(text):
        # Spark's `10L` is three tokens over the same characters.
        if token.start <= end:
            continue
        word, is_apart = shown_token(token, text[token.start : token.end + 1]), token.start > end + 1
        end = token.end
        # What begins right behind a value, as in `10days` or 'it''s', belongs to it.
        is_sign = word != PLACEHOLDER and SIGNS.fullmatch(word)
        if is_apart or is_sign or not shown.endswith(PLACEHOLDER):
            shown += (" " if is_apart and shown else "") + word
    return shown


def shown_token(token: Token, written: str) -> str:
    """A token as the log shows it."""
    is_known = WORDS.fullmatch(written) or SIGNS.fullmatch(written)
    return " ".join(written.split()) if is_known and token.token_type not in VALUES else PLACEHOLDER


def named_tables(text: str, dialect: SqlDialect) -> tuple[str, ...]:
    """The tables that a question names, in the order of their names; none where it cannot be read.

    >>> named_tables("WITH a AS (SELECT * FROM Events) SELECT * FROM a JOIN mapping ON TRUE", SqlDialect.SPARK)
    ('events', 'mapping')
    """
    tree = read_or_none(text, dialect)
    if tree is None:
        return ()
    own = {part.alias for part in tree.find_all(exp.CTE)}
    names = {table.name for table in tree.find_all(exp.Table)}
    return tuple(sorted(name for name in names - own if WORDS.fullmatch(name)))


def read_or_none(text: str, dialect: SqlDialect) -> exp.Query | None:
    """The tree of a question; None for what is none, whose words could be anything."""
    try:
        return read_query(text, dialect)
    except (RefusedError, RecursionError):
        return None
