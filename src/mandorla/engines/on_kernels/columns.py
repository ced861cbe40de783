"""Arrow's text columns as kernels see them: a row of addresses, whatever the layout.

A column is an array of six int64 (`LAYOUT` to `BUFFERS`); several columns are the rows of a matrix.
"""

from dataclasses import dataclass
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import load_byte, load_four, load_word

# Any: Arrow's and numpy's arrays, whose element types Numba sees.
LAYOUT, VALIDITY, FIRST_ROW, OFFSETS, TEXT, BUFFERS = range(6)
SHORT_OFFSETS, LONG_OFFSETS, VIEWS = range(3)
VIEW_BYTES = 16
INLINE_BYTES = 12
NULL = -1


@dataclass(frozen=True, slots=True)
class Column:
    """A text column: what kernels read, and what keeps it alive."""

    described: Any
    kept: tuple[Any, ...]


def column_of(array: pyarrow.Array) -> Column:
    """A text array (string, large string or string view) for kernels."""
    validity, first, *rest = array.buffers()
    described = numpy.zeros(6, numpy.int64)
    described[VALIDITY] = validity.address if validity is not None and array.null_count else 0
    described[FIRST_ROW] = array.offset
    described[OFFSETS] = first.address if first is not None else 0
    if pyarrow.types.is_string_view(array.type):
        addresses = numpy.array([buffer.address for buffer in rest] or [0], numpy.int64)
        described[LAYOUT], described[BUFFERS] = VIEWS, addresses.ctypes.data
        return Column(described, (array, addresses))
    described[LAYOUT] = LONG_OFFSETS if pyarrow.types.is_large_string(array.type) else SHORT_OFFSETS
    described[TEXT] = rest[0].address if rest and rest[0] is not None else 0
    return Column(described, (array,))


@kernel
def text_at(column: Any, row: int) -> tuple[int, int]:
    """Where the text of a row begins, and its length in bytes; the length is NULL where there is none."""
    place = row + column[FIRST_ROW]
    validity = column[VALIDITY]
    if validity != 0 and (load_byte(validity + (place >> 3)) >> types.uint8(place & 7)) & types.uint8(1) == 0:
        return types.int64(0), types.int64(NULL)
    layout, offsets = column[LAYOUT], column[OFFSETS]
    if layout == SHORT_OFFSETS:
        start = types.int64(load_four(offsets + 4 * place))
        return column[TEXT] + start, types.int64(load_four(offsets + 4 * place + 4)) - start
    if layout == LONG_OFFSETS:
        start = types.int64(load_word(offsets + 8 * place))
        return column[TEXT] + start, types.int64(load_word(offsets + 8 * place + 8)) - start
    view = offsets + VIEW_BYTES * place
    length = types.int64(load_four(view))
    if length <= INLINE_BYTES:
        return view + 4, length
    buffer = types.int64(load_word(column[BUFFERS] + 8 * types.int64(load_four(view + 8))))
    return buffer + types.int64(load_four(view + 12)), length
