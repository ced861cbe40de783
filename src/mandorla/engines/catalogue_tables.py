"""Tables of the catalogue as views of DuckDB's, over local files: columns and types are what the catalogue says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlglot import exp
from sqlglot.errors import SqlglotError

from mandorla.domain.errors import MandorlaError
from mandorla.domain.glue_table import GlueColumn, GlueTable

CATALOGUE = "AwsDataCatalog"
FILE = "$file"
MAX_LINE_BYTES = 16_000_000
CLASSIFICATIONS = frozenset({"", "csv", "parquet"})
SERDES = frozenset({"", "OpenCSVSerde", "LazySimpleSerDe", "ParquetHiveSerDe"})
CONTROL = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFile:
    """A local file of a table, and the values of the partition that it is in."""

    path: Path
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachableTable:
    """A table of the catalogue with its files."""

    table: GlueTable
    files: tuple[TableFile, ...]

    @property
    def partition_keys(self) -> tuple[GlueColumn, ...]:
        """The columns whose values stand in no file."""
        given = self.table.definition.get("partition_keys") or ()
        return tuple(GlueColumn(one["name"], one.get("type") or "string") for one in given)


def attach(connection: duckdb.DuckDBPyConnection, attachable: AttachableTable) -> None:
    """Make a view of a table under its database's and its own name."""
    table = attachable.table
    columns = (*table.columns, *attachable.partition_keys)
    refuse_unknown_format(table)
    if not columns:
        raise MandorlaError(f"HIVE_INVALID_METADATA: the table {table.key} has no columns in the catalogue.")
    database = exp.to_identifier(table.database_name, quoted=True)
    connection.execute(exp.Create(this=exp.Table(this=database), kind="SCHEMA", exists=True).sql("duckdb"))
    view = exp.Create(
        this=exp.Table(this=exp.to_identifier(table.name, quoted=True), db=database),
        kind="VIEW",
        expression=rows_of(connection, attachable) if attachable.files else no_rows(columns),
    )
    connection.execute(view.sql("duckdb"))


def refuse_unknown_format(table: GlueTable) -> None:
    """Only CSV and Parquet are read here; what is called otherwise must not be taken for one of them."""
    classification = table.parameters.get("classification", "").lower()
    serde = str((table.descriptor.get("serde_info") or {}).get("serialization_library") or "").rpartition(".")[2]
    if classification not in CLASSIFICATIONS or serde not in SERDES or table.definition.get("view_original_text"):
        raise MandorlaError(f"HIVE_UNSUPPORTED_FORMAT: {table.key} is neither a table of CSV nor of Parquet files.")


def duckdb_type(column: GlueColumn) -> exp.DataType:
    """A column's Hive type as DuckDB has it."""
    try:
        return exp.DataType.build(column.type, dialect="hive")
    except SqlglotError as error:
        raise MandorlaError(f"HIVE_UNSUPPORTED_FORMAT: the type of column '{column.name}' is not served here.") from error


def typed(value: exp.Expression, column: GlueColumn) -> exp.Expression:
    """A value in the column's type; other data than text must fit."""
    return exp.alias_(exp.Cast(this=value, to=duckdb_type(column)), column.name, quoted=True)


def typed_text(value: exp.Expression, column: GlueColumn) -> exp.Expression:
    """A text in the column's type. What does not fit is NULL, as the serdes for text have it."""
    target = duckdb_type(column)
    if target.is_type("text"):
        return exp.alias_(value, column.name, quoted=True)
    # Without a function in between DuckDB moves the conversion into its CSV reader, where what does not fit is an error.
    return exp.alias_(exp.TryCast(this=exp.func("trim", value), to=target), column.name, quoted=True)


def no_rows(columns: Sequence[GlueColumn]) -> exp.Query:
    """A table without files."""
    return exp.select(*(typed(exp.null(), column) for column in columns)).where(exp.false())


def rows_of(connection: duckdb.DuckDBPyConnection, attachable: AttachableTable) -> exp.Query:
    """The rows of all files, each with the values of its partition."""
    is_csv = attachable.table.file_format == "csv"
    reader = csv_reader(attachable) if is_csv else parquet_reader(attachable)
    present = None if is_csv else names_in(connection, reader)
    columns = [
        (typed_text if is_csv else typed)(
            exp.column(column.name, table="files", quoted=True)
            if present is None or column.name.lower() in present
            else exp.null(),
            column,
        )
        for column in attachable.table.columns
    ]
    query = exp.select(*columns).from_(exp.select("*").from_(reader).subquery("files"))
    keys = attachable.partition_keys
    if not keys:
        return query
    parts = parts_of(attachable, keys)
    is_of_file = exp.column(FILE, table="files", quoted=True).eq(exp.column(FILE, table="parts", quoted=True))
    values = [typed_text(exp.column(key.name, table="parts", quoted=True), key) for key in keys]
    return query.select(*values).join(parts, on=is_of_file)


def parts_of(attachable: AttachableTable, keys: Sequence[GlueColumn]) -> exp.Expression:
    """The partitions' values by file."""
    rows = [(str(file.path), *file.values) for file in attachable.files]
    names = [FILE, *(key.name for key in keys)]
    tuples = [exp.Tuple(expressions=[exp.Literal.string(value) for value in row]) for row in rows]
    alias = exp.TableAlias(this=exp.to_identifier("parts"), columns=[exp.to_identifier(name, quoted=True) for name in names])
    return exp.Values(expressions=tuples, alias=alias)


def paths_of(attachable: AttachableTable) -> exp.Expression:
    """The files' paths as a list."""
    return exp.Array(expressions=[exp.Literal.string(str(file.path)) for file in attachable.files])


def option(name: str, value: exp.Expression) -> exp.Expression:
    """A named argument."""
    return exp.PropertyEQ(this=exp.to_identifier(name), expression=value)


def csv_reader(attachable: AttachableTable) -> exp.Expression:
    """CSV as Hive reads it: by position, without an error for rows that are too long or too short."""
    columns = attachable.table.columns or (GlueColumn("$none", "string"),)
    texts = [option_quoted(column.name) for column in columns]
    dialect = csv_dialect(attachable.table)
    return exp.func(
        "read_csv",
        paths_of(attachable),
        option("columns", exp.Struct(expressions=texts)),
        *(option(name, exp.Literal.string(value)) for name, value in dialect.items()),
        option("header", exp.false()),
        option("skip", exp.Literal.number(lines_to_skip(attachable.table))),
        option("auto_detect", exp.false()),
        option("strict_mode", exp.false()),
        option("null_padding", exp.true()),
        option("parallel", exp.false()),
        option("max_line_size", exp.Literal.number(MAX_LINE_BYTES)),
        option("filename", exp.Literal.string(FILE)),
    )


def option_quoted(name: str) -> exp.Expression:
    """A column of text."""
    return exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=exp.Literal.string("VARCHAR"))


def csv_dialect(table: GlueTable) -> Mapping[str, str]:
    """How the table's serde splits lines. LazySimpleSerDe knows no quotes; where no serde is named, quotes are read."""
    parameters = table.parameters
    serde = str((table.descriptor.get("serde_info") or {}).get("serialization_library") or "")
    if serde.endswith("OpenCSVSerde"):
        delimiter, quote = parameters.get("separatorChar", ","), parameters.get("quoteChar", '"')
    else:
        default = parameters.get("delimiter") or ("\x01" if serde else ",")
        delimiter = parameters.get("field.delim") or parameters.get("serialization.format") or default
        quote = "" if serde else '"'
    delimiter = CONTROL.get(delimiter, delimiter)
    if len(delimiter) != 1 or len(quote) > 1:
        raise MandorlaError(f"HIVE_INVALID_METADATA: the delimiter of {table.key} must be one character.")
    null = parameters.get("serialization.null.format", "\\N")
    return {"delim": delimiter, "quote": quote, "escape": quote, "nullstr": null}


def lines_to_skip(table: GlueTable) -> int:
    """How many lines of each file are no data."""
    given = table.parameters.get("skip.header.line.count", "0")
    if not given.isdecimal():
        raise MandorlaError(f"HIVE_INVALID_METADATA: skip.header.line.count of {table.key} must be a whole number.")
    return int(given)


def parquet_reader(attachable: AttachableTable) -> exp.Expression:
    """Parquet as Athena reads it: by name; files may lack columns."""
    return exp.func(
        "read_parquet",
        paths_of(attachable),
        option("union_by_name", exp.true()),
        option("binary_as_string", exp.false()),
        option("hive_partitioning", exp.false()),
        option("filename", exp.Literal.string(FILE)),
    )


def names_in(connection: duckdb.DuckDBPyConnection, reader: exp.Expression) -> frozenset[str]:
    """The columns that the files have, in lower case."""
    query = exp.select("*").from_(reader).limit(0)
    connection.execute(query.sql("duckdb"))
    names = frozenset(str(column[0]).lower() for column in connection.description or ())
    connection.fetchall()
    return names
