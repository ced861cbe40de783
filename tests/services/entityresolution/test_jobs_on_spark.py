"""Jobs of a server whose setting is another engine: the same tables come out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.clusters import free_port
from tests.listening import Listening, listening
from tests.services.entityresolution.test_id_mapping_jobs import mapping_of, prepared, run
from tests.world import MAPPED


@pytest.fixture
def spark_server(tmp_path: Path, sail_remote: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    """A server whose worker matches people on Sail."""
    monkeypatch.setenv("MANDORLA_SPARK_REMOTE", sail_remote)
    with listening(tmp_path / "spark", engine="spark") as running:
        yield running


def mapping_file(server: Listening) -> list[dict[str, str]]:
    """The rows of the one mapping that a server keeps."""
    [file] = (server.parts.settings.data_folder / "mappings").iterdir()
    rows: list[dict[str, str]] = parquet.read_table(file).to_pylist()
    return rows


def test_an_id_mapping_job_gives_the_same_table(spark_server: Listening, tmp_path: Path) -> None:
    advertiser, _ = prepared(spark_server)
    job = run(advertiser)
    assert job["status"] == "SUCCEEDED", job
    assert mapping_of(advertiser, job) == MAPPED
    with listening(tmp_path / "reference") as reference:
        other, _ = prepared(reference)
        assert run(other)["metrics"] == job["metrics"]
        assert mapping_file(reference) == mapping_file(spark_server)


def test_a_job_says_that_its_cluster_does_not_answer(spark_server: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANDORLA_SPARK_REMOTE", f"sc://127.0.0.1:{free_port()}")
    advertiser, _ = prepared(spark_server)
    job = run(advertiser)
    assert job["status"] == "FAILED"
    assert "No Spark Connect server answers" in job["errorDetails"]["errorMessage"]
