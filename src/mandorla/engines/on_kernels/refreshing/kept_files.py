"""What is kept of a file: of each row its id's text and hash, and its keys. With it an unchanged file is not read again.

Everything is words in files that are mapped into memory, row by row: a run looks through all of it at the memory's speed.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import LENGTH_BYTES, length_at
from mandorla.engines.on_kernels.memory import copy_bytes

# Any: numpy's arrays, whose element types Numba sees.
HASHES, KEYS, PLACES, TEXTS = "id-hashes", "keys", "places", "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Which file it was, and what its rows come to. `signature` tells its bytes from others; `name` is the kept folder's."""

    side: str
    table: int
    signature: str
    name: str
    rows: int
    keys: int
    counted: int
    deleted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """The rows of a file: hashes of ids (2, rows), keys (keys, 2, rows), zero where there is none, and the ids' texts."""

    facts: FileFacts
    hashes: Any
    keys: Any
    places: Any
    texts: Any

    def addresses(self, rows: Any) -> Any:
        """Where the ids of rows stand in memory, zero for rows that do not count."""
        places = self.places[rows]
        return numpy.where(places == 0, places, places + numpy.uint64(self.texts.ctypes.data - 1))


def kept_file(folder: Path, facts: FileFacts) -> KeptFile:
    """What was kept of a file."""
    size = (folder / TEXTS).stat().st_size
    texts = (
        numpy.asarray(numpy.memmap(folder / TEXTS, numpy.uint8, "c", shape=(size,))) if size else numpy.zeros(1, numpy.uint8)
    )
    hashes, keys, places = (words_in(folder / name, shape, "c") for name, shape in shapes_of(facts.rows, facts.keys))
    return KeptFile(facts, hashes, keys, places, texts)


def shapes_of(rows: int, keys: int) -> list[tuple[str, tuple[int, ...]]]:
    """The words that are kept of a file."""
    return [(HASHES, (2, rows)), (KEYS, (keys, 2, rows)), (PLACES, (rows,))]


def words_in(path: Path, shape: tuple[int, ...], mode: Any) -> Any:
    """Words in a file, for kernels; what holds none cannot be mapped into memory."""
    if 0 in shape:
        path.touch()
        return numpy.zeros(shape, numpy.uint64)
    return numpy.asarray(numpy.memmap(path, numpy.uint64, mode, shape=shape))


class FileWriter:
    """Writes what is kept of a file. Threads may write different rows at the same time."""

    def __init__(self, folder: Path, *, rows: int, keys: int) -> None:
        folder.mkdir(mode=0o700)
        self.hashes, self.keys, self._places = (words_in(folder / name, shape, "w+") for name, shape in shapes_of(rows, keys))
        self._texts = os.open(folder / TEXTS, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._written = 0
        self._lock = Lock()

    def write_texts(self, addresses: Any, first_row: int) -> None:
        """Keep the texts of ids; zero addresses are rows without one."""
        places = numpy.empty(len(addresses), numpy.uint64)
        texts = numpy.empty(bytes_at(addresses), numpy.uint8)
        pack_ids(addresses, places, texts.ctypes.data)
        with self._lock:
            at = self._written
            self._written += len(texts)
        left = memoryview(texts.data)
        while left:
            done = os.pwrite(self._texts, left, at + len(texts) - len(left))
            left = left[done:]
        self._places[first_row : first_row + len(addresses)] = numpy.where(places == 0, places, places + numpy.uint64(at))

    def close(self) -> None:
        """Hand everything to the system."""
        os.close(self._texts)


@kernel
def bytes_at(addresses: Any) -> int:
    """The bytes of all ids with their lengths."""
    total = types.int64(0)
    for place in range(addresses.size):
        if addresses[place] != types.uint64(0):
            total += LENGTH_BYTES + length_at(types.int64(addresses[place]))
    return total


@kernel
def pack_ids(addresses: Any, places: Any, texts: int) -> None:
    """Copy ids with their lengths behind each other; `places` learns one more than where each begins, zero for none."""
    used = types.int64(0)
    for place in range(addresses.size):
        places[place] = types.uint64(0)
        if addresses[place] != types.uint64(0):
            address = types.int64(addresses[place])
            places[place] = types.uint64(used + 1)
            size = LENGTH_BYTES + length_at(address)
            copy_bytes(address, texts + used, size)
            used += size
