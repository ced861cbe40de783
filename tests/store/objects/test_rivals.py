"""Conditional writes: of many rivals, threads and processes, exactly one wins."""

from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Connection

from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import receive
from mandorla.store.objects.stored_object import StoredObject
from tests.store.objects.stores import NOW, Store, open_store

ROUNDS = 15


def put_if(store: Store, key: str, body: bytes, *, etag: str | None) -> bool:
    """Put if the key has no object, or the one of an ETag; says whether it was so."""
    received = receive(store.contents, [body])
    stored = StoredObject(bucket="rivals", key=key, contents=(received.content,), etag=received.etag, modified_at=NOW)

    def change(connection: Connection) -> bool:
        found = Objects(connection).find("rivals", key)
        if (None if found is None else found.etag) != etag:
            return False
        Objects(connection).put(stored)
        return True

    return store.written(change)


def count_up(folder: str, database_url: str) -> None:
    """Read a number, add one, write it if nobody else has: lost updates would show in the sum."""
    store = open_store(Path(folder), database_url)
    for _ in range(ROUNDS):
        done = False
        while not done:
            found = store.find("counter", bucket="rivals")
            assert found is not None
            number = int(b"".join(store.contents.read(found.contents)))
            done = put_if(store, "counter", b"%d" % (number + 1), etag=found.etag)
    store.database.dispose()


def test_of_threads_that_create_one_object_one_wins(store: Store) -> None:
    def create(number: int) -> bool:
        return put_if(store, "created", b"%d" % number, etag=None)

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(create, range(8)))
    assert sum(won) == 1
    assert store.bytes_of("created", bucket="rivals") == b"%d" % won.index(True)


def test_processes_that_write_only_what_they_read_lose_no_update(store: Store, database_url: str) -> None:
    store.put("counter", [b"0"], bucket="rivals")
    spawned = get_context("spawn")
    arguments = (str(store.contents.folder), database_url)
    rivals = [spawned.Process(target=count_up, args=arguments) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
        assert rival.exitcode == 0
    assert store.bytes_of("counter", bucket="rivals") == b"%d" % (2 * ROUNDS)
