"""Pages of memory, taken many at once: each taken by itself, where it is first written, costs half as much again."""

import ctypes
import mmap
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mandorla.engines.on_kernels.parallel import in_parallel, stretches

# Any: numpy's arrays, whose element types Numba sees.
# `MADV_POPULATE_WRITE` of Linux 5.14, which Python has no name for: https://man7.org/linux/man-pages/man2/madvise.2.html
POPULATE_WRITE = 23
# Whoever takes pages keeps all others of the process from mapping memory: so many bytes are taken before they may.
TAKEN_AT_ONCE = 1 << 18
# A thread fills so many rows of an array at once.
ROWS_AT_ONCE = 1 << 18
LIBRARY = ctypes.CDLL(None) if sys.platform == "linux" else None


def take_pages(array: Any) -> None:
    """Take the pages that lie within an array, whose bytes stay what they are.

    A system that knows no way to do so refuses, and gives each page when it is written, as it does anyway.
    """
    begin = -(-array.ctypes.data // mmap.PAGESIZE) * mmap.PAGESIZE
    end = (array.ctypes.data + array.nbytes) // mmap.PAGESIZE * mmap.PAGESIZE
    if LIBRARY is None:
        return
    for some in range(begin, end, TAKEN_AT_ONCE):
        LIBRARY.madvise(ctypes.c_void_p(some), ctypes.c_size_t(min(TAKEN_AT_ONCE, end - some)), POPULATE_WRITE)


def fill_anew(pool: ThreadPoolExecutor, array: Any, number: int) -> None:
    """Have all threads write a number to every place of an array that nobody wrote to yet.

    To ask the system for zeros is no quicker: where they are read first, each page is taken twice, and the second time all
    processors have to hear of it.
    """

    def fill(rows: range) -> None:
        some = array[rows.start : rows.stop]
        take_pages(some)
        some.fill(number)

    for _ in in_parallel(pool, fill, stretches(len(array), ROWS_AT_ONCE)):
        pass
