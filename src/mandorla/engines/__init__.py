"""Who runs a query. `engine.py` is the promise; `on_duckdb.py` the reference, in one process and out of core; `on_spark.py` the
same on a cluster.

Only this folder knows an engine's library. Read `engine.py` first.
"""

from mandorla.engines.engine import Engine

# Names to load, so that an engine's library is only imported where it is asked for.
ENGINES: dict[str, str] = {
    "duckdb": "mandorla.engines.on_duckdb:DuckDBEngine",
    "spark": "mandorla.engines.on_spark:SparkEngine",
}

__all__ = ["ENGINES", "Engine"]
