"""Entries of keys, as a test writes and reads them."""

import ctypes
from typing import Any

import numpy

from mandorla.engines.on_kernels.keys import ENTRY_BYTES, VALUE, VALUE_BITS, WORDS_PER_ENTRY


def random_entries(draw: numpy.random.Generator, count: int) -> Any:
    """So many entries, three words each."""
    entries = draw.integers(1, 1 << 64, (count, WORDS_PER_ENTRY), numpy.uint64)
    entries[:, VALUE] >>= numpy.uint64(64 - VALUE_BITS)
    return entries


def entries_at(address: int, count: int) -> Any:
    """The entries that lie at an address, three words each."""
    written = numpy.frombuffer((ctypes.c_uint8 * (count * ENTRY_BYTES)).from_address(address), numpy.uint8)
    entries = numpy.zeros((count, 8 * WORDS_PER_ENTRY), numpy.uint8)
    entries[:, :ENTRY_BYTES] = written.reshape(count, ENTRY_BYTES)
    return entries.view(numpy.uint64)
