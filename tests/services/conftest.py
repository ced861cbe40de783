"""One server for the tests of a module; each test uses names of its own."""

from collections.abc import Iterator

import pytest

from tests.listening import Listening, listening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A server with three accounts and a worker."""
    with listening(tmp_path_factory.mktemp("server")) as running:
        yield running
