"""Ids in byte order: cut into parts by the bytes in which they first differ, each part sorted on its own, in any thread.

They are sorted eight bytes at a time, as numbers, and only where they still tie by the next eight.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import IDS_AHEAD, LENGTH_BYTES, length_at, lengths_of
from mandorla.engines.on_kernels.memory import address_of, byte_swapped, eight_bytes, load_byte, load_word, prefetch, some_bytes

# Any: numpy's arrays, whose element types Numba sees.
WORD_BYTES = 8
ROWS_AHEAD = 32
# How the words of ids lie is learned from so many of them.
WORDS_OF_SAMPLE = 1 << 16


@kernel
def common_prefix(first: int, ids: Any) -> int:
    """How many bytes all ids begin with alike, and like the first."""
    shared = length_at(first)
    for place in range(ids.size):
        other = types.int64(ids[place])
        shared = min(shared, length_at(other))
        at = 0
        while at < shared and load_byte(first + LENGTH_BYTES + at) == load_byte(other + LENGTH_BYTES + at):
            at += 1
        shared = at
    return shared


@kernel
def words_at(ids: Any, depth: int) -> Any:
    """The eight bytes of each id from a depth on, as numbers that compare as the bytes do; zeros beyond an id's end."""
    words = numpy.empty(ids.size, numpy.uint64)
    for place in range(ids.size):
        # Ids come in no order of memory.
        prefetch(types.int64(ids[min(place + IDS_AHEAD, ids.size - 1)]))
        address = types.int64(ids[place])
        rest = length_at(address) - depth
        at = address + LENGTH_BYTES + depth
        if rest >= WORD_BYTES:
            words[place] = byte_swapped(eight_bytes(at))
        else:
            words[place] = byte_swapped(some_bytes(at, max(rest, 0)))
    return words


@kernel
def picked(words: Any, rows: Any) -> Any:
    """The words of some rows. NumPy would let no other thread work meanwhile, nor have memory brought near."""
    found = numpy.empty(rows.size, numpy.uint64)
    at_words, at_rows, last = address_of(words), address_of(rows), rows.size - 1
    for place in range(rows.size):
        prefetch(at_words + 8 * types.int64(load_word(at_rows + 8 * min(place + ROWS_AHEAD, last))))
        found[place] = load_word(at_words + 8 * types.int64(load_word(at_rows + 8 * place)))
    return found


def parted(pool: ThreadPoolExecutor, rows: Sequence[Any], ids: Any, ids_per_part: int) -> tuple[list[Any], int]:
    """Rows, given in portions, in parts of about as many rows as wanted: the ids of each stand before those of the next.

    Also how many bytes all their ids begin with alike.
    """
    total = sum(map(len, rows))
    if not total:
        return [], 0
    first = int(next(ids[some[0]] for some in rows if len(some)))
    depth = min(pool.map(lambda some: int(common_prefix(first, picked(ids, some))), rows))
    sampled = numpy.concatenate([some[:: max(1, total // WORDS_OF_SAMPLE)] for some in rows])
    sample = numpy.sort(words_at(picked(ids, sampled), depth))
    count = -(-total // ids_per_part)
    edges = numpy.unique(sample[[len(sample) * number // count for number in range(1, count)]])

    def cut(some: Any) -> list[Any]:
        numbers = numpy.searchsorted(edges, words_at(picked(ids, some), depth), side="right").astype(numpy.uint16)
        ends = numpy.cumsum(numpy.bincount(numbers, minlength=len(edges) + 1))
        return numpy.split(some[numpy.argsort(numbers, kind="stable")], ends[:-1])

    parts = (numpy.concatenate(part) for part in zip(*pool.map(cut, rows), strict=True))
    return [part for part in parts if part.size], depth


def byte_order(ids: Any, depth: int) -> Any:
    """The places of different ids in the order of their bytes, so many of which they begin with alike."""
    words = words_at(ids, depth)
    order = numpy.argsort(words)
    tied, runs = ties(picked(words, order), numpy.zeros(len(ids), numpy.int64))
    longest = int(lengths_of(ids).max(initial=0))
    places = numpy.flatnonzero(tied)
    while places.size:
        depth += WORD_BYTES
        some = order[places]
        # An id that ends in NUL bytes ties with the one without them to the end: then the shorter one comes first.
        words = words_at(ids[some], depth) if depth < longest else lengths_of(ids[some]).astype(numpy.uint64)
        within = numpy.lexsort((words, runs[tied]))
        order[places] = some[within]
        tied, runs = ties(words[within], runs[tied][within])
        places = places[tied]
    return order


def ties(words: Any, runs: Any) -> tuple[Any, Any]:
    """Of sorted words in sorted runs: which are tied with a neighbour, and the number of each tie's run."""
    same = (words[1:] == words[:-1]) & (runs[1:] == runs[:-1])
    edge = numpy.zeros(1, bool)
    after, before = numpy.concatenate((edge, same)), numpy.concatenate((same, edge))
    return after | before, numpy.cumsum(~after)
