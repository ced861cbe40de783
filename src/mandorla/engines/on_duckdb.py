"""The reference engine: every plan in one process, out of core, on DuckDB.

CSV files are copied once into a table on disk, so that each row has a number and every bad row a reason; Parquet files are
read where they are.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
from duckdb.func import FunctionNullHandling, PythonUDFType
from sqlglot import exp

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.engines.csv_lines import lines_at, with_line_feeds
from mandorla.engines.duckdb_errors import explained
from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER, AttachedTable, RejectedRow
from mandorla.engines.scratch import Scratch
from mandorla.engines.source_files import SourceFile, gzip_broken, refused
from mandorla.engines.whole_file import whole_file
from mandorla.normalize import ALL_NORMALIZERS
from mandorla.normalize.normalizer import Reference

# Why DuckDB's CSV reader leaves a row out, in our words; a row for which it has another reason is "not readable".
REJECT_REASONS = {
    "TOO MANY COLUMNS": "more fields than the header has",
    "MISSING COLUMNS": "fewer fields than the header has",
    "INVALID ENCODING": "bytes that are not UTF-8",
    "LINE SIZE OVER MAXIMUM": "the line is longer than 16 million bytes",
}
MAX_LINE_BYTES = 16_000_000
# A value as text, without NUL characters, which belong to no value. To look first costs nothing, to replace does.
TEXT_OF = """
    CREATE MACRO text_of(value) AS
    CASE WHEN contains(value::VARCHAR, chr(0)) THEN replace(value::VARCHAR, chr(0), '') ELSE value::VARCHAR END
"""


class DuckDBEngine:
    """A DuckDB database in a temporary folder that `close` removes. `memory_limit` is DuckDB's text, such as "4GB"."""

    name = "duckdb"
    lacks: frozenset[str] = frozenset()

    def __init__(self, *, memory_limit: str = "4GB", threads: int | None = None, folder: Path | None = None) -> None:
        self._folder = Scratch(folder)
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit,
            "threads": threads or os.cpu_count() or 1,
            "temp_directory": str(self._folder.path / "spill"),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        self._connection = duckdb.connect(":memory:", config=settings)
        self._files: list[SourceFile] = []
        # A progress bar would go to standard output, amid what machines read there.
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute("CREATE MACRO text_key(text) AS md5_number(text)")
        self._connection.execute(TEXT_OF)
        for function_name, normalizer in ALL_NORMALIZERS.items():
            self._connection.create_function(
                function_name,
                of_row(normalizer.reference),
                ["VARCHAR", "VARCHAR"],
                "VARCHAR",
                type=PythonUDFType.NATIVE,
                null_handling=FunctionNullHandling.SPECIAL,
            )

    def attach(self, name: str, files: Sequence[SourceFile], columns: Sequence[str]) -> AttachedTable:
        """Make files a table of text columns; CSV files are staged, Parquet files stay where they are."""
        parts: list[exp.Query] = []
        rejected: list[RejectedRow] = []
        for number, file in enumerate(files, start=1):
            if file.file_format == "csv":
                staged = f"{name}_file_{number}"
                rejected.extend(self._stage(staged, file, columns))
                parts.append(staged_rows(staged, number, columns))
            else:
                parts.append(self._parquet_rows(file, number, columns))
        self._files += files
        query = parts[0] if len(parts) == 1 else exp.union(*parts, distinct=False, copy=False)
        self.define(name, query)
        [(row_count,)] = self.rows(exp.select(exp.Count(this=exp.Star())).from_(name))
        return AttachedTable(name=name, columns=tuple(columns), row_count=row_count, rejected_rows=tuple(rejected))

    def keep(self, name: str, query: exp.Query) -> int:
        """Run a query once and keep its rows in a table."""
        self._run(exp.Create(this=exp.to_table(name), kind="TABLE", expression=query))
        [(row_count,)] = self.rows(exp.select(exp.Count(this=exp.Star())).from_(name))
        return int(row_count)

    def remove(self, name: str, places: str) -> None:
        """Take the rows out of a kept table whose `place` stands in another."""
        is_named = exp.column("place").isin(query=exp.select("place").from_(places))
        self._run(exp.delete(name).where(is_named))

    def define(self, name: str, query: exp.Query) -> None:
        """Make a view."""
        self._run(exp.Create(this=exp.to_table(name), kind="VIEW", expression=query))

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """All rows of a query that has few."""
        with explained(self._files):
            return self._run(query).fetchall()

    def batches(self, query: exp.Query) -> Iterator[pyarrow.RecordBatch]:
        """The rows of a query, as Arrow record batches. Several may be read at the same time, so each has a connection."""
        with explained(self._files), self._connection.cursor() as own:
            reader: pyarrow.RecordBatchReader = own.sql(query.sql("duckdb")).to_arrow_reader(100_000)
            yield from reader

    def write(self, query: exp.Query, path: Path, file_format: str = "parquet") -> int:
        """Write a query's rows into a file that appears whole or not at all."""
        options = {
            "parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 250000",
            "csv": "FORMAT csv, HEADER true",
        }[file_format]
        self._connection.execute("SET preserve_insertion_order = true")
        try:
            with whole_file(path) as aside, explained(self._files):
                target = exp.Literal.string(str(aside)).sql("duckdb")
                written = self._connection.execute(f"COPY ({query.sql('duckdb')}) TO {target} ({options})").fetchone()
        finally:
            self._connection.execute("SET preserve_insertion_order = false")
        assert written is not None
        return int(written[0])

    def close(self) -> None:
        """Close the database and remove its folder."""
        for function_name in ALL_NORMALIZERS:
            self._connection.remove_function(function_name)
        self._connection.close()
        self._folder.remove()

    def __enter__(self) -> "DuckDBEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, statement: exp.Expression) -> duckdb.DuckDBPyConnection:
        with explained(self._files):
            return self._connection.execute(statement.sql("duckdb"))

    def _stage(self, name: str, file: SourceFile, columns: Sequence[str]) -> list[RejectedRow]:
        """Copy a CSV file's columns into a table, in file order; what was left out, and why."""
        self._connection.execute("SET preserve_insertion_order = true")
        read_from = file.path
        try:
            try:
                self._copy(name, file, file.path, columns)
            except duckdb.InvalidInputException:
                # What it cannot follow are, most often, line ends of two kinds in one file.
                read_from = self._folder.path / f"{name}.csv"
                with_line_feeds(file.path, read_from)
                self._copy(name, file, read_from, columns)
        except duckdb.IOException:
            raise gzip_broken(file.path) from None
        except duckdb.Error as error:
            what = f"the CSV reader gives up ({type(error).__name__})"
            raise refused("CSV_BROKEN", file.path, what, "check quotes and line ends, or export the file again") from None
        finally:
            self._connection.execute("SET preserve_insertion_order = false")
        return self._rejects_of(file, read_from)

    def _copy(self, name: str, file: SourceFile, path: Path, columns: Sequence[str]) -> None:
        names = [*file.columns, *(f"nameless {number}" for number in range(file.nameless_columns))]
        options = csv_options(names, is_gzipped=path == file.path and file.is_gzipped)
        query = exp.select(*(text_of(column, column) for column in columns)).from_(
            exp.func("read_csv", literal_path(path), *options)
        )
        self._run(exp.Create(this=exp.to_table(name), kind="TABLE", expression=query))

    def _rejects_of(self, file: SourceFile, read_from: Path) -> list[RejectedRow]:
        rows = self._connection.execute(
            "SELECT line_byte_position - 1 AS place, min(error_type) FROM reject_errors GROUP BY place ORDER BY place"
        ).fetchall()
        self._connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
        # DuckDB's own number of the line counts a value with line breaks in it as one line.
        lines = lines_at(read_from, [place for place, _ in rows])
        found = [(line, place, error_type) for line, (place, error_type) in zip(lines, rows, strict=True)]
        unclosed = [line for line, _, error_type in found if str(error_type) == "UNQUOTED VALUE"]
        if unclosed:
            raise InvalidInputError(
                [
                    Finding(
                        code="QUOTE_UNCLOSED",
                        where=f"{file.path}, line {line}",
                        what="a quote is opened and never closed",
                        mend='close the quote, or double a quote that belongs to the value ("")',
                    )
                    for line in unclosed
                ]
            )
        return [
            RejectedRow(
                file=str(file.path),
                place=line,
                reason=f"{REJECT_REASONS.get(str(error_type), 'not readable')} (the line begins at byte {place})",
            )
            for line, place, error_type in found
        ]

    def _parquet_rows(self, file: SourceFile, number: int, columns: Sequence[str]) -> exp.Query:
        reader = exp.func(
            "read_parquet",
            literal_path(file.path),
            exp.PropertyEQ(this=exp.to_identifier("file_row_number"), expression=exp.true()),
            exp.PropertyEQ(this=exp.to_identifier("binary_as_string"), expression=exp.true()),
        )
        texts = [text_of(file.header_of(column), column) for column in columns]
        row_number = exp.Add(this=exp.column("file_row_number"), expression=exp.Literal.number(1))
        return exp.select(
            exp.alias_(exp.Literal.number(number), FILE_NUMBER), exp.alias_(row_number, ROW_NUMBER), *texts
        ).from_(reader)


def of_row(reference: Reference) -> Callable[[str | None, str | None], str | None]:
    """A reference as a function of one row; NULL of NULL."""

    def apply(value: str | None, country: str | None) -> str | None:
        return None if value is None else reference(value, country or "")

    return apply


def literal_path(path: Path) -> exp.Expression:
    """A path that names this one file: DuckDB takes stars, question marks and brackets for patterns."""
    return exp.Literal.string(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def text_of(header: str, column: str) -> exp.Expression:
    """A column as the text that it holds."""
    return exp.alias_(exp.func("text_of", exp.column(header, quoted=True), copy=False), column, quoted=True, copy=False)


def csv_options(names: Sequence[str], *, is_gzipped: bool) -> list[exp.Expression]:
    """How we read CSV: commas, double quotes, every column text, nothing sniffed, bad rows noted."""
    columns = exp.Struct(
        expressions=[
            exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=exp.Literal.string("VARCHAR"))
            for name in names
        ]
    )
    options = {
        "header": exp.true(),
        "columns": columns,
        "delim": exp.Literal.string(","),
        "quote": exp.Literal.string('"'),
        "escape": exp.Literal.string('"'),
        "auto_detect": exp.false(),
        "strict_mode": exp.true(),
        "null_padding": exp.false(),
        "store_rejects": exp.true(),
        "max_line_size": exp.Literal.number(MAX_LINE_BYTES),
        "compression": exp.Literal.string("gzip" if is_gzipped else "none"),
    }
    return [exp.PropertyEQ(this=exp.to_identifier(option), expression=setting) for option, setting in options.items()]


def staged_rows(staged: str, number: int, columns: Sequence[str]) -> exp.Query:
    """A staged table's rows with their numbers: DuckDB numbers rows as they were inserted."""
    row_number = exp.Add(this=exp.column("rowid"), expression=exp.Literal.number(1))
    return exp.select(
        exp.alias_(exp.Literal.number(number), FILE_NUMBER),
        exp.alias_(row_number, ROW_NUMBER),
        *(exp.column(column, quoted=True) for column in columns),
    ).from_(staged)
