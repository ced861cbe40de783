"""What is kept of a file: of each row its id's text and hash, and its keys. With it an unchanged file is not read again.

Everything is words in files that are mapped into memory, row by row: a run looks through all of it at the memory's speed.
"""

import mmap
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
WORDS, TEXTS = "words", "texts"
# Of each row: both halves of its id's hash, both halves of each key, and where its id stands among the texts.
HASHES, KEYS, PLACES = slice(0, 2), slice(2, -1), -1


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
    words = array_in(folder / WORDS, numpy.uint64).reshape(3 + 2 * facts.keys, facts.rows)
    keys = words[KEYS].reshape(facts.keys, 2, facts.rows)
    return KeptFile(facts, words[HASHES], keys, words[PLACES], array_in(folder / TEXTS, numpy.uint8))


def array_in(path: Path, kind: Any) -> Any:
    """What stands in a file, for kernels, which take arrays that may be written to; nobody does."""
    handle = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(handle).st_size
        # What holds nothing cannot be mapped into memory.
        return numpy.frombuffer(mmap.mmap(handle, size, access=mmap.ACCESS_COPY) if size else bytearray(), kind)
    finally:
        os.close(handle)


class FileWriter:
    """Writes what is kept of a file. Threads may write different rows at the same time."""

    def __init__(self, folder: Path, *, rows: int, keys: int) -> None:
        folder.mkdir(mode=0o700)
        shape = (3 + 2 * keys, rows)
        if rows:
            words = numpy.asarray(numpy.memmap(folder / WORDS, numpy.uint64, "w+", shape=shape))
        else:
            (folder / WORDS).touch()
            words = numpy.zeros(shape, numpy.uint64)
        self.hashes, self.keys, self._places = words[HASHES], words[KEYS].reshape(keys, 2, rows), words[PLACES]
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
