"""What protection costs: each question bare and protected, in turns, over ten million joined rows.

`.venv/bin/python benchmarks/protection_cost.py [--users 500000] [--repeat 5]`: a publisher's impressions and an advertiser's
events that meet through an ID mapping table, as Parquet files; ten impressions a user times two events are twenty joined rows.
The bare form is what an analyst would give DuckDB, with the event table's user looked up in the mapping.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from mandorla.domain.protected_query import AmcQuestion
from mandorla.domain.query_table import EventKey, QueryTable, amazon_table, event_table
from mandorla.protect.protection import protect

IMPRESSIONS = {"user_id": "string", "campaign": "string", "state": "string", "impressions": "bigint", "total_cost": "double"}
EVENTS = {"customer_user_id": "string", "eventtype": "string", "productquantity": "bigint", "totalcost": "double"}
TABLES: tuple[QueryTable, ...] = (
    amazon_table("dsp_impressions", IMPRESSIONS),
    event_table("purchases", EVENTS, EventKey(mapping_relation="mapping")),
)
BARE = """
CREATE VIEW purchases_with_user AS SELECT p.*, m.targetid AS user_id FROM purchases p
LEFT JOIN mapping m ON p.customer_user_id = m.sourceid
"""
QUESTIONS = {
    "reach and purchases by campaign": """
        SELECT i.campaign, COUNT(DISTINCT i.user_id) AS reach, SUM(p.productquantity) AS units, SUM(p.totalcost) AS sales
        FROM dsp_impressions i INNER JOIN purchases p ON i.user_id = p.user_id
        WHERE p.eventtype = 'purchase' GROUP BY i.campaign""",
    "overlap by state": """
        SELECT i.state, COUNT(DISTINCT i.user_id) AS people
        FROM dsp_impressions i INNER JOIN purchases p ON i.user_id = p.user_id GROUP BY i.state""",
    "impressions by campaign and state": """
        SELECT i.campaign, i.state, COUNT(DISTINCT i.user_id) AS reach, SUM(i.impressions) AS impressions
        FROM dsp_impressions i GROUP BY i.campaign, i.state""",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one run: on the clock, and of the processor."""

    wall: float
    cpu: float


def generate(folder: Path, users: int) -> None:
    """The four tables; seeded by nothing but the row's number."""
    queries = {
        "dsp_impressions": f"""
            SELECT 'user-' || (i % {users}) AS user_id, 'campaign ' || (hash(i) % 20) AS campaign,
                'S' || (hash(i % {users}) % 50) AS state, 1 + i % 3 AS impressions, (i % 700) / 100 AS total_cost
            FROM range({users * 10}) AS t(i)""",
        "purchases": f"""
            SELECT 'customer-' || (i % {users}) AS customer_user_id, ['purchase', 'cart', 'purchase'][1 + i % 3] AS eventtype,
                1 + i % 4 AS productquantity, (i % 9000) / 100 AS totalcost
            FROM range({users * 2}) AS t(i)""",
        "mapping": f"SELECT 'customer-' || i AS sourceid, 'user-' || i AS targetid FROM range({users}) AS t(i)",
    }
    with duckdb.connect() as connection:
        for name, query in queries.items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def run(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Cost, list[tuple[object, ...]]]:
    """An answer, and what it cost."""
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    rows = connection.execute(sql).fetchall()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), rows


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mandorla-cost-") as folder:
        generate(Path(folder), options.users)
        connection = duckdb.connect()
        for name in ("dsp_impressions", "purchases", "mapping"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{Path(folder) / name}.parquet'")
        connection.execute(BARE)
        machine = f"{os.cpu_count()} cores, DuckDB {duckdb.__version__}"
        print(f"{options.users * 20:,} joined rows, {machine}, middle of {options.repeat}\n")
        print("| question | bare s | protected s | ratio | bare CPU s | protected CPU s | ratio |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for title, sql in QUESTIONS.items():
            print(line(connection, title, sql, options.repeat))


def line(connection: duckdb.DuckDBPyConnection, title: str, sql: str, repeat: int) -> str:
    """A question's row of the table; both forms in turns, and both give the same."""
    protected = protect(sql, TABLES, question=AmcQuestion())
    forms = {"bare": sql.replace(" purchases p", " purchases_with_user p"), "protected": protected.swift or protected.sql()}
    costs: dict[str, list[Cost]] = {name: [] for name in forms}
    answers: dict[str, list[tuple[object, ...]]] = {}
    for turn in range(repeat + 1):
        for name in forms if turn % 2 else reversed(forms):
            cost, rows = run(connection, forms[name])
            if name == "protected" and protected.swift is not None:
                assert not any(row[-1] for row in rows), "the swift form must have decided"
                rows = [row[:-1] for row in rows]
            answers[name] = sorted(tuple(round(v, 2) if isinstance(v, float) else v for v in row) for row in rows)
            if turn:  # the first turn warms up
                costs[name].append(cost)
    assert answers["bare"] == answers["protected"], title
    wall, cpu = (
        {name: statistics.median(getattr(cost, kind) for cost in found) for name, found in costs.items()}
        for kind in ("wall", "cpu")
    )
    shown = [f"{one['bare']:.2f} | {one['protected']:.2f} | {one['protected'] / one['bare']:.2f}" for one in (wall, cpu)]
    return f"| {title} | {' | '.join(shown)} |"


if __name__ == "__main__":
    main()
