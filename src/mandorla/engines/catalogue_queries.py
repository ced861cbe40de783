"""Run a query over tables of the catalogue, and over nothing else: no file, no setting and no place outside is in reach."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import duckdb
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from mandorla.domain.errors import MandorlaError
from mandorla.engines.catalogue_statements import Statement, shown
from mandorla.engines.catalogue_tables import CATALOGUE, AttachableTable, attach
from mandorla.engines.result_text import csv_line, result_type, text_of

MEMORY_LIMIT = "2GB"
SPILL_LIMIT = "20GB"
SECONDS_BETWEEN_LOOKS = 0.5
ROWS_AT_ONCE = 10_000
UNNAMED = "$unnamed"
ZONED = "TIMESTAMP WITH TIME ZONE"

# The first keeps variables of this program out of reach. Trino's "/" divides whole numbers into whole ones.
SETTINGS = (
    "python_enable_replacements = false",
    "enable_progress_bar = false",
    "TimeZone = 'UTC'",
    "integer_division = true",
)

# What is said of an error of DuckDB's, by its class. Its own words may hold values, so they are not passed on.
WORDS: tuple[tuple[type[duckdb.Error], str], ...] = (
    (duckdb.OutOfMemoryException, "EXCEEDED_MEMORY_LIMIT: the query needs more memory than is allowed here"),
    (duckdb.BinderException, "SYNTAX_ERROR: a column, a type or a function's arguments do not fit"),
    (duckdb.CatalogException, "SYNTAX_ERROR: a name in the query is not known"),
    (duckdb.ParserException, "SYNTAX_ERROR: the query cannot be written for this engine"),
    (duckdb.ConversionException, "INVALID_CAST_ARGUMENT: a value cannot be converted. TRY_CAST gives NULL in its place"),
    (duckdb.OutOfRangeException, "NUMERIC_VALUE_OUT_OF_RANGE: a result is too large for its type"),
    (duckdb.InvalidInputException, "HIVE_BAD_DATA: a file or an argument is not what its type says"),
    (duckdb.IOException, "HIVE_CURSOR_ERROR: a file of the table cannot be read"),
)
MISSING_COLUMN = re.compile(r'Referenced column "([^"]*)" (?:not found|was not found)')


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """A column of a result, typed as Athena names types."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """What a query gave: its columns, and how many rows stand in the file."""

    columns: tuple[ResultColumn, ...]
    row_count: int


class QueryStoppedError(Exception):
    """Somebody wanted the query to end."""


def run_query(
    statement: Statement,
    tables: Sequence[AttachableTable],
    *,
    database: str,
    folder: Path,
    output: Path,
    seconds: int,
    should_stop: Callable[[], bool],
) -> QueryResult:
    """Write the rows of a query into a CSV file. `folder` holds the tables' files, and what does not fit into memory."""
    assert statement.tree is not None
    connection = open_connection(folder)
    try:
        with explained(), watched(connection, should_stop, seconds):
            refuse_own_names(connection, statement)
            for table in tables:
                attach(connection, table)
            lock(connection, database)
            return written(connection, sql_of(with_names(statement.tree)), output)
    finally:
        connection.close()


def open_connection(folder: Path) -> duckdb.DuckDBPyConnection:
    """An empty database that can read nothing but a folder, from the first view on."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "max_temp_directory_size": SPILL_LIMIT,
            "threads": os.cpu_count() or 1,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
        },
    )
    for setting in SETTINGS:
        connection.execute(f"SET {setting}")
    connection.execute(f"ATTACH ':memory:' AS \"{CATALOGUE}\"")
    connection.execute(f'USE "{CATALOGUE}"')
    allowed = exp.Array(expressions=[exp.Literal.string(f"{folder}/")]).sql("duckdb")
    connection.execute(f"SET allowed_directories = {allowed}")
    connection.execute("SET enable_external_access = false")
    return connection


def refuse_own_names(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """WITH must not give the name of a view that the engine has of its own: where it does not hold, that one would be read."""
    found = connection.execute(
        "SELECT lower(view_name) FROM duckdb_views() UNION SELECT lower(table_name) FROM duckdb_tables()"
    )
    taken = {name for (name,) in found.fetchall()}
    if any(name in taken for name in statement.names_given):
        raise MandorlaError("NOT_SUPPORTED: a name that WITH gives is one of the engine's own. Choose another.")


def lock(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """From here on no setting can be changed; names without a database are of this one."""
    if database:
        schema = exp.to_identifier(database, quoted=True).sql("duckdb")
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.execute(f'USE "{CATALOGUE}".{schema}')
    connection.execute("SET lock_configuration = true")


def sql_of(query: exp.Query) -> str:
    """The query in DuckDB's dialect; what has no spelling there is an error, not something like it."""
    try:
        return str(query.sql("duckdb", unsupported_level=ErrorLevel.RAISE))
    except (SqlglotError, RecursionError) as error:
        raise MandorlaError("NOT_SUPPORTED: a function or a form of the query is not served here.") from error


def with_names(tree: exp.Query) -> exp.Query:
    """The query with a mark on result columns that have no name."""
    query = tree.copy()
    leading = query
    while isinstance(leading, exp.SetOperation | exp.Subquery):
        leading = leading.this
    if isinstance(leading, exp.Select):
        for place, selected in enumerate(leading.expressions):
            if not selected.is_star and not isinstance(selected, exp.Alias | exp.Column | exp.Dot | exp.Aliases):
                selected.replace(exp.alias_(selected.copy(), f"{UNNAMED}{place}", quoted=True))
    return query


def result_name(name: str, place: int) -> str:
    """A result column's name as Athena gives it: in lower case, `_col0`, `_col1`, … where the query names none."""
    return f"_col{place}" if name.startswith(UNNAMED) else name.lower()


def written(connection: duckdb.DuckDBPyConnection, sql: str, output: Path) -> QueryResult:
    """Run the query and write its rows, the header first."""
    relation = connection.sql(sql)
    types = [str(kind) for kind in relation.types]
    columns = tuple(
        result_column(result_name(name, place), kind)
        for place, (name, kind) in enumerate(zip(relation.columns, types, strict=True))
    )
    found = connection.execute(without_zones(sql, types))
    row_count = 0
    with output.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(column.name for column in columns))
        while rows := found.fetchmany(ROWS_AT_ONCE):
            file.writelines(csv_line(text_of(value) for value in row) for row in rows)
            row_count += len(rows)
    return QueryResult(columns=columns, row_count=row_count)


def without_zones(sql: str, types: Sequence[str]) -> str:
    """The query with times of UTC as text, for Python has them only with a library that is not here."""
    if ZONED not in types:
        return sql
    names = [exp.to_identifier(f"c{place}") for place in range(len(types))]
    texts = [
        exp.func("strftime", exp.cast(exp.column(name), "TIMESTAMP"), exp.Literal.string("%Y-%m-%d %H:%M:%S.%g UTC"))
        if kind == ZONED
        else exp.column(name)
        for name, kind in zip(names, types, strict=True)
    ]
    alias = exp.TableAlias(this=exp.to_identifier("rows"), columns=names)
    return f"{exp.select(*texts).sql('duckdb')} FROM ({sql}) AS {alias.sql('duckdb')}"


def result_column(name: str, duckdb_type: str) -> ResultColumn:
    """A column of a result."""
    type_name, precision, scale = result_type(duckdb_type)
    return ResultColumn(name=name, type=type_name, precision=precision, scale=scale)


@contextmanager
def watched(connection: duckdb.DuckDBPyConnection, should_stop: Callable[[], bool], seconds: int) -> Iterator[None]:
    """Interrupt the query when it is no longer wanted, or has run for too long."""
    over, reason = Event(), [""]
    deadline = monotonic() + seconds

    def watch() -> None:
        while not over.wait(SECONDS_BETWEEN_LOOKS):
            if should_stop():
                reason[0] = "stopped"
            elif monotonic() > deadline:
                reason[0] = "timeout"
            if reason[0]:
                connection.interrupt()

    thread = Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    except duckdb.InterruptException:
        if reason[0] == "stopped":
            raise QueryStoppedError from None
        raise MandorlaError(f"Query timeout: the query ran for longer than {seconds} seconds.") from None
    finally:
        over.set()
        thread.join()


@contextmanager
def explained() -> Iterator[None]:
    """Turn DuckDB's errors into ours."""
    try:
        yield
    except duckdb.Error as error:
        missing = MISSING_COLUMN.search(str(error)) if isinstance(error, duckdb.BinderException) else None
        if missing:
            words = f"COLUMN_NOT_FOUND: Column {shown(missing[1])} cannot be resolved"
        else:
            words = next((text for kind, text in WORDS if isinstance(error, kind)), "GENERIC_INTERNAL_ERROR: the query failed")
        raise MandorlaError(f"{words}.") from None
