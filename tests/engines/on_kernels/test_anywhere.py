"""The same bytes come out whatever the number of threads is, and whichever instructions the processor has."""

import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from mandorla.domain.progress import unheard
from mandorla.engines.arguments import schema_of
from mandorla.engines.mapper import MappingTask, SourceTable
from mandorla.engines.on_kernels.mapper import KernelMapper
from mandorla.engines.source_files import opened
from mandorla.engines.synthetic_people import write_people
from mandorla.jobs.file_matching import rules_of
from mandorla.match.compile import MatchingModel
from tests.engines.by_command import match_command

ROWS = 30_000


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sides with noise."""
    folder = tmp_path_factory.mktemp("people")
    write_people(folder, source_rows=ROWS, target_rows=ROWS, seed=7)
    return folder


def task(people: Path, output: Path) -> MappingTask:
    """What is to be mapped."""
    sides = [
        SourceTable(files=(opened(people / f"{side}.parquet"),), schema_mapping=schema_of(people / f"{side}-schema.json"))
        for side in ("source", "target")
    ]
    rules = rules_of(people / "rules.json")
    return MappingTask(sources=(sides[0],), targets=(sides[1],), rules=rules, model=MatchingModel(), output=output)


def test_any_number_of_threads_writes_the_same_bytes(people: Path, tmp_path: Path) -> None:
    written = set()
    for threads in (1, 2, 7):
        output = tmp_path / f"{threads}.parquet"
        with closing(KernelMapper(threads=threads)) as mapper:
            found = mapper.map_ids(task(people, output), unheard)
        assert found.mapped > ROWS / 5
        written.add(output.read_bytes())
    assert len(written) == 1


@pytest.mark.large
def test_a_plain_processor_writes_the_same_bytes(people: Path, tmp_path: Path) -> None:
    for name, given in (("this", {}), ("plain", {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""})):
        command = match_command(people, "kernels", tmp_path / f"{name}.parquet")
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / f"compiled-{name}"), **given}
        subprocess.run(command, env=environment, check=True, capture_output=True)
    assert (tmp_path / "this.parquet").read_bytes() == (tmp_path / "plain.parquet").read_bytes()
