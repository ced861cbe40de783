"""Stretches of a file, read and written at their places; several threads may do so at once."""

import os
from typing import Any, BinaryIO

# Any: numpy's arrays, which the memory of a stretch belongs to.
# Of more than this at once Linux makes huge pages for the file's cache where it can. A virtual machine may have to fetch these
# from its host one small page at a time: four megabytes at once took up to ten times as long as four times one.
WRITTEN_AT_ONCE = 1 << 20


def read_whole(handle: int, into: Any, at: int) -> None:
    """Fill an array of bytes from a place in a file."""
    left = memoryview(into)
    while left:
        done = os.preadv(handle, [left], at)
        assert done, "a stretch is shorter than it was when it was written"
        left, at = left[done:], at + done


def write_whole(handle: int, array: Any, at: int) -> None:
    """Write all of an array to a place in a file."""
    left = memoryview(array).cast("B") if array.size else memoryview(b"")
    while left:
        done = os.pwrite(handle, left[:WRITTEN_AT_ONCE], at)
        left, at = left[done:], at + done


def write_behind(stream: BinaryIO, array: Any) -> None:
    """Write all of an array of bytes behind what a stream has."""
    for begin in range(0, array.size, WRITTEN_AT_ONCE):
        stream.write(array[begin : begin + WRITTEN_AT_ONCE])
