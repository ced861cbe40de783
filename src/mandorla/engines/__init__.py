"""Who runs a query, and who maps ids. `engine.py` and `mapper.py` are the promises; `on_duckdb.py` is the reference, and
`on_spark.py` the same on a cluster.

Only this folder knows an engine's library. Read `engine.py` first.
"""

from mandorla.engines.engine import Engine

# Names to load, so that an engine's library is only imported where it is asked for.
ENGINES: dict[str, str] = {
    "duckdb": "mandorla.engines.on_duckdb:DuckDBEngine",
    "spark": "mandorla.engines.on_spark:SparkEngine",
}

# Who maps ids without queries; every engine of `ENGINES` maps them too, by the compiled plan.
MAPPERS: dict[str, str] = {"kernels": "mandorla.engines.on_kernels.mapper:KernelMapper"}

# Who prepares files without queries; `duckdb` prepares them too, step by step.
PREPARERS: dict[str, str] = {"kernels": "mandorla.engines.on_kernels.preparing:KernelPreparer"}

__all__ = ["ENGINES", "MAPPERS", "Engine"]
