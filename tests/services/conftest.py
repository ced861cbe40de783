"""One server for the tests of a module; each test uses names of its own."""

from collections.abc import Iterator

import pytest

from tests.listening import Listening, listening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Listening]:
    """A server with three accounts and a worker, on each kind of database."""
    with listening(tmp_path_factory.mktemp("server"), database=database_url) as running:
        yield running
