"""What the engine promises beside the rows of its queries."""

from contextlib import closing

from sqlglot import exp

from mandorla.engines.on_duckdb import DuckDBEngine

ROWS = 300_000


def test_rows_of_one_query_may_be_read_while_those_of_another_are() -> None:
    numbers = exp.select("number").from_("numbers")
    with closing(DuckDBEngine()) as engine:
        engine.define("numbers", exp.select("range AS number").from_(f"range({ROWS})"))
        first, second = engine.batches(numbers), engine.batches(numbers)
        begun = next(first)
        assert begun.num_rows < ROWS
        assert sum(batch.num_rows for batch in second) == ROWS
        assert begun.num_rows + sum(batch.num_rows for batch in first) == ROWS
