"""One side as its kept files in their order: rows are numbered over all of them, and asked for by id or by key."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy

from mandorla.engines.on_kernels.ids import Ids, group_bucket, no_ids
from mandorla.engines.on_kernels.keys import RULE_SHIFT, WORDS_PER_ENTRY, append_written
from mandorla.engines.on_kernels.refreshing.kept_files import KeptFile
from mandorla.engines.on_kernels.refreshing.word_pairs import WordPairs, contiguous, places_in_parallel
from mandorla.engines.on_kernels.runs import Runs
from mandorla.engines.on_kernels.sides import Wanted

# Any: numpy's arrays, whose element types Numba sees.


class KeptSide:
    """The rows of a side. `keys` are what each table's rows were asked for, in the order in which they are kept."""

    def __init__(self, pool: ThreadPoolExecutor, files: Sequence[KeptFile], keys: Sequence[Sequence[Wanted]]) -> None:
        self.files, self._keys, self._pool = tuple(files), keys, pool
        counts = [file.facts.rows for file in files]
        self.starts = numpy.concatenate((numpy.zeros(1, numpy.int64), numpy.cumsum(counts, dtype=numpy.int64)))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.starts[-1])

    def rows_with_ids(self, wanted: WordPairs) -> Any:
        """The rows whose ids have these hashes, in order."""
        parts = [(file.hashes, int(start)) for file, start in zip(self.files, self.starts[:-1], strict=True)]
        return places_in_parallel(self._pool, wanted, parts)

    def rows_with_keys(self, wanted: WordPairs) -> Any:
        """The rows that have one of these keys, in order."""
        parts = [(keys, int(start)) for file, start in zip(self.files, self.starts[:-1], strict=True) for keys in file.keys]
        return places_in_parallel(self._pool, wanted, parts)

    def hashes_of(self, rows: Any) -> Any:
        """The hashes of the ids of rows (2, n)."""
        return self._gathered(
            rows, numpy.empty((2, len(rows)), numpy.uint64), lambda file, own: numpy.take(file.hashes, own, axis=1)
        )

    def addresses_of(self, rows: Any) -> Any:
        """Where the ids of rows stand in memory."""
        return self._gathered(rows, numpy.empty(len(rows), numpy.uint64), KeptFile.addresses)

    def _gathered(self, rows: Any, into: Any, of_file: Callable[[KeptFile, Any], Any]) -> Any:
        for number, places in self._by_file(rows):
            into[..., places] = of_file(self.files[number], rows[places] - self.starts[number])
        return into

    def _by_file(self, rows: Any) -> list[tuple[int, slice]]:
        """Sorted rows as stretches of one file each."""
        edges = numpy.searchsorted(rows, self.starts)
        return [(number, slice(edges[number], edges[number + 1])) for number in numpy.flatnonzero(numpy.diff(edges)).tolist()]

    def keys_of(self, rows: Any) -> list[Any]:
        """All keys of rows, as arrays (2, n) in no order."""
        return [
            numpy.take(keys, rows[places] - self.starts[number], axis=1)
            for number, places in self._by_file(rows)
            for keys in self.files[number].keys
        ]

    def stretches(self, rows_at_once: int) -> list[list["Stretch"]]:
        """All rows in portions of about so many, each of stretches of one file."""
        portions: list[list[Stretch]] = [[]]
        for file, start in zip(self.files, self.starts[:-1].tolist(), strict=True):
            for first in range(0, file.facts.rows, rows_at_once):
                if sum(one.rows for one in portions[-1]) >= rows_at_once:
                    portions.append([])
                rows = min(rows_at_once, file.facts.rows - first)
                portions[-1].append(Stretch(file, self._keys[file.facts.table], first, rows, start + first))
        return portions

    def id_entries(self, rows: Any) -> Any:
        """Entries of the ids of rows; a row's number is its place among them."""
        return entries_of([(self.hashes_of(rows), 0)])

    def key_entries(self, rows: Any) -> Any:
        """Entries of the keys of rows, numbered likewise."""
        parts = []
        for number, places in self._by_file(rows):
            file = self.files[number]
            for wanted, keys in zip(self._keys[file.facts.table], file.keys, strict=True):
                value = (wanted.rule_number << RULE_SHIFT) | int(places.start)
                parts.append((numpy.take(keys, rows[places] - self.starts[number], axis=1), value))
        return entries_of(parts)

    def ids_of(self, rows: Any, limit: int) -> Ids:
        """The ids of rows: all rows of each id have to be there, in order, to tell which are beyond the limit."""
        ids = no_ids(len(rows))
        ids.addresses[:] = self.addresses_of(rows)
        runs = Runs(0)
        runs.add(self.id_entries(rows))
        ids.unique, ids.crowded, surplus = group_bucket(runs, 0, ids, limit)
        ids.surplus = len(surplus)
        ids.is_surplus[surplus] = 1
        return ids


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a file that follow each other: the first one's number in the file, and its number in the side."""

    file: KeptFile
    wanted: Sequence[Wanted]
    first: int
    rows: int
    side_row: int

    def hashes_and_value(self) -> tuple[Any, int]:
        """The hashes of the ids, and the value of the first row."""
        return self.file.hashes[:, self.first : self.first + self.rows], self.side_row

    def keys_and_values(self) -> list[tuple[Any, int]]:
        """The keys, and the value of each one's first row."""
        within = slice(self.first, self.first + self.rows)
        return [
            (keys[:, within], (wanted.rule_number << RULE_SHIFT) | self.side_row)
            for wanted, keys in zip(self.wanted, self.file.keys, strict=True)
        ]


def entries_of(parts: Sequence[tuple[Any, int]]) -> Any:
    """Words that stand there row by row (2, n) as entries; each part has the value of its first row."""
    entries = numpy.empty((sum(words.shape[1] for words, _ in parts), WORDS_PER_ENTRY), numpy.uint64)
    used = 0
    for words, value in parts:
        used = append_written(contiguous(words[0]), contiguous(words[1]), value, entries, used)
    return entries[:used]
