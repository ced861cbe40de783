"""Ids in byte order: sorted eight bytes at a time, as numbers, and only where they still tie the next eight."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.ids import LENGTH_BYTES, length_at
from mandorla.engines.on_kernels.memory import byte_swapped, eight_bytes, load_byte, prefetch, some_bytes

# Any: numpy's arrays, whose element types Numba sees.
WORD_BYTES = 8
# Ids come in no order of memory.
IDS_AHEAD = 16
# As many words as a core's nearest caches hold sort quickest; how the words lie is learned from a sample.
WORDS_PER_PART, WORDS_OF_SAMPLE = 1 << 14, 1 << 14


@kernel
def common_prefix(ids: Any) -> int:
    """How many bytes all ids begin with alike."""
    if not ids.size:
        return 0
    first = types.int64(ids[0])
    shared = length_at(first)
    for place in range(1, ids.size):
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
def lengths_of(ids: Any) -> Any:
    """The length of each id."""
    lengths = numpy.empty(ids.size, numpy.uint64)
    for place in range(ids.size):
        lengths[place] = length_at(types.int64(ids[place]))
    return lengths


def byte_order(ids: Any, pool: ThreadPoolExecutor) -> Any:
    """The places of different ids in the order of their bytes."""
    depth = int(common_prefix(ids))
    words = words_at(ids, depth)
    order = numpy.concatenate([numpy.zeros(0, numpy.int64), *pool.map(sorted_places, *parted(words))])
    tied, runs = ties(words[order], numpy.zeros(len(ids), numpy.int64))
    longest = int(lengths_of(ids).max(initial=0))
    places = numpy.flatnonzero(tied)
    while places.size:
        depth += WORD_BYTES
        some = order[places]
        # An id that ends in NUL bytes ties with the one without them to the end: then the shorter one comes first.
        words = words_at(ids[some], depth) if depth < longest else lengths_of(ids[some])
        within = numpy.lexsort((words, runs[tied]))
        order[places] = some[within]
        tied, runs = ties(words[within], runs[tied][within])
        places = places[tied]
    return order


def parted(words: Any) -> tuple[list[Any], list[Any]]:
    """Words in parts that can be sorted on their own, the part of the smallest first: of each the words, and their places."""
    sample = numpy.sort(words[:: max(1, len(words) // WORDS_OF_SAMPLE)])
    edges = numpy.unique(sample[:: max(1, len(sample) * WORDS_PER_PART // max(1, len(words)))])
    parts = numpy.searchsorted(edges, words, side="right").astype(numpy.uint16)
    places = numpy.argsort(parts, kind="stable")
    cuts = numpy.cumsum(numpy.bincount(parts, minlength=1))[:-1]
    return numpy.split(words[places], cuts), numpy.split(places, cuts)


def sorted_places(words: Any, places: Any) -> Any:
    """The places of words in the order of the words."""
    return places[numpy.argsort(words)]


def ties(words: Any, runs: Any) -> tuple[Any, Any]:
    """Of sorted words in sorted runs: which are tied with a neighbour, and the number of each tie's run."""
    same = (words[1:] == words[:-1]) & (runs[1:] == runs[:-1])
    edge = numpy.zeros(1, bool)
    after, before = numpy.concatenate((edge, same)), numpy.concatenate((same, edge))
    return after | before, numpy.cumsum(~after)
