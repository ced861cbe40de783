"""Arrow's text columns as kernels see them: a row of addresses, whatever the layout.

A column is an array of six int64 (`LAYOUT` to `BUFFERS`); several columns are the rows of a matrix.
"""

from dataclasses import dataclass
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.compiled import inlined, kernel, part
from mandorla.engines.on_kernels.memory import IS_LITTLE, address_of, load_byte, load_four, load_word

# Any: Arrow's and numpy's arrays, whose element types Numba sees.
LAYOUT, VALIDITY, FIRST_ROW, OFFSETS, TEXT, BUFFERS = range(6)
COLUMN_BYTES = 6 * 8
SHORT_OFFSETS, LONG_OFFSETS, VIEWS = range(3)
VIEW_BYTES = 16
INLINE_BYTES = 12
NULL = -1
# How far the lowest byte of a number stands behind its first one, in widths less one.
FIRST_BYTE = 0 if IS_LITTLE else 1


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


def column_of_indices(array: pyarrow.DictionaryArray) -> Column:
    """The places of a dictionary array's values in its dictionary, for `index_at`; what tells the layout is their width."""
    indices = array.indices
    validity, numbers = indices.buffers()
    described = numpy.zeros(6, numpy.int64)
    described[LAYOUT] = indices.type.bit_width // 8
    described[VALIDITY] = validity.address if validity is not None and indices.null_count else 0
    described[FIRST_ROW] = indices.offset
    described[OFFSETS] = numbers.address if numbers is not None else 0
    return Column(described, (indices,))


@kernel
def index_at(column: Any, row: int) -> int:
    """The place in its dictionary that a row names, NULL where there is none."""
    return index_of(address_of(column), row)


@part
def index_of(column: int, row: int) -> int:
    """The same of a column that is described at an address: a loop that names an array counts who does, at every row."""
    place = row + member(column, FIRST_ROW)
    if not is_valid(column, place):
        return types.int64(NULL)
    width, numbers = member(column, LAYOUT), member(column, OFFSETS)
    if width == 4:
        return types.int64(load_four(numbers + 4 * place))
    if width == 8:
        return types.int64(load_word(numbers + 8 * place))
    low = types.int64(load_byte(numbers + width * place + FIRST_BYTE * (width - 1)))
    if width == 1:
        return low
    return low | types.int64(load_byte(numbers + width * place + 1 - FIRST_BYTE)) << 8


@part
def member(column: int, place: int) -> int:
    """One of the six numbers of a column."""
    return types.int64(load_word(column + 8 * place))


@part
def is_valid(column: int, place: int) -> bool:
    """Whether the validity bits say that something stands at a place."""
    validity = member(column, VALIDITY)
    return validity == 0 or (load_byte(validity + (place >> 3)) >> types.uint8(place & 7)) & types.uint8(1) != 0


@kernel
def text_at(column: Any, row: int) -> tuple[int, int]:
    """Where the text of a row begins, and its length in bytes; the length is NULL where there is none."""
    return text_of(address_of(column), row)


@inlined
def text_of(column: int, row: int) -> tuple[int, int]:
    """The same of a column that is described at an address."""
    place = row + member(column, FIRST_ROW)
    if not is_valid(column, place):
        return types.int64(0), types.int64(NULL)
    layout, offsets = member(column, LAYOUT), member(column, OFFSETS)
    if layout == SHORT_OFFSETS:
        start = types.int64(load_four(offsets + 4 * place))
        return member(column, TEXT) + start, types.int64(load_four(offsets + 4 * place + 4)) - start
    if layout == LONG_OFFSETS:
        start = types.int64(load_word(offsets + 8 * place))
        return member(column, TEXT) + start, types.int64(load_word(offsets + 8 * place + 8)) - start
    view = offsets + VIEW_BYTES * place
    length = types.int64(load_four(view))
    if length <= INLINE_BYTES:
        return view + 4, length
    buffer = types.int64(load_word(member(column, BUFFERS) + 8 * types.int64(load_four(view + 8))))
    return buffer + types.int64(load_four(view + 12)), length
