"""Kernels and the best SQL for DuckDB in turns, in one process that has loaded and compiled everything before."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import best_sql
from stages import Stages, folders

import mandorla

TURNS = 5


def main() -> None:
    """Prints the seconds of each turn's match, and the ratio of the middle ones."""
    folder, output = folders()
    contenders = {
        "kernels": lambda: match_by_kernels(folder, output),
        "DuckDB, best SQL": lambda: best_sql.map_people(folder, output, Stages()),
    }
    for run in contenders.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(TURNS):
        for name, run in contenders.items():
            taken[name].append(seconds_of(run))
    ours, theirs = (statistics.median(seconds) for seconds in taken.values())
    told = "; ".join(f"{name} " + ", ".join(f"{one:.2f}" for one in seconds) for name, seconds in taken.items())
    remark = (
        f"- Warm, in one process, in turns: kernels are {theirs / ours:.2f} times as fast as the best SQL (seconds: {told})."
    )
    sys.stdout.write(json.dumps({"remarks": [remark], "ratio": theirs / ours, "seconds": taken}))


def match_by_kernels(folder: Path, output: Path) -> None:
    """The library's call."""
    sides = [str(folder / name) for name in ("source.parquet", "source-schema.json", "target.parquet", "target-schema.json")]
    mandorla.match(*sides, folder / "rules.json", output, engine="kernels")


def seconds_of(run: Callable[[], None]) -> float:
    """How long a run takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
