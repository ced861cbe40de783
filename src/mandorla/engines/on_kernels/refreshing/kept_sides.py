"""One side as its kept files in their order: rows are numbered over all of them, and asked for by id or by key."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.id_entries import scatter_hashes
from mandorla.engines.on_kernels.keys import CHECK, KEY, ROW_MASK, VALUE, WORDS_PER_ENTRY
from mandorla.engines.on_kernels.memory import load_word
from mandorla.engines.on_kernels.refreshing.kept_files import (
    FIRST_KEYS,
    HASH_HIGHS,
    HASH_LOWS,
    KEY_HIGHS,
    KEY_LOWS,
    KEY_VALUES,
    TEXT_PLACES,
    WORD_BYTES,
    KeptFile,
)
from mandorla.engines.on_kernels.refreshing.word_pairs import (
    FIRSTS,
    ROW,
    SECONDS,
    VALUES,
    WORDS,
    WORDS_OF_A_PORTION,
    WordPairs,
    found_in_parallel,
)
from mandorla.engines.on_kernels.runs import Runs, Writer

# Any: numpy's arrays, whose element types Numba sees.
# Of each file: where its words of each kind and its texts begin, how many keys it has, and the first of its rows.
TEXTS, ENTRIES, FIRST_ROW = range(KEY_VALUES + 1, KEY_VALUES + 4)
ROWS_OF_A_SHARE = 1 << 14


class KeptSide:
    """The rows of a side. Kernels know its files as a row of words each."""

    def __init__(self, pool: ThreadPoolExecutor, files: Sequence[KeptFile]) -> None:
        self.files, self._pool = tuple(files), pool
        counts = [file.facts.rows for file in files]
        self.starts = numpy.concatenate((numpy.zeros(1, numpy.int64), numpy.cumsum(counts, dtype=numpy.int64)))
        starts = self.starts[:-1].tolist()
        described = [(*file.addresses(), file.facts.entries, start) for file, start in zip(files, starts, strict=True)]
        self._described = numpy.array(described, numpy.int64).reshape(len(files), FIRST_ROW + 1)
        # A file without rows is the file of no row.
        self._places = numpy.flatnonzero(counts)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.starts[-1])

    def rows_with_ids(self, wanted: WordPairs) -> tuple[Any, Any]:
        """The rows whose ids have these hashes, in order, and the hashes' numbers."""
        return found_in_parallel(self._pool, wanted, self.id_portions)

    def rows_with_keys(self, wanted: WordPairs) -> Any:
        """The rows that have one of these keys, in order, each once."""
        rows, _ = found_in_parallel(self._pool, wanted, self.key_portions)
        rows.sort()
        is_new = numpy.ones(len(rows), numpy.bool_)
        numpy.not_equal(rows[1:], rows[:-1], out=is_new[1:])
        return rows[is_new]

    @cached_property
    def id_portions(self) -> list[Any]:
        """The hashes of all ids as stretches of memory, in portions of about the same size."""
        counts = numpy.diff(self.starts)
        return portions_of(self._described, (HASH_LOWS, HASH_HIGHS), counts, None)

    @cached_property
    def key_portions(self) -> list[Any]:
        """All keys likewise."""
        return portions_of(self._described, (KEY_LOWS, KEY_HIGHS), self._described[:, ENTRIES], KEY_VALUES)

    def numbers_of_files(self, rows: Any) -> Any:
        """The number of each row's file."""
        return numpy.searchsorted(self.starts, rows, side="right") - 1

    def hashes_of(self, rows: Any) -> Any:
        """The hashes of the ids of rows (2, n)."""
        hashes = numpy.empty((2, len(rows)), numpy.uint64)
        self._in_shares(lambda share, files: take_hashes(files, rows[share], hashes[0, share], hashes[1, share]), len(rows))
        return hashes

    def addresses_of(self, rows: Any) -> Any:
        """Where the ids of rows stand in memory, zero for rows that do not count."""
        addresses = numpy.empty(len(rows), numpy.uint64)
        self._in_shares(lambda share, files: take_addresses(files, rows[share], addresses[share]), len(rows))
        return addresses

    def key_entries(self, rows: Any) -> list[Any]:
        """Entries of all keys of rows, in portions; a row's number in them is its place among these rows."""
        most = max((file.facts.keys for file in self.files), default=0)

        def entries_of(share: slice, files: Any) -> Any:
            entries = numpy.empty(((share.stop - share.start) * most + 1, WORDS_PER_ENTRY), numpy.uint64)
            return entries[: take_keys(files, rows[share], share.start, entries)]

        return self._in_shares(entries_of, len(rows))

    def _in_shares(self, take: Callable[[slice, Any], Any], count: int) -> list[Any]:
        """What a kernel gives for shares of so many rows, from the files that have any: what it asks for lies far apart."""
        files = self._described[self._places]
        shares = [slice(first, min(first + ROWS_OF_A_SHARE, count)) for first in range(0, count, ROWS_OF_A_SHARE)]
        return list(self._pool.map(lambda share: take(share, files), shares))


def portions_of(described: Any, halves: tuple[int, int], counts: Any, values: int | None) -> list[Any]:
    """Words of files as stretches of memory for `find_in_stretches`, in portions of about so many words."""
    portions: list[list[tuple[int, ...]]] = [[]]
    room = WORDS_OF_A_PORTION
    for file, count in zip(described.tolist(), counts.tolist(), strict=True):
        for first in range(0, count, WORDS_OF_A_PORTION):
            words, skipped = min(WORDS_OF_A_PORTION, count - first), WORD_BYTES * first
            if room <= 0:
                portions.append([])
                room = WORDS_OF_A_PORTION
            room -= words
            row, value = (file[FIRST_ROW] + first, 0) if values is None else (file[FIRST_ROW], file[values] + skipped)
            portions[-1].append((file[halves[0]] + skipped, file[halves[1]] + skipped, words, row, value))
    return [numpy.array(portion, numpy.int64) for portion in portions if portion]


def add_ids(runs: Runs, stretches: Any) -> None:
    """Add the ids whose hashes stand in stretches of memory."""
    writer = Writer(runs)
    for at, _, rows, first_row, _ in stretches.tolist():
        writer.write(rows, partial(scatter_hashes, at, rows, first_row))
    writer.finish()


def add_keys(runs: Runs, stretches: Any) -> None:
    """Add the keys that stand in stretches of memory."""
    entries = numpy.empty((int(stretches[:, WORDS].sum()) + 1, WORDS_PER_ENTRY), numpy.uint64)
    runs.add(entries[: write_entries(stretches, entries)])


@kernel
def write_entries(stretches: Any, entries: Any) -> int:
    """Write keys in stretches as entries; how many there are."""
    used = types.int64(0)
    for stretch in range(stretches.shape[0]):
        at_value, row = stretches[stretch, VALUES], stretches[stretch, ROW]
        for place in range(stretches[stretch, WORDS]):
            entries[used, KEY] = load_word(stretches[stretch, FIRSTS] + 8 * place)
            entries[used, CHECK] = load_word(stretches[stretch, SECONDS] + 8 * place)
            entries[used, VALUE] = types.uint64(row) + load_word(at_value + 8 * place)
            used += entries[used, KEY] != types.uint64(0)
    return used


@part
def file_of(described: Any, row: int, file: int) -> int:
    """The file that a row stands in: mostly that of the row before, or a later one."""
    if row < described[file, FIRST_ROW]:
        file = 0
    while file + 1 < described.shape[0] and row >= described[file + 1, FIRST_ROW]:
        file += 1
    return file


@kernel
def take_hashes(described: Any, rows: Any, lows: Any, highs: Any) -> None:
    """Write the hashes of the ids of rows."""
    file = types.int64(0)
    for place in range(rows.size):
        file = file_of(described, rows[place], file)
        own = 8 * (rows[place] - described[file, FIRST_ROW])
        lows[place] = load_word(described[file, HASH_LOWS] + own)
        highs[place] = load_word(described[file, HASH_HIGHS] + own)


@kernel
def take_addresses(described: Any, rows: Any, addresses: Any) -> None:
    """Write where the ids of rows stand in memory, zero for rows that do not count."""
    file = types.int64(0)
    for place in range(rows.size):
        file = file_of(described, rows[place], file)
        text = load_word(described[file, TEXT_PLACES] + 8 * (rows[place] - described[file, FIRST_ROW]))
        addresses[place] = types.uint64(described[file, TEXTS] - 1) + text if text != types.uint64(0) else text


@kernel
def take_keys(described: Any, rows: Any, first: int, entries: Any) -> int:
    """Write the entries of all keys of rows, which are numbered from `first` on; how many there are."""
    file, used = types.int64(0), types.int64(0)
    for place in range(rows.size):
        file = file_of(described, rows[place], file)
        row = rows[place] - described[file, FIRST_ROW]
        entry = types.int64(load_word(described[file, FIRST_KEYS] + 8 * row))
        while entry < described[file, ENTRIES]:
            value = types.int64(load_word(described[file, KEY_VALUES] + 8 * entry))
            if value & ROW_MASK != row:
                break
            entries[used, KEY] = load_word(described[file, KEY_LOWS] + 8 * entry)
            entries[used, CHECK] = load_word(described[file, KEY_HIGHS] + 8 * entry)
            entries[used, VALUE] = types.uint64(value - row + first + place)
            used, entry = used + 1, entry + 1
    return used
