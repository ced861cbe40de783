"""Where the cases from elsewhere are: beside the repository, or where MANDORLA_CASES says; without them their tests skip."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.clusters import Cluster, cluster, sail, why_not
from tests.postgres import new_database, postgres, server_programs

REPOSITORY = Path(__file__).resolve().parent.parent
# Any: what xdist logs with, which has no type to name.
COMPILING = ("tests/engines/on_kernels/", "tests/benchmarks/")


class FilesTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Tests of a file run on one worker, so that its servers are started once; so do all that compile the kernels."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "kernels" if file.startswith(COMPILING) else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    """How tests are given to workers, if there are several."""
    return FilesTogether(config, log)


def cases_folder() -> Path:
    """The folder of real inputs with the right answers that this repository does not carry."""
    return Path(os.environ.get("MANDORLA_CASES", REPOSITORY.parent / "shared" / "cases"))


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of cases; without it the test is skipped."""
    if not cases_folder().is_dir():
        pytest.skip("the cases from elsewhere are not beside the repository; MANDORLA_CASES names their folder")
    return cases_folder()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server; without its package the test is skipped."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed; scripts/packages installs one")
    with postgres(programs) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of each kind for the tests of a module: what holds on one must hold on the other."""
    return fresh_database(request, tmp_path_factory)


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database of each kind for one test."""
    return fresh_database(request, tmp_path_factory)


def fresh_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a new database of the kind that a fixture is asked for."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'records.sqlite'}"
    return new_database(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def sail_remote() -> Iterator[str]:
    """The address of Sail."""
    with sail() as remote:
        yield remote


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Spark cluster of two workers; without Java the test is skipped."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that hangs fails after the minutes that pyproject.toml gives it; a large one has an hour."""
    for item in items:
        if item.get_closest_marker("large") is not None:
            item.add_marker(pytest.mark.timeout(3600))
