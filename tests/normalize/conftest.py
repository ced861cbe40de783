"""An engine to compare the references with."""

from collections.abc import Iterator

import pytest

from mandorla.engines import Engine
from mandorla.engines.on_duckdb import DuckDBEngine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The reference engine."""
    with DuckDBEngine() as engine:
        yield engine
