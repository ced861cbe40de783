"""A mapping made again after a small change, beside a run over everything: how long each takes, and that both are the same."""

import argparse
import os
import shutil
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
from generated import HERE, SEED, generated
from measured import machine_facts
from pyarrow import compute, parquet

from mandorla.domain.progress import unheard
from mandorla.engines.arguments import schema_of
from mandorla.engines.mapper import Keeping, MappedIds, MappingTask, SourceTable
from mandorla.engines.on_kernels.compiling import smallest_tasks
from mandorla.engines.on_kernels.mapper import KernelMapper
from mandorla.engines.source_files import opened
from mandorla.jobs.file_matching import rules_of
from mandorla.match.compile import MatchingModel

SOURCE_FILES, TARGET_FILES = 100, 100
CHANGED_IN_TARGET = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Both sides in many files, with what their schema mappings and rules say."""

    folder: Path
    described_in: Path

    def task(self, output: Path, keeping: Keeping | None = None) -> MappingTask:
        """Everything as it lies there now."""
        sides = []
        for side in ("source", "target"):
            files = sorted((self.folder / side).glob("*.parquet"))
            sides.append(
                SourceTable(
                    files=tuple(opened(file) for file in files),
                    schema_mapping=schema_of(self.described_in / f"{side}-schema.json"),
                    signatures=tuple(f"{file.name} {file.stat().st_mtime_ns}" for file in files),
                )
            )
        rules = rules_of(self.described_in / "rules.json")
        return MappingTask(
            sources=(sides[0],), targets=(sides[1],), rules=rules, model=MatchingModel(), output=output, keeping=keeping
        )


def main() -> None:
    """Generate, run in turn, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of either table (10,000,000)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the generated data ({SEED})")
    options = parser.parse_args()
    sys.stdout.write("; ".join(f"{name}: {value}" for name, value in machine_facts().items()) + "\n")
    made = generated(options.rows, options.seed).folder
    folder = HERE / "data" / f"refresh-{options.rows}"
    shutil.rmtree(folder, ignore_errors=True)
    tables = Tables(folder=folder, described_in=made)
    split(made / "source.parquet", folder / "source", [options.rows // SOURCE_FILES] * SOURCE_FILES)
    small = int(options.rows * CHANGED_IN_TARGET)
    split(made / "target.parquet", folder / "target", [small] + [-(-(options.rows - small) // TARGET_FILES)] * TARGET_FILES)
    kept, first, second, whole = (folder / name for name in ("kept", "first.parquet", "second.parquet", "whole.parquet"))
    load_kernels(folder / "smallest")
    timed("run over everything, nothing kept", tables.task(whole))
    timed("run over everything, kept for the next", tables.task(first, Keeping(folder=kept, name="first")))
    mix(folder / "source" / "0050.parquet")
    mix(folder / "target" / "0000.parquet")
    seconds, found = timed("refresh", tables.task(second, Keeping(folder=kept, name="second", previous="first")))
    all_seconds, wanted = timed("run over everything again", tables.task(whole))
    if found.changed is None:
        sys.exit("The refresh matched everything again.")
    differences = rows_that_differ(first, second, whole)
    sys.stdout.write(f"the refresh takes {seconds / all_seconds:.1%} of a whole run; rows that differ: {differences}\n")
    if differences or (found.mapped, found.mapped_targets) != (wanted.mapped, wanted.mapped_targets):
        sys.exit("The refresh and the run over everything are not the same.")
    shutil.rmtree(folder)


def load_kernels(folder: Path) -> None:
    """Load what every run of a new process loads, of whole runs and of refreshes alike."""
    folder.mkdir()
    with closing(KernelMapper()) as mapper:
        mapper.compile(unheard)
        for smallest in smallest_tasks(folder):
            mapper.map(smallest, unheard)


def split(whole: Path, folder: Path, sizes: list[int]) -> None:
    """A table in several files of so many rows."""
    folder.mkdir(parents=True)
    table, first = parquet.read_table(whole), 0
    for number, size in enumerate(sizes):
        parquet.write_table(table.slice(first, size), folder / f"{number:04}.parquet", compression="zstd", compression_level=1)
        first += size


def mix(file: Path) -> None:
    """Another file of the same people, whose addresses, numbers and names are each other's."""
    table = parquet.read_table(file)
    key, *columns = table.columns
    turned = [pyarrow.chunked_array([compute.take(column, turn(len(table), by))]) for by, column in enumerate(columns, start=1)]
    parquet.write_table(pyarrow.table([key, *turned], names=table.column_names), file, compression="zstd", compression_level=1)


def turn(rows: int, by: int) -> pyarrow.Array:
    """The places of rows, turned round by some."""
    return pyarrow.array([(place + by) % rows for place in range(rows)])


def timed(what: str, task: MappingTask) -> tuple[float, MappedIds]:
    """A run in this process, its time told. What earlier runs left the system to write down is written before."""
    os.sync()
    started = time.perf_counter()
    with closing(KernelMapper()) as mapper:
        found = mapper.map_ids(task, unheard)
    seconds = time.perf_counter() - started
    sys.stdout.write(f"{what}: {seconds:.2f} s, {found.mapped:,} mapped\n")
    sys.stdout.flush()
    return seconds, found


def rows_that_differ(whole: Path, changes: Path, wanted: Path) -> int:
    """How many rows the changed mapping and the wanted one do not share."""
    query = f"""
        WITH now AS (
            SELECT * FROM '{whole}' ANTI JOIN '{changes}' USING (source_id)
            UNION ALL SELECT * FROM '{changes}' WHERE target_id IS NOT NULL
        )
        SELECT (SELECT count(*) FROM (FROM now EXCEPT ALL FROM '{wanted}'))
             + (SELECT count(*) FROM (FROM '{wanted}' EXCEPT ALL FROM now))
    """
    [(count,)] = duckdb.sql(query).fetchall()
    return int(count)


if __name__ == "__main__":
    main()
