"""Every plan on a Spark cluster, or on Sail: through Spark Connect (`sc://host:port`), or as the driver of a classic master.

What the steps keep lies as Parquet in a folder that the cluster and we both see. CSV is read by the reference engine, whose
word it is which rows are bad and why, and handed over as Parquet with each row's number; so is Parquet whose rows the cluster
cannot number or whose values are not text. What is written comes back through the reference engine too: one file, sorted.
"""

import os
import re
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, reduce
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow
from py4j.protocol import Py4JError
from pyarrow import parquet
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit as literal
from pyspark.sql.pandas.functions import arrow_udf
from sqlglot import exp

from mandorla.domain.errors import MandorlaError
from mandorla.engines.cluster_folder import ClusterFolder
from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER, AttachedTable, RejectedRow
from mandorla.engines.on_duckdb import DuckDBEngine, of_row
from mandorla.engines.source_files import SourceFile, type_of_column
from mandorla.engines.spark_spelling import references_in, spelled
from mandorla.normalize import ALL_NORMALIZERS
from mandorla.normalize.normalizer import Reference

DEFAULT_REMOTE = "local[*]"
CONNECT_PORT = 15002
SECONDS_TO_ANSWER = 10
# Parquet columns whose text is the same wherever they are read; others are read by the reference engine.
TYPES_IN_PLACE = {"string": "STRING", "int32": "INT", "int64": "BIGINT"}
# Spark reads wildcards in a path, and passes over names that begin with a dot or an underscore.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_./=+-]*/[A-Za-z0-9][A-Za-z0-9_.=+-]*")
ROW_INDEX = "_metadata.row_index"


class SparkEngine:
    """A session of its own on the cluster that `environment` names; `memory_limit` bounds what is done on this machine.

    `MANDORLA_SPARK_REMOTE` is where the cluster is (default: Spark in this process), `MANDORLA_SPARK_FOLDER` the folder that
    it shares with us. The Python of its workers needs mandorla: they run the normalizers' references.
    """

    name = "spark"
    lacks: frozenset[str] = frozenset()

    def __init__(self, *, memory_limit: str = "4GB", environment: Mapping[str, str] = os.environ) -> None:
        self._folder = ClusterFolder(environment.get("MANDORLA_SPARK_FOLDER", ""))
        try:
            self._session, self._stops = opened_session(environment.get("MANDORLA_SPARK_REMOTE") or DEFAULT_REMOTE)
        except BaseException:
            self._folder.close()
            raise
        self._memory_limit = memory_limit
        self._writings = 0
        self._row_counts: dict[str, int] = {}
        self._registered: set[str] = set()

    def attach(self, name: str, files: Sequence[SourceFile], columns: Sequence[str]) -> AttachedTable:
        """Make files a table of text columns: read by the workers where that is the same, else handed over."""
        parts: list[DataFrame] = []
        rejected: list[RejectedRow] = []
        row_count = 0
        for number, file in enumerate(files, start=1):
            rows = self._rows_in_place(file, f"{name}_file_{number}.parquet", columns)
            if rows is None:
                rows, staged = self._rows_handed_over(file, f"{name}_file_{number}.parquet", columns)
                rejected += staged.rejected_rows
                row_count += staged.row_count
            else:
                row_count += parquet.read_metadata(file.path).num_rows
            parts.append(rows.select(literal(number).alias(FILE_NUMBER), "*"))
        reduce(DataFrame.unionAll, parts).createOrReplaceTempView(name)
        return AttachedTable(name=name, columns=tuple(columns), row_count=row_count, rejected_rows=tuple(rejected))

    def keep(self, name: str, query: exp.Query) -> int:
        """Run a query once and keep its rows as Parquet in the folder."""
        written, rows = self._written(name, query)
        rows.createOrReplaceTempView(name)
        self._row_counts[name] = self._folder.row_count(written)
        return self._row_counts[name]

    def remove(self, name: str, places: str) -> None:
        """Keep the rows of a kept table whose `place` stands in no row of another; nothing to do where that is empty."""
        if self._row_counts[places]:
            is_named = exp.column("place").isin(query=exp.select("place").from_(places))
            self.keep(name, exp.select("*").from_(name).where(exp.Not(this=is_named)))

    def define(self, name: str, query: exp.Query) -> None:
        """Make a view of this session."""
        self._computed(query).createOrReplaceTempView(name)

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """All rows of a query that has few."""
        with finishing():
            return [tuple(row) for row in self._computed(query).collect()]

    def batches(self, query: exp.Query) -> Iterator[pyarrow.RecordBatch]:
        """The rows of a query in its order, brought to this machine."""
        with DuckDBEngine(memory_limit=self._memory_limit) as reader:
            yield from reader.batches(self._brought(query, reader))

    def write(self, query: exp.Query, path: Path, file_format: str = "parquet") -> int:
        """Let the cluster compute a query's rows, and the reference engine sort them into one file."""
        with DuckDBEngine(memory_limit=self._memory_limit) as reader:
            return reader.write(self._brought(query, reader), path, file_format)

    def close(self) -> None:
        """Remove what was kept, and end the session."""
        self._folder.close()
        self._stops()

    def _computed(self, query: exp.Query) -> DataFrame:
        """The rows of a query, not yet asked for; the references that it names are made known to the session."""
        for name in references_in(query) - self._registered:
            of_all = of_arrays(ALL_NORMALIZERS[name].reference)
            # The kind, which PySpark's types ask for here, is the one thing that its code warns of.
            self._session.udf.register(name, arrow_udf(of_all, "string"))  # type: ignore[call-overload]
            self._registered.add(name)
        return self._session.sql(spelled(query))

    def _written(self, name: str, query: exp.Query) -> tuple[str, DataFrame]:
        """The folder of Parquet files that the workers wrote of a query, and its rows as they lie there."""
        self._writings += 1
        folder = f"{name}-{self._writings}"
        with finishing():
            computed = self._computed(query)
            computed.write.parquet(self._folder.place_of(folder))
        if self._folder.is_empty(folder):  # of no rows, Sail writes no file
            self._folder.lay_down(folder, self._session.createDataFrame([], computed.schema).toArrow())
        # With the schema given, no worker has to be asked for it.
        return folder, self._session.read.schema(computed.schema).parquet(self._folder.place_of(folder))

    def _brought(self, query: exp.Query, reader: DuckDBEngine) -> exp.Query:
        """A query of `reader` that gives another query's rows in their order, once the cluster has computed them."""
        unsorted, order = without_order(query)
        folder, rows = self._written("brought", unsorted)
        files = exp.Array(expressions=[exp.Literal.string(str(file)) for file in self._folder.brought(folder)])
        columns = [exp.column(name, quoted=True) for name in rows.columns[: len(rows.columns) - len(order)]]
        reader.define("brought", exp.select("*").from_(exp.func("read_parquet", files)))
        found = exp.select(*columns).from_("brought")
        return found.order_by(*order) if order else found

    def _rows_in_place(self, file: SourceFile, name: str, columns: Sequence[str]) -> DataFrame | None:
        """A Parquet file's rows as the workers read them, if they can number them and find the same text in them as we."""
        if file.file_format != "parquet" or not PLAIN_PATH.fullmatch(str(file.path.absolute())):
            return None
        types = {file.header_of(column): TYPES_IN_PLACE.get(str(type_of_column(file, column))) for column in columns}
        if None in types.values() or not self._numbers_rows:
            return None
        schema = ", ".join(f"{quoted(header)} {type_name}" for header, type_name in types.items())
        values = [f"CAST({quoted(file.header_of(column))} AS STRING) AS {quoted(column)}" for column in columns]
        rows = self._session.read.schema(schema).parquet(self._folder.taken(file.path, name))
        return rows.selectExpr(f"{ROW_INDEX} + 1 AS {ROW_NUMBER}", *values)

    @cached_property
    def _numbers_rows(self) -> bool:
        """Whether the cluster knows the number of a Parquet file's row: Spark does, Sail does not."""
        self._folder.lay_down("numbered", pyarrow.table({"value": pyarrow.array([], pyarrow.string())}))
        numbered = self._session.read.schema("value STRING").parquet(self._folder.place_of("numbered"))
        try:
            return ROW_NUMBER in numbered.selectExpr(f"{ROW_INDEX} AS {ROW_NUMBER}").columns
        except PySparkException:
            return False

    def _rows_handed_over(self, file: SourceFile, name: str, columns: Sequence[str]) -> tuple[DataFrame, AttachedTable]:
        """A file's rows as the reference engine reads them, in a Parquet file for the workers; and what it left out."""
        aside = self._folder.aside(name)
        number = exp.alias_(exp.cast(exp.column(ROW_NUMBER), "BIGINT"), ROW_NUMBER)
        numbered = [number, *(exp.column(column, quoted=True) for column in columns)]
        with DuckDBEngine(memory_limit=self._memory_limit) as reader:
            staged = reader.attach("staged", [file], columns)
            reader.write(exp.select(*numbered).from_(staged.name), aside)
        schema = ", ".join([f"{ROW_NUMBER} BIGINT", *(f"{quoted(column)} STRING" for column in columns)])
        return self._session.read.schema(schema).parquet(self._folder.taken(aside, name)), staged


def opened_session(remote: str) -> tuple[SparkSession, Callable[[], None]]:
    """A session at a Connect server or under a classic master, and how it ends; MandorlaError where nobody answers."""
    # PySpark says at every start that it does not know the newest pandas, which we do not use.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    if remote.startswith("sc://"):
        require_answer(remote)
        session = SparkSession.builder.remote(remote).create()
        return session, session.stop
    if remote.startswith("local"):
        # Its workers are of this machine: PySpark would start whatever Python is first in the path, which may lack mandorla.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    running = SparkSession.getActiveSession()
    settings = SparkSession.builder.master(remote).appName("mandorla").config("spark.ui.showConsoleProgress", "false")
    try:
        session = settings.getOrCreate()
    except PySparkException as error:
        raise MandorlaError(
            f"Spark does not start under {remote} ({type(error).__name__}): it needs Java 17, and a master that answers."
        ) from error
    return session.newSession(), (session.stop if running is None else nothing_to_stop)


@contextmanager
def finishing() -> Iterator[None]:
    """MandorlaError where the cluster does not finish a step. What it says itself may hold a person's value: its log tells."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        condition = (isinstance(error, PySparkException) and error.getCondition()) or type(error).__name__
        lacks_us = "No module named 'mandorla'" in str(error)
        told = "the Python of its workers lacks mandorla: install it there" if lacks_us else "see its log"
        raise MandorlaError(f"The Spark cluster did not finish a step ({condition}): {told}.") from None


def nothing_to_stop() -> None:
    """Somebody else's Spark goes on."""


def require_answer(remote: str) -> None:
    """Find out at once that nobody listens: PySpark itself would go on asking for minutes."""
    place = urlsplit(remote)
    host, port = place.hostname or "localhost", place.port or CONNECT_PORT
    try:
        socket.create_connection((host, port), timeout=SECONDS_TO_ANSWER).close()
    except OSError as error:
        raise MandorlaError(
            f"No Spark Connect server answers at {host}:{port}: start it, or mend MANDORLA_SPARK_REMOTE."
        ) from error


def of_arrays(reference: Reference) -> Callable[[pyarrow.Array, pyarrow.Array], pyarrow.Array]:
    """A reference as a function of Arrow arrays, for the workers' Python."""
    of_one = of_row(reference)

    def apply(values: pyarrow.Array, countries: pyarrow.Array) -> pyarrow.Array:
        found = map(of_one, values.to_pylist(), countries.to_pylist())
        return pyarrow.array(found, pyarrow.string())

    return apply


def without_order(query: exp.Query) -> tuple[exp.Query, list[exp.Ordered]]:
    """A query that gives the same rows in no order and, in columns at the end, what they are to be sorted by."""
    unsorted = query.copy()
    order = unsorted.args.get("order")
    unsorted.set("order", None)
    if order is None:
        return unsorted, []
    by = []
    for number, ordered in enumerate(order.expressions):
        name = f"order_{number}"
        value = ordered.this if isinstance(ordered, exp.Ordered) else ordered
        unsorted = unsorted.select(exp.alias_(value.copy(), name))
        settings = (
            {**ordered.args, "this": exp.column(name)} if isinstance(ordered, exp.Ordered) else {"this": exp.column(name)}
        )
        by.append(exp.Ordered(**settings))
    return unsorted, by


def quoted(name: str) -> str:
    """A column's name for Spark."""
    return str(exp.to_identifier(name, quoted=True).sql("spark"))
