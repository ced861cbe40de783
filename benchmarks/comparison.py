"""Whether two mappings are the same, row for row."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

DIFFERENCES = """
SELECT
    (SELECT count(*) FROM read_parquet($one)),
    (SELECT count(*) FROM (
        SELECT source_id, target_id, rule FROM read_parquet($one)
        EXCEPT SELECT source_id, target_id, rule FROM read_parquet($other)
    )) + (SELECT count(*) FROM (
        SELECT source_id, target_id, rule FROM read_parquet($other)
        EXCEPT SELECT source_id, target_id, rule FROM read_parquet($one)
    ))
"""

QUALITY = """
SELECT count(truth.target_id) / count(*), count(truth.target_id) / (SELECT count(*) FROM read_parquet($truth))
FROM read_parquet($mapping) AS mapping LEFT JOIN read_parquet($truth) AS truth USING (source_id, target_id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The rows of a mapping, and how many rows stand in only one of it and the other."""

    mapped_sources: int
    differing_rows: int


def agreement(mapping: Path, other: Path) -> Agreement:
    """How a mapping agrees with another one in source id, target id and rule."""
    with duckdb.connect() as connection:
        row = connection.execute(DIFFERENCES, {"one": str(mapping), "other": str(other)}).fetchone()
    assert row is not None
    return Agreement(mapped_sources=row[0], differing_rows=row[1])


def precision_and_recall(mapping: Path, truth: Path) -> tuple[float, float]:
    """The share of the mapped pairs that are true, and of the true pairs that are mapped."""
    with duckdb.connect() as connection:
        row = connection.execute(QUALITY, {"mapping": str(mapping), "truth": str(truth)}).fetchone()
    assert row is not None
    return row[0], row[1]
