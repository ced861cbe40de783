"""Pages that are taken at once: what an array holds stays, and its pages are there."""

import mmap
import resource
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest

from mandorla.engines.on_kernels.memory_pages import LIBRARY, POPULATE_WRITE, fill_anew, take_pages

PAGES = 256


@pytest.mark.parametrize("size", [0, 1, mmap.PAGESIZE - 1, mmap.PAGESIZE, 5 * mmap.PAGESIZE + 3])
def test_what_an_array_holds_stays(size: int) -> None:
    room = numpy.arange(size + 7, dtype=numpy.uint64).astype(numpy.uint8)
    for first in range(7):
        take_pages(room[first : first + size])
    assert (room == numpy.arange(size + 7, dtype=numpy.uint64).astype(numpy.uint8)).all()


def test_an_array_is_filled() -> None:
    room = numpy.empty(3 * mmap.PAGESIZE, numpy.uint64)
    with ThreadPoolExecutor(2) as pool:
        fill_anew(pool, room, 7)
    assert (room == 7).all()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give each page when it is written")
def test_pages_that_were_taken_are_there() -> None:
    assert LIBRARY is not None
    memory = mmap.mmap(-1, PAGES * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if LIBRARY.madvise(None, 0, POPULATE_WRITE) != 0:
        pytest.skip("this Linux cannot take pages at once")
    room = numpy.frombuffer(memory, numpy.uint8)
    take_pages(room)
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    room[:: mmap.PAGESIZE] = 1
    assert resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before < PAGES // 2
