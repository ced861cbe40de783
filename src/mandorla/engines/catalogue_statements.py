"""What a statement in Athena's SQL asks for: read into a tree, and refused unless it is a question about tables.

Nothing of the text stands in a refusal but plain names: a literal may be a person's.
"""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokens import Token, TokenType

from mandorla.domain.errors import MandorlaError
from mandorla.engines.catalogue_functions import KNOWN, KNOWN_BY_NAME

DIALECT = "athena"
CATALOGUE = "awsdatacatalog"
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
WORD = re.compile(r'"[^"]+"|`[^`]+`|[^\s.;"`]+|\S')
LITERALS = (exp.Literal, exp.Neg, exp.Boolean, exp.Null, exp.Cast)

# What a query begins with; everything else changes something, or is one of the forms of SHOW and DESCRIBE below.
QUERY_STARTS = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.VALUES, TokenType.L_PAREN, TokenType.TABLE})

# Parts of a tree that no question has: other statements, places outside, locks and parameters of other engines.
NEVER = (
    exp.DDL, exp.DML, exp.Command, exp.Into, exp.Lock, exp.Parameter, exp.SessionParameter, exp.Copy, exp.Set, exp.Use,
    exp.Pragma, exp.Attach, exp.Detach, exp.Kill, exp.TableSample, exp.MatchRecognize, exp.Directory,
)  # fmt: skip

# Reading a query takes time while others wait. Athena's own limit is the text's length, 262,144 bytes.
MOST_TOKENS = 20_000

StatementKind = Literal["query", "show tables", "show databases", "show columns", "describe"]


@dataclass(frozen=True, slots=True)
class TableName:
    """A table by database and name; in lower case, as the catalogue has them."""

    database: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}.{self.name}" if all(PLAIN_NAME.fullmatch(part) for part in (self.database, self.name)) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A question: a query, or one about the catalogue itself. `tables` are those that it names, each once; `names_given`
    are those of WITH."""

    kind: StatementKind
    tree: exp.Query | None = None
    tables: tuple[TableName, ...] = ()
    names_given: frozenset[str] = frozenset()
    database: str = ""

    @property
    def statement_type(self) -> str:
        """As Athena calls it."""
        return {"query": "DML", "describe": "UTILITY"}.get(self.kind, "UTILITY")


def read_statement(sql: str, *, database: str = "", parameters: Sequence[str] = ()) -> Statement:
    """The one question that a text holds, in the context of a database; MandorlaError says why it is none."""
    tokens = tokens_of(sql)
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise MandorlaError("The query is empty.")
    if len(tokens) > MOST_TOKENS:
        raise MandorlaError(f"The query has more than {MOST_TOKENS} words and signs. Put long lists into a table, and join it.")
    if tokens[0].token_type not in QUERY_STARTS:
        return about_catalogue(sql, database.lower())
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise MandorlaError("Only one SQL statement is allowed in a query.")
    try:
        tree = with_parameters(query_in(sql), parameters)
        for part in tree.walk():
            refuse_unknown(part)
        tables = tuple(dict.fromkeys(tables_in(tree, database.lower())))
    except RecursionError as error:
        raise MandorlaError("SYNTAX_ERROR: the query is nested too deeply.") from error
    except SqlglotError as error:
        raise MandorlaError("SYNTAX_ERROR: the query cannot be read.") from error
    names_given = frozenset(common.alias_or_name.lower() for common in tree.find_all(exp.CTE))
    return Statement(kind="query", tree=tree, tables=tables, names_given=names_given)


def tokens_of(sql: str) -> list[Token]:
    """The text's words."""
    try:
        return [*sqlglot.tokenize(sql, read=DIALECT)]
    except SqlglotError as error:
        raise MandorlaError("SYNTAX_ERROR: the query cannot be read; a quote or a comment may be left open.") from error


def query_in(sql: str) -> exp.Query:
    """The text as the tree of one query."""
    # sqlglot's warnings quote the text, and a literal in it may be a person's value.
    logging.getLogger("sqlglot").disabled = True
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=DIALECT) if tree is not None]
    except ParseError as error:
        where = error.errors[0] if error.errors else {}
        raise MandorlaError(
            f"SYNTAX_ERROR: line {where.get('line', 1)}:{where.get('col', 1)}: the query cannot be read from there on."
        ) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query | exp.Values):
        raise MandorlaError("Queries of this type are not supported: exactly one SELECT is served here.")
    tree = trees[0]
    return tree if isinstance(tree, exp.Query) else selected_values(tree)


def selected_values(values: exp.Values) -> exp.Query:
    """VALUES as a query, its columns named as Athena names those without a name."""
    width = len(values.expressions[0].expressions) if isinstance(values.expressions[0], exp.Tuple) else 1
    names = [exp.to_identifier(f"_col{place}") for place in range(width)]
    alias = exp.TableAlias(this=exp.to_identifier("given"), columns=names)
    return exp.select("*").from_(exp.Values(expressions=values.expressions, alias=alias))


def refuse_unknown(part: exp.Expression) -> None:
    """Parts that no question has, functions that nobody listed, and sources that are no tables."""
    if isinstance(part, NEVER):
        raise MandorlaError("Queries of this type are not supported: only SELECT over tables of the catalogue is served here.")
    if isinstance(part, exp.Table) and not isinstance(part.this, exp.Identifier):
        raise MandorlaError("FUNCTION_NOT_FOUND: table functions are not served here. Name a table of the catalogue.")
    if isinstance(part, exp.Anonymous | exp.AnonymousAggFunc) and part.name.lower() not in KNOWN_BY_NAME:
        raise MandorlaError(f"FUNCTION_NOT_FOUND: Function {shown(part.name)} is not served here.")
    is_named = isinstance(part, exp.Anonymous | exp.AnonymousAggFunc)
    if isinstance(part, exp.Func) and not is_named and type(part).__name__ not in KNOWN:
        raise MandorlaError(f"FUNCTION_NOT_FOUND: Function {shown(part.sql_name().lower())} is not served here.")


def shown(name: str) -> str:
    """A name in quotes, if it is one; text that could be a value is not shown.

    >>> shown("getenv"), shown("ann@example.com")
    ("'getenv'", 'of that name')
    """
    return f"'{name}'" if PLAIN_NAME.fullmatch(name) else "of that name"


def with_parameters(tree: exp.Query, parameters: Sequence[str]) -> exp.Query:
    """The query with its question marks filled in, in their order, by literals."""
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(parameters) or any(place.this for place in places):
        raise MandorlaError(f"The query has {len(places)} parameters, and {len(parameters)} values were given.")
    for place, text in zip(places, parameters, strict=True):
        place.replace(literal_in(text))
    return tree


def literal_in(text: str) -> exp.Expression:
    """A literal as an execution parameter gives it: `'text'`, `1`, `DATE '2026-01-01'`."""
    try:
        literal = sqlglot.parse_one(text, read=DIALECT)
    except SqlglotError:
        literal = None
    if not isinstance(literal, LITERALS) or any(not isinstance(part, (*LITERALS, exp.DataType)) for part in literal.walk()):
        raise MandorlaError("An execution parameter must be a literal: a number, a text in single quotes, a date.")
    return literal


def tables_in(tree: exp.Query, database: str) -> Iterator[TableName]:
    """The tables of the catalogue that a query names. What stands in a table's place and is neither is refused."""
    tables: set[int] = set()
    names_given: set[int] = set()
    for scope in traverse_scope(tree):
        for node, source in scope.selected_sources.values():
            (tables if isinstance(source, exp.Table) else names_given).add(id(node))
    for table in tree.find_all(exp.Table, bfs=False):
        if id(table) in tables:
            yield name_of(table, database)
        elif id(table) not in names_given or table.db:
            raise MandorlaError("NOT_SUPPORTED: a table stands where none is served here. Name it in FROM or JOIN.")


def name_of(table: exp.Table, database: str) -> TableName:
    """A table's database and name."""
    if len(table.parts) > 3 or (table.catalog and table.catalog.lower() != CATALOGUE):
        raise MandorlaError("CATALOG_NOT_FOUND: only tables of AwsDataCatalog are served here.")
    name = TableName((table.db or database).lower(), table.name.lower())
    if not name.database:
        raise MandorlaError(
            f"SCHEMA_NOT_FOUND: table {shown(name.name)} has no database. Name it, or choose one in the context."
        )
    return name


def about_catalogue(sql: str, database: str) -> Statement:
    """SHOW and DESCRIBE in the forms that are served; names may stand in quotes of both kinds."""
    words = [word.strip('"`') for word in WORD.findall(sql.strip().rstrip(";"))]
    for pattern, made in FORMS:
        if len(words) == len(pattern) and all(
            re.fullmatch(expected, word, re.IGNORECASE) for expected, word in zip(pattern, words, strict=True)
        ):
            return made([word.lower() for word in words], database)
    raise MandorlaError("Queries of this type are not supported: SELECT, SHOW TABLES, SHOW DATABASES and DESCRIBE are.")


def tables_of(words: list[str], database: str) -> Statement:
    """SHOW TABLES, in the context's database or in another."""
    return Statement(kind="show tables", database=words[3] if len(words) > 2 else database)


def databases_of(_: list[str], __: str) -> Statement:
    """SHOW DATABASES."""
    return Statement(kind="show databases")


def described(words: list[str], database: str) -> Statement:
    """DESCRIBE of a table."""
    name = TableName(words[-3], words[-1]) if len(words) == 4 else TableName(database, words[-1])
    return Statement(kind="describe", tables=(name,))


def columns_of(words: list[str], database: str) -> Statement:
    """SHOW COLUMNS of a table."""
    name = TableName(words[3], words[5]) if len(words) == 6 and words[4] == "." else TableName(database, words[3])
    return Statement(kind="show columns", tables=(name,))


IN, ANY = "in|from", ".+"
FORMS: tuple[tuple[tuple[str, ...], Callable[[list[str], str], Statement]], ...] = (
    (("show", "tables"), tables_of),
    (("show", "tables", IN, ANY), tables_of),
    (("show", "databases|schemas"), databases_of),
    (("describe|desc", ANY), described),
    (("describe|desc", ANY, r"\.", ANY), described),
    (("show", "columns", IN, ANY), columns_of),
    (("show", "columns", IN, ANY, r"\.", ANY), columns_of),
)
