"""A million rows with noise on each side: every engine writes the mapping that kernels write, row for row."""

import subprocess
from pathlib import Path

import pytest
from pyarrow import parquet

from mandorla.engines.synthetic_people import write_people
from tests.engines.by_command import match_command, plain_environment

ROWS = 1_000_000

pytestmark = pytest.mark.large


def mapped(people: Path, engine: str, output: Path, **settings: str) -> Path:
    """The mapping by the command on an engine."""
    environment = {**plain_environment(), **settings}
    subprocess.run(match_command(people, engine, output), env=environment, check=True, capture_output=True)
    return output


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sides, and what kernels make of them."""
    folder = tmp_path_factory.mktemp("people")
    write_people(folder, source_rows=ROWS, target_rows=ROWS, seed=11)
    mapped(folder, "kernels", folder / "kernels.parquet")
    return folder


@pytest.mark.parametrize("where", ["duckdb", "spark in one process", "spark_cluster", "sail_remote"])
def test_every_engine_maps_as_kernels_do(where: str, people: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    settings = {}
    if where == "spark_cluster":
        settings["MANDORLA_SPARK_REMOTE"] = request.getfixturevalue(where).remote
    elif where == "sail_remote":
        settings["MANDORLA_SPARK_REMOTE"] = request.getfixturevalue(where)
    engine = "duckdb" if where == "duckdb" else "spark"
    found = parquet.read_table(mapped(people, engine, tmp_path / "mapping.parquet", **settings))
    wanted = parquet.read_table(people / "kernels.parquet")
    assert wanted.num_rows > ROWS / 3
    assert found.cast(wanted.schema).equals(wanted)
