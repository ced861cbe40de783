"""Runs of entries: each parted into buckets, kept in memory or in a file, and given back bucket by bucket."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy

from mandorla.engines.on_kernels.keys import ADDRESS_BITS, ENTRY_BYTES, WORDS_PER_ENTRY, partition

# Any: numpy's arrays, whose element types Numba sees.


@dataclass(slots=True)
class Runs:
    """All entries of one side. Threads may `add` at the same time. With a `file` the entries lie there, else in memory."""

    bits: int
    file: Path | None = None
    starts: list[Any] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _handle: int | None = None
    _places: Any = None
    _slices: Any = None
    _written: int = 0

    def add(self, entries: Any) -> None:
        """One more run, of entries in any order."""
        if not entries.shape[0]:
            return
        starts = numpy.empty((1 << self.bits) + 1, numpy.int64)
        parted = numpy.empty_like(entries)
        partition(entries, self.bits, starts, parted)
        with self._lock:
            self.starts.append(starts)
            self.kept.append(parted if self.file is None else self._append(parted))

    def _append(self, parted: Any) -> int:
        assert self.file is not None
        if self._handle is None:
            self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        at = self._written
        left = memoryview(parted).cast("B")
        while left:
            done = os.pwrite(self._handle, left, self._written)
            self._written += done
            left = left[done:]
        return at

    def bucket(self, number: int) -> "Bucket":
        """The entries of one bucket, run after run; in memory they stay where they are."""
        if self.file is None:
            return Bucket(self.slices()[number], self)
        places = self.places()[:, number : number + 2]
        counts = places[:, 1] - places[:, 0]
        whole = numpy.empty((int(counts.sum()), WORDS_PER_ENTRY), numpy.uint64)
        self._read(places.tolist(), whole)
        return Bucket(numpy.array([(whole.ctypes.data, len(whole))], numpy.int64), whole)

    def places(self) -> Any:
        """Where each bucket begins in each run, a row a run."""
        if self._places is None:
            self._places = numpy.stack(self.starts) if self.starts else numpy.zeros((0, (1 << self.bits) + 1), numpy.int64)
        return self._places

    def slices(self) -> Any:
        """Where each bucket's entries lie in memory: for each bucket and run an address and a number."""
        if self._slices is None:
            places = self.places().T
            addresses = numpy.array([run.ctypes.data for run in self.kept], numpy.int64)
            assert (addresses < 1 << ADDRESS_BITS).all(), "slots have room for addresses of this length"
            slices = numpy.stack((addresses + ENTRY_BYTES * places[:-1], places[1:] - places[:-1]), axis=2)
            # In rows, whatever order NumPy prefers: a kernel is compiled for the order of its arrays.
            self._slices = numpy.ascontiguousarray(slices)
        return self._slices

    def _read(self, places: list[list[int]], whole: Any) -> None:
        used = 0
        for at, (start, end) in zip(self.kept, places, strict=True):
            if end > start:
                assert self._handle is not None
                into = whole[used : used + end - start]
                read_whole(self._handle, memoryview(into).cast("B"), at + start * ENTRY_BYTES)
                used += end - start

    def close(self) -> None:
        """Give back memory and the file."""
        self.starts.clear()
        self.kept.clear()
        self._places = self._slices = None
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        if self.file is not None:
            self.file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the entries of a bucket lie: the address and the number of each stretch, and what keeps them there."""

    slices: Any
    kept: Any

    @property
    def count(self) -> int:
        """How many entries there are."""
        return int(self.slices[:, 1].sum())


def read_whole(handle: int, into: memoryview, at: int) -> None:
    """Fill the memory from a place in a file."""
    while into:
        done = os.preadv(handle, [into], at)
        assert done, "a run is shorter than it was when it was written"
        into, at = into[done:], at + done
