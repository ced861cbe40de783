"""A store on each kind of database."""

from collections.abc import Iterator

import pytest

from tests.store.objects.stores import Store, open_store


@pytest.fixture(scope="module")
def store(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty store, which the tests of a module share; each uses a bucket of its own."""
    opened = open_store(tmp_path_factory.mktemp("objects"), database_url)
    yield opened
    opened.database.dispose()
