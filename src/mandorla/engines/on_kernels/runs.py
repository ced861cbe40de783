"""All entries of a side in buckets: written by threads, kept in memory and, where that is full, in a file; read by bucket."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import numpy

from mandorla.engines.on_kernels.file_stretches import WRITTEN_AT_ONCE, read_whole, write_whole
from mandorla.engines.on_kernels.key_marks import mark_keys, marks_for, no_marks
from mandorla.engines.on_kernels.keys import ADDRESS_BITS, BEHIND_ENTRY, ENTRY_BYTES
from mandorla.engines.on_kernels.memory_pages import take_pages
from mandorla.engines.on_kernels.parallel import stretches
from mandorla.engines.on_kernels.scattering import (
    AT,
    BEGIN,
    CHUNK_BYTES,
    END,
    ROWS_PER_BLOCK,
    gather_chunks,
    scatter_entries,
)

# Any: numpy's arrays, whose element types Numba sees.
# A slab has room for some blocks of entries, even if each of these opens a chunk. Where entries go to a file, it is written
# when the slab is full: the larger it is, the longer are the stretches that a bucket is read from.
SLAB_BYTES = 32 << 20
# So much of a slab is taken of the system at once.
STRETCH_BYTES = 4 << 20
# Keys of so many portions of the buckets are marked at the same time.
MARKED_APART = 16
assert SLAB_BYTES > STRETCH_BYTES > ROWS_PER_BLOCK * CHUNK_BYTES


class Memory:
    """Slabs for the entries of all runs that share it, of so many bytes in all; what one gives back, another takes."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._free: list[Any] = []
        self._lock = Lock()

    def slab(self) -> Any | None:
        """A slab, or None if all are taken."""
        with self._lock:
            if self._free:
                return self._free.pop()
            if self._left < SLAB_BYTES:
                return None
            self._left -= SLAB_BYTES
        return new_slab()

    def give_back(self, slabs: Sequence[Any]) -> None:
        """Take slabs back, for others."""
        with self._lock:
            self._free += slabs

    def shrink(self) -> None:
        """Let go of the slabs that nobody has."""
        with self._lock:
            self._left += SLAB_BYTES * len(self._free)
            self._free.clear()


def new_slab() -> Any:
    """A slab in memory; chunks begin at multiples of their size."""
    return numpy.empty(SLAB_BYTES + CHUNK_BYTES + BEHIND_ENTRY, numpy.uint8)


@dataclass(slots=True)
class Runs:
    """All entries of one side, of so many bytes each. Each thread adds to them by a writer of its own.

    They lie in `memory` as long as that has slabs, then in the `file`; without `memory`, all in memory. Where `marks` has room,
    it learns the entries' keys. Where `wanted` does, whoever writes leaves out the keys that it does not mark.
    """

    bits: int
    file: Path | None = None
    memory: Memory | None = None
    entry_bytes: int = ENTRY_BYTES
    marks: Any = field(default_factory=no_marks)
    wanted: Any = field(default_factory=no_marks)
    starts: list[Any] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    chunks: list["Chunks"] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)
    _marking: list[Lock] = field(default_factory=lambda: [Lock() for _ in range(MARKED_APART)])
    _turn: int = 0
    _handle: int | None = None
    _places: Any = None
    _slices: tuple[Any, Any] | None = None
    _written: int = 0

    def add(self, *portions: Any) -> None:
        """Entries that stand there, in any order."""
        writer = Writer(self)
        for entries in portions:
            writer.write(len(entries), partial(scatter_entries, entries, self.wanted))
        writer.finish()

    def slab(self) -> Any | None:
        """A slab in memory for more entries; None if they shall go to the file."""
        return new_slab() if self.memory is None else self.memory.slab()

    def keep(self, chunks: "Chunks") -> None:
        """Chunks that are not written to any more, and stay where they are."""
        with self._lock:
            self.chunks.append(chunks)

    def mark(self, chunks: "Chunks") -> None:
        """Mark the keys of chunks, some buckets after others: what is marked stays near, and no other thread marks there."""
        firsts, slices = chunks.in_order(self.bits)
        some = max(1, (1 << self.bits) // MARKED_APART)
        with self._lock:
            self._turn += 1
            turn = self._turn
        # Threads begin at different buckets, so they seldom wait for each other.
        for number in range(turn, turn + (1 << self.bits) // some):
            begin = number * some % (1 << self.bits)
            with self._marking[begin // some]:
                mark_keys(slices[firsts[begin] : firsts[begin + some]], self.marks)

    def forget_marks(self) -> None:
        """Give back the memory of the marks: all entries are added."""
        self.marks = self.wanted = no_marks()

    def write(self, chunks: "Chunks") -> None:
        """Write the entries of chunks to the file, bucket by bucket; their memory is free to use again."""
        starts, ordered = chunks.in_order(self.bits)
        counts = numpy.concatenate((numpy.zeros(1, numpy.int64), numpy.cumsum(ordered[:, 1])))
        addresses, sizes = numpy.ascontiguousarray(ordered[:, 0]), ordered[:, 1] * self.entry_bytes
        handle, at = self._reserved(int(counts[-1]) * self.entry_bytes, counts[starts])
        # So few are laid together that they are still near when they are written.
        together: Any = numpy.empty(WRITTEN_AT_ONCE, numpy.uint8)
        for few in stretches(len(sizes), WRITTEN_AT_ONCE // CHUNK_BYTES):
            some = slice(few.start, few.stop)
            gather_chunks(addresses[some], sizes[some], together.ctypes.data)
            size = int(sizes[some].sum())
            write_whole(handle, together[:size], at)
            at += size

    def _reserved(self, size: int, starts: Any) -> tuple[int, int]:
        """The file, and the place there for so many bytes of entries, of which each bucket's start at one of those numbers."""
        with self._lock:
            if self._handle is None:
                assert self.file is not None
                self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            at = self._written
            self._written += size
            self.starts.append(starts)
            self.kept.append(at)
            return self._handle, at

    def buckets(self, numbers: range) -> Iterator["Bucket"]:
        """The entries of buckets, one after another: those in memory where they are, those of the file once read for all."""
        firsts, slices = self.slices()
        whole, in_file = self._read(numbers) if self.kept else (None, numpy.zeros((len(numbers), 0, 2), numpy.int64))
        for number, of_file in zip(numbers, in_file, strict=True):
            in_memory = slices[firsts[number] : firsts[number + 1]]
            yield Bucket(numpy.concatenate((in_memory, of_file)), (self, whole))

    def places(self) -> Any:
        """Where each bucket begins in each run of the file, a row a run."""
        if self._places is None:
            self._places = numpy.stack(self.starts)
        return self._places

    def slices(self) -> tuple[Any, Any]:
        """Where entries lie in memory, an address and a number a chunk; and which of these is the first of each bucket."""
        with self._lock:
            if self._slices is None:
                self._slices = Chunks.of_several(self.chunks).in_order(self.bits)
            return self._slices

    def _read(self, numbers: range) -> tuple[Any, Any]:
        """The entries of buckets as the file holds them; and of each bucket, address and number of those of each run."""
        places, size = self.places()[:, numbers.start : numbers.stop + 1], self.entry_bytes
        lengths = places[:, -1] - places[:, 0]
        begins = numpy.cumsum(lengths) - lengths
        whole: Any = numpy.empty(int(lengths.sum()) * size + BEHIND_ENTRY, numpy.uint8)
        assert self._handle is not None
        runs = numpy.stack((begins, lengths, numpy.array(self.kept) // size + places[:, 0]), axis=1) * size
        for begin, length, at in runs.tolist():
            read_whole(self._handle, whole[begin : begin + length], at)
        addresses = whole.ctypes.data + (begins[:, None] + places[:, :-1] - places[:, :1]) * size
        return whole, numpy.stack((addresses.T, numpy.diff(places).T), axis=2)

    def close(self) -> None:
        """Give back memory and the file.

        The disk's room is given back when the file is closed, which takes seconds for some gigabytes: others work meanwhile.
        """
        self.starts.clear()
        self.kept.clear()
        if self.memory is not None:
            self.memory.give_back([slab for chunks in self.chunks for slab in chunks.slabs])
        self.chunks.clear()
        self._places = self._slices = None
        if self.file is not None:
            self.file.unlink(missing_ok=True)
        if self._handle is not None:
            Thread(target=os.close, args=(self._handle,)).start()
            self._handle = None


def runs_of_keys(bits: int, source_keys: int, memory_limit: int, folder: Path) -> tuple[Memory, Runs, Runs]:
    """Runs for the keys of both sides, of which the source has at most so many and is to be added first; their shared memory.

    What the source's keys marked, the target's writers look up: the marks come off the memory.
    """
    marks = marks_for(bits, source_keys)
    memory = Memory(memory_limit - marks.nbytes)
    source = Runs(bits, folder / "source-keys", memory, marks=marks)
    return memory, source, Runs(bits, folder / "target-keys", memory, wanted=marks)


@dataclass(frozen=True, slots=True)
class Chunks:
    """Stretches of memory with entries of one bucket each: their addresses, how many entries each has, whose they are."""

    addresses: Any
    counts: Any
    owners: Any
    slabs: tuple[Any, ...]

    @staticmethod
    def of_several(several: list["Chunks"]) -> "Chunks":
        """All of them as one."""
        none = numpy.zeros(0, numpy.int64)
        addresses, counts, owners = (
            numpy.concatenate([none, *(getattr(one, name) for one in several)]) for name in ("addresses", "counts", "owners")
        )
        return Chunks(addresses, counts, owners.astype(numpy.uint16), tuple(slab for one in several for slab in one.slabs))

    def in_order(self, bits: int) -> tuple[Any, Any]:
        """Which chunk is the first of each bucket, and each chunk's address and number of entries, bucket by bucket."""
        order = numpy.argsort(self.owners, kind="stable")
        firsts = numpy.zeros((1 << bits) + 1, numpy.int64)
        numpy.cumsum(numpy.bincount(self.owners, minlength=1 << bits), out=firsts[1:])
        # In rows, whatever order NumPy prefers: a kernel is compiled for the order of its arrays.
        return firsts, numpy.ascontiguousarray(numpy.stack((self.addresses, self.counts), axis=1)[order])


class Writer:
    """What one thread adds to runs."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._nexts = numpy.zeros(1 << runs.bits, numpy.int64)
        self._room = numpy.zeros(3, numpy.int64)
        self._owners = numpy.zeros(0, numpy.uint16)
        self._slabs: list[Any] = []
        # What of the last slab is not taken yet.
        self._untaken: Any = numpy.zeros(0, numpy.uint8)
        self._goes_to_file = False
        self._filled: list[tuple[Any, Any]] = []

    def write(self, rows: int, scatter: Callable[..., int]) -> None:
        """Let a kernel scatter the entries of so many rows: from a row on, to buckets of so many bits, by next places, owners
        of chunks and room."""
        done = 0
        while (done := scatter(done, self._runs.bits, self._nexts, self._owners, self._room)) < rows:
            self._more_room()

    def _more_room(self) -> None:
        if self._untaken.size:
            stretch, self._untaken = self._untaken[:STRETCH_BYTES], self._untaken[STRETCH_BYTES:]
            take_pages(stretch)
            self._room[END] += stretch.size
            return
        if self._goes_to_file:
            self.finish()
            return
        slab = self._runs.slab()
        if slab is None:
            self.finish()
            slab, self._goes_to_file = new_slab(), True
        else:
            self._close_slab()
        first = -slab.ctypes.data % CHUNK_BYTES
        begin = slab.ctypes.data + first
        assert begin + SLAB_BYTES < 1 << ADDRESS_BITS, "slots have room for addresses of this length"
        self._slabs.append(slab)
        self._owners = numpy.empty(SLAB_BYTES // CHUNK_BYTES, numpy.uint16)
        # Of its first stretch little may be needed.
        self._room[:] = begin, begin + STRETCH_BYTES, begin
        self._untaken = slab[first : first + SLAB_BYTES][STRETCH_BYTES:]

    def _close_slab(self) -> None:
        chunks = numpy.arange(self._room[BEGIN], self._room[AT], CHUNK_BYTES, dtype=numpy.int64)
        self._filled.append((chunks, self._owners[: len(chunks)]))

    def finish(self) -> None:
        """Hand over what was written. A slab whose entries went to the file is written to again."""
        self._close_slab()
        self._filled.sort(key=lambda one: int(one[0][0]) if len(one[0]) else 0)
        addresses, owners = (numpy.concatenate(some) for some in zip(*self._filled, strict=True))
        in_chunk, first = divmod(CHUNK_BYTES, self._runs.entry_bytes)
        counts = numpy.full(len(addresses), in_chunk, numpy.int64)
        # The last chunk of each bucket may have room left.
        nexts = self._nexts[self._nexts != 0] - 1
        last = nexts // CHUNK_BYTES * CHUNK_BYTES
        counts[numpy.searchsorted(addresses, last)] = (nexts + 1 - last - first) // self._runs.entry_bytes
        chunks = Chunks(addresses + first, counts, owners, tuple(self._slabs))
        if self._runs.marks.size:
            self._runs.mark(chunks)
        if not self._goes_to_file:
            self._runs.keep(chunks)
        elif len(addresses):
            self._runs.write(chunks)
        self._filled.clear()
        self._nexts[:] = 0
        self._room[AT] = self._room[BEGIN]
        if not self._goes_to_file:
            self._slabs.clear()
            self._room[END] = self._room[AT]
            self._untaken = self._untaken[:0]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the entries of a bucket lie: the address and the number of each stretch, and what keeps them there."""

    slices: Any
    kept: Any

    @property
    def count(self) -> int:
        """How many entries there are."""
        return int(self.slices[:, 1].sum())
