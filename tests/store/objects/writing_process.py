"""A process that writes objects and tells of each that is settled, until it is killed: `FOLDER DATABASE SEED`."""

import random
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from tests.store.objects.stores import open_store

PART = 200_000


def body_of(key: str, generation: int) -> bytes:
    """What an object of that key and generation holds: no piece of it passes for the whole."""
    size = random.Random(f"{key} {generation}").randrange(1, 3 * PART)
    return random.Random(f"{generation} {key}").randbytes(size)


def in_chunks(body: bytes) -> Iterator[bytes]:
    """As a socket gives it."""
    yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))


def main(folder: str, database_url: str, seed: str) -> None:
    """Put and complete objects, one after the other; a line says which one is acknowledged."""
    store, chance = open_store(Path(folder), database_url), random.Random(seed)
    for generation in count(chance.randrange(1 << 40)):
        key = f"key-{chance.randrange(20)}"
        body = body_of(key, generation)
        print("begun", key, generation, flush=True)
        if chance.random() < 0.5:
            store.put(key, in_chunks(body))
        else:
            upload = store.begin(key)
            pieces = [body[start : start + PART] for start in range(0, len(body), PART)]
            named = [store.put_part(upload, number, piece) for number, piece in enumerate(pieces, start=1)]
            store.complete(upload, named)
        print("settled", key, generation, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
