"""Run a protected query in a process of its own, which can read the tables it is given and reach nothing else.

The process has nothing of our environment, stands in the query's folder, reads one `Question` from its standard input, answers
with one `Answer`, and ends; `fork_server.py` says where it comes from. Its database sees that folder only: no other file, no
network, no extension, no setting to change. Whoever started it ends it when the time is up. What DuckDB says of an error never
leaves: it may hold a value.
"""

import json
import pickle
import resource
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

import duckdb
import pyarrow
from pyarrow import csv, parquet
from sqlglot import exp

from mandorla.domain.errors import MandorlaError
from mandorla.domain.private_query import PrivateQuery
from mandorla.engines.catalogue_queries import QueryStoppedError, explained, lock, open_connection
from mandorla.engines.catalogue_tables import AttachableTable, attach
from mandorla.engines.fork_server import fork_server
from mandorla.engines.mapping_files import MappingFiles, changed_pairs

ROOM, FOUND = "room", "protected_found"
ROWS_AT_ONCE = 100_000
SECONDS_BETWEEN_LOOKS = 0.05
MOST_OPEN_FILES = 4096


@dataclass(frozen=True, slots=True)
class MappingFile:
    """An ID mapping as a table of two columns, `source_id` and `target_id`, over Parquet files that may hold more."""

    relation: str
    files: MappingFiles


@dataclass(frozen=True, slots=True)
class Output:
    """A file that the answer is written to, as CSV or PARQUET."""

    path: Path
    file_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the process is asked. Tables stand under the name of their Glue table, which is the query's relation.

    `swift`, where it is given, has the same rows for less work, and a last column; where that is true of any row, the answer
    comes from `sql`. Where there is a `private` half, `sql` reads the numbers that are found for it behind the noise of so many
    users.
    """

    sql: str
    swift: str | None = None
    private: PrivateQuery | None = None
    users_noise_per_query: int = 0
    tables: tuple[AttachableTable, ...]
    mappings: tuple[MappingFile, ...]
    folder: Path
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it answers: the columns and how many rows stand in each output, or why there is none.

    `found` are the sensitivity parameters of a private question, under the service model's names.
    """

    columns: tuple[str, ...] = ()
    row_count: int = 0
    refusal: str = ""
    found: tuple[Mapping[str, Any], ...] = ()  # Any: plain JSON


# What writes the outputs of a question.
Write: TypeAlias = Callable[[duckdb.DuckDBPyConnection, Question], Answer]


def relation_of(attachable: AttachableTable, relation: str) -> AttachableTable:
    """A table of the catalogue under the name that a query has for it."""
    return replace(attachable, table=replace(attachable.table, database_name=ROOM, name=relation))


def ask(question: Question, *, seconds: int, should_stop: Callable[[], bool]) -> Answer:
    """Run a question to its end. MandorlaError says why there is no answer, QueryStoppedError that nobody wants it."""
    program, deadline = "sandbox" if question.private is None else "private_sandbox", monotonic() + seconds
    with fork_server().forked(program, question.folder) as process:
        process.give(pickle.dumps(question))
        while (said := process.said_within(SECONDS_BETWEEN_LOOKS)) is None:
            if should_stop():
                raise QueryStoppedError
            if monotonic() > deadline:
                raise MandorlaError(f"The query ran for longer than {seconds} seconds and was ended.")
    if process.ended_with != 0 or not said:
        raise MandorlaError("The query ended its process: it needs more memory than is allowed. Ask for less at once.")
    answer = Answer(**json.loads(said))  # as text: what comes out of a sandbox is not to be trusted with more
    if answer.refusal:
        raise MandorlaError(answer.refusal)
    return answer


def answered(question: Question, write: Write) -> Answer:
    """The question answered in this process, by what writes its outputs."""
    connection = open_connection(question.folder)
    try:
        with explained():
            for table in question.tables:
                attach(connection, table)
            connection.execute(exp.Create(this=exp.to_table(ROOM), kind="SCHEMA", exists=True).sql("duckdb"))
            for mapping in question.mappings:
                connection.execute(view_of(mapping).sql("duckdb"))
            lock(connection, ROOM)
            return write(connection, question)
    except MandorlaError as error:
        return Answer(refusal=error.message)
    finally:
        connection.close()


def view_of(mapping: MappingFile) -> exp.Create:
    """The view of an ID mapping."""
    columns = ("source_id", "target_id")
    whole = rows_in(mapping.files.whole)
    changes = None if mapping.files.changes is None else rows_in(mapping.files.changes)
    rows = exp.select(*columns).from_(whole) if changes is None else changed_pairs(whole, changes, columns)
    view = exp.Table(this=exp.to_identifier(mapping.relation, quoted=True), db=exp.to_identifier(ROOM))
    return exp.Create(this=view, kind="VIEW", expression=rows)


def rows_in(path: Path) -> exp.Expression:
    """The rows of a Parquet file."""
    return exp.func("read_parquet", exp.Literal.string(str(path)))


def written(connection: duckdb.DuckDBPyConnection, question: Question) -> Answer:
    """Run the query and write its rows."""
    return write_rows(connection, settled(connection, question), question)


def write_rows(connection: duckdb.DuckDBPyConnection, sql: str, question: Question) -> Answer:
    """Write the rows of some SQL to every output; the files are whole when the answer says so."""
    reader: pyarrow.RecordBatchReader = connection.execute(sql).to_arrow_reader(ROWS_AT_ONCE)
    row_count = 0
    with ExitStack() as open_files:
        writers = [open_files.enter_context(writer_of(output, reader.schema)) for output in question.outputs]
        for batch in reader:
            for writer in writers:
                writer.write_batch(batch)
            row_count += batch.num_rows
    return Answer(columns=tuple(reader.schema.names), row_count=row_count)


def settled(connection: duckdb.DuckDBPyConnection, question: Question) -> str:
    """The query whose rows are the answer: those that the swift one has found, if it left none undecided."""
    if question.swift is None:
        return question.sql
    connection.execute(f"CREATE TEMP TABLE {FOUND} AS {question.swift}")
    *columns, undecided = (name for name, *_ in connection.execute(f"DESCRIBE {FOUND}").fetchall())
    is_open = exp.select(exp.Count(this=exp.Star())).from_(FOUND).where(exp.column(undecided, quoted=True))
    if connection.execute(is_open.sql("duckdb")).fetchall() != [(0,)]:
        return question.sql
    return str(exp.select(*(exp.column(name, quoted=True) for name in columns)).from_(FOUND).sql("duckdb"))


def writer_of(output: Output, schema: pyarrow.Schema) -> csv.CSVWriter | parquet.ParquetWriter:
    """What writes an output."""
    if output.file_format == "PARQUET":
        return parquet.ParquetWriter(output.path, schema, compression="zstd")
    return csv.CSVWriter(output.path, schema, write_options=csv.WriteOptions(quoting_style="needed"))


def main() -> None:
    """Answer one question."""
    serve(written)


def serve(write: Write) -> None:
    """Answer the question that stands in the standard input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the tables
    _, hardest = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MOST_OPEN_FILES, hardest), hardest))
    # The other end is the program that started this one.
    question: Question = pickle.load(sys.stdin.buffer)
    sys.stdout.write(json.dumps(asdict(answered(question, write))))
