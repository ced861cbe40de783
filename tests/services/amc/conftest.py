"""A server with a clock that tests set forward; each test brings it back."""

from collections.abc import Iterator

import pytest

from tests.listening import Listening, listening
from tests.services.amc.ads import Clock

CLOCK = Clock()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Listening]:
    """A server with three accounts and a worker, on each kind of database, that goes by the clock."""
    with listening(tmp_path_factory.mktemp("server"), database=database_url, clock=CLOCK) as running:
        yield running
