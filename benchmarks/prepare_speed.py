"""How fast `mandorla prepare --hash` is on each engine, and what part of its time the machine itself needs, in one run.

    .venv/bin/python benchmarks/prepare_speed.py                  # a million rows of CSV, each engine three times, in turns
    .venv/bin/python benchmarks/prepare_speed.py --rows 10000000 --engines kernels

The ten columns are those of Amazon's guide: names, e-mail, phone, address, city, state, postal code, country, mobile ad id.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.generated import Generated, generated  # noqa: E402
from benchmarks.measured import machine_facts, measure  # noqa: E402

# The generated customers have a second e-mail and a second phone besides the guide's ten columns.
LEFT_OUT = ("email_2", "phone_2")
# Values of a row that are hashed, when nothing is missing and nothing is refused; a hash is of one block.
HASHED = 8


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--engines", default="kernels,duckdb")
    parser.add_argument("--format", default="parquet", choices=("parquet", "csv"))
    options = parser.parse_args()
    data = generated(options.rows, file_format="csv")
    engines = options.engines.split(",")
    with tempfile.TemporaryDirectory(dir=HERE / "data") as name:
        folder = Path(name)
        schema = folder / "ten.json"
        payload = json.loads(Path(data.file("source-schema.json")).read_text())
        fields = [field for field in payload["mappedInputFields"] if field["fieldName"] not in LEFT_OUT]
        schema.write_text(json.dumps(payload | {"mappedInputFields": fields}))
        if "kernels" in engines:
            # Compiled once on a machine, which is no part of the figures.
            run(data, schema, folder, "kernels", options.format)
        times: dict[str, list[tuple[float, float, float]]] = {engine: [] for engine in engines}
        for turn in range(options.repeat):
            for engine in engines if turn % 2 == 0 else engines[::-1]:
                times[engine].append(run(data, schema, folder, engine, options.format))
        print_table(options.rows, times, limits(Path(data.file("source.csv")), options.rows))


def run(data: Generated, schema: Path, folder: Path, engine: str, file_format: str) -> tuple[float, float, float]:
    """Prepare once, as a user calls it: wall seconds, processor seconds and gigabytes at most."""
    output = folder / "prepared"
    shutil.rmtree(output, ignore_errors=True)
    before = os.times()
    command = [
        *(str(Path(sys.executable).with_name("mandorla")), "prepare", data.file("source.csv"), "--schema", str(schema)),
        *("--output", str(output), "--format", file_format, "--hash", "--engine", engine, "--json"),
    ]
    done = measure(command, timeout_seconds=3600)
    assert not done.failure, done.failure
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return done.wall_seconds, used, done.peak_bytes / 2**30


def limits(source: Path, rows: int) -> dict[str, float]:
    """Processor seconds that parts of the work take alone, in a process of their own, so that nothing else is loaded."""
    command = [sys.executable, str(HERE / "prepare_limits.py"), str(source), str(rows * HASHED)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def print_table(rows: int, times: dict[str, list[tuple[float, float, float]]], alone: dict[str, float]) -> None:
    """Markdown."""
    print(", ".join(f"{name} {value}" for name, value in machine_facts().items()), end="\n\n")
    print("| engine | wall s | rows a second | CPU s | peak RSS GB | " + " | ".join(f"{part} alone" for part in alone) + " |")
    print("| --- " * (5 + len(alone)) + "|")
    for engine, measured in times.items():
        wall, used, peak = (statistics.median(column) for column in zip(*measured, strict=True))
        parts = " | ".join(f"{seconds:.2f} s, {seconds / used:.0%}" for seconds in alone.values())
        print(f"| {engine} | {wall:.2f} | {rows / wall:,.0f} | {used:.2f} | {peak:.2f} | {parts} |")


if __name__ == "__main__":
    main()
