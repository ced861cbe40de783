"""Ten million customers against ten million users through `mandorla match`, and the most memory that it held."""

import argparse
import json
import sys

from generated import SEED, generated
from measured import machine_facts, mandorla_match, measure


def main() -> None:
    """Exit code 1 when the match fails or holds more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of either table (10,000,000)")
    parser.add_argument("--engine", default="duckdb", help="who maps: duckdb (the default), kernels, spark")
    parser.add_argument("--limit-gb", type=float, default=6, help="gigabytes that the process may hold at most (6)")
    parser.add_argument("--timeout", type=float, default=7200, help="seconds after which it is stopped (7200)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the generated data ({SEED})")
    options = parser.parse_args()
    sys.stdout.write("; ".join(f"{name}: {value}" for name, value in machine_facts().items()) + "\n")
    folder = generated(options.rows, options.seed).folder
    command = [*mandorla_match(folder, folder / "mapping.parquet"), "--engine", options.engine]
    run = measure(command, timeout_seconds=options.timeout)
    sys.stdout.write(
        f"{options.rows:,} x {options.rows:,} rows on {options.engine}: {run.wall_seconds:.1f} s,"
        f" {2 * options.rows / run.wall_seconds:,.0f} records/s, peak RSS {run.peak_bytes / 1e9:.2f} GB\n"
    )
    if run.failure:
        sys.exit(f"mandorla match: {run.failure}")
    rules = {rule["ruleName"]: rule["mappedSources"] for rule in run.document["rules"]}
    sys.stdout.write(f"mapped sources by rule: {json.dumps(rules)}\n")
    if run.peak_bytes > options.limit_gb * 1e9:
        sys.exit(f"The limit of {options.limit_gb:g} GB was passed.")


if __name__ == "__main__":
    main()
