"""What is kept of a file: of each row its id's text and hash, and its keys. With it an unchanged file is not read again.

Everything is words in one file that is mapped into memory: a run looks through all of it at the memory's speed. Rows have a
place each; keys stand behind each other in the order of their rows, those that are there, and each says whose it is.
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
from mandorla.engines.on_kernels.file_stretches import write_whole
from mandorla.engines.on_kernels.ids import LENGTH_BYTES, length_at
from mandorla.engines.on_kernels.memory import copy_bytes

# Any: numpy's arrays, whose element types Numba sees.
WORD_BYTES = 8
# Of each row: both halves of its id's hash, one more than where its id stands among the texts (zero for rows that do not
# count), and the place of its first key. Of each key: both halves, and its rule's number above its row.
ROW_WORDS = HASH_LOWS, HASH_HIGHS, TEXT_PLACES, FIRST_KEYS = range(4)
KEY_WORDS = KEY_LOWS, KEY_HIGHS, KEY_VALUES = range(4, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Which file it was, and what its rows come to. `signature` tells its bytes from others; `name` is the kept file's.

    `keys` is how many a row can have, `entries` how many keys there are.
    """

    side: str
    table: int
    signature: str
    name: str
    rows: int
    keys: int
    entries: int
    counted: int
    deleted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What is kept of a file, in memory as long as this is: where each array of words begins, and behind them the texts."""

    facts: FileFacts
    content: Any

    def addresses(self) -> list[int]:
        """Where the words of each kind begin, then the texts."""
        begin = self.content.ctypes.data
        return [begin + place for place in places_of(self.facts.rows, self.facts.keys)]


def places_of(rows: int, keys: int) -> list[int]:
    """Where the words of each kind begin in a file, then the texts. Behind keys there is room for as many as there can be: what
    is not written takes no place on a disk.
    """
    lengths = [rows] * len(ROW_WORDS) + [rows * keys] * len(KEY_WORDS)
    return [WORD_BYTES * sum(lengths[:number]) for number in range(len(lengths) + 1)]


def kept_file(folder: Path, facts: FileFacts) -> KeptFile:
    """What was kept of a file."""
    handle = os.open(folder / facts.name, os.O_RDONLY)
    try:
        # What holds nothing cannot be mapped into memory. What may only be read may be larger than the memory is.
        memory = mmap.mmap(handle, 0, access=mmap.ACCESS_READ) if facts.rows else b""
    finally:
        os.close(handle)
    return KeptFile(facts, numpy.frombuffer(memory, numpy.uint8))


class FileWriter:
    """Writes what is kept of a file. Threads may write different rows at the same time.

    The file is open only while somebody writes: of a table in many files, all are written from the first row to the last.
    """

    def __init__(self, path: Path, *, rows: int, keys: int) -> None:
        self._path, self._places = path, places_of(rows, keys)
        path.touch(mode=0o600)
        # One byte more than there are words, so that a file without a text can be mapped too.
        os.truncate(path, self._places[-1] + 1 if rows else 0)
        self._texts = self.entries = 0
        self._lock = Lock()

    def write(self, first_row: int, addresses: Any, hashes: Any, keys: Any, firsts: Any) -> None:
        """Keep rows: their ids, zero addresses for rows without one, and keys (3, n), where each row's begin at `firsts`."""
        places = numpy.empty(len(addresses), numpy.uint64)
        texts = numpy.empty(bytes_at(addresses), numpy.uint8)
        pack_ids(addresses, places, texts.ctypes.data)
        with self._lock:
            text, entry = self._texts, self.entries
            self._texts += len(texts)
            self.entries += keys.shape[1]
        numpy.add(places, numpy.uint64(text), out=places, where=places != 0)
        of_rows = zip(ROW_WORDS, (*hashes, places, firsts + numpy.uint64(entry)), strict=True)
        handle = os.open(self._path, os.O_WRONLY)
        try:
            for kind, words in of_rows:
                write_whole(handle, words, self._places[kind] + WORD_BYTES * first_row)
            for kind, words in zip(KEY_WORDS, keys, strict=True):
                write_whole(handle, words, self._places[kind] + WORD_BYTES * entry)
            write_whole(handle, texts, self._places[-1] + text)
        finally:
            os.close(handle)


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
