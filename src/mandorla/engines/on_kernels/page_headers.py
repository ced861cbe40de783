"""The headers of a Parquet column chunk's pages, read as far as kernels need them.

Headers are Thrift structs in the compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
and https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from typing import Any, NamedTuple

import numpy
from numba import types

from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import load_byte
from mandorla.engines.on_kernels.varints import DAMAGED, read_varint

# Any: numpy's arrays, whose element types Numba sees.

# Parquet's numbers of page types and of the encodings of values.
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = range(4)
PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8

# Thrift's numbers of types in the compact protocol.
STOP, TRUE, FALSE, BYTE, SHORT, INT, LONG, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
DEEPEST = 8
# Fields of a page's header, and of the three structs in it that are read; no struct has more than sixteen.
FIELDS = 16
TYPE, PLAIN_BYTES, BODY_BYTES = 1, 2, 3
FIRST_VERSION, DICTIONARY, SECOND_VERSION = FIELDS * 5, FIELDS * 7, FIELDS * 8
ABSENT = -1
# The numbers of a `PageHeader`.
PAGE_TYPE, PAGE_BODY, PAGE_END, PAGE_PLAIN_BYTES, PAGE_VALUES, PAGE_ENCODING, PAGE_LEVEL_BYTES, PAGE_IS_COMPRESSED = range(8)
PAGE_NUMBERS = 8
PAGES_AT_ONCE = 64


class UnknownPageError(Exception):
    """A page that is not laid out as kernels read it; PyArrow reads it, or says what is wrong with it."""


class PageHeader(NamedTuple):
    """`body` and `end` say where the page's bytes lie in the chunk. The levels of a page of the second version stand before
    its values, `level_bytes` long and never compressed; those of the first version say their own length."""

    page_type: int
    body: int
    end: int
    plain_bytes: int
    values: int
    encoding: int
    level_bytes: int
    is_compressed: int

    @property
    def is_dictionary_encoded(self) -> bool:
        """Whether the values are places in the chunk's dictionary."""
        return self.encoding in (PLAIN_DICTIONARY, RLE_DICTIONARY)


def page_headers(address: int, length: int) -> tuple[list[PageHeader], Any]:
    """The headers of the pages of a chunk that lies there, in their order; and the same as rows of numbers, for kernels."""
    pages = numpy.empty((PAGES_AT_ONCE, PAGE_NUMBERS), numpy.int64)
    while (count := read_headers(address, length, pages)) > len(pages):
        pages = numpy.empty((count, PAGE_NUMBERS), numpy.int64)
    if count == DAMAGED:
        raise UnknownPageError
    return list(map(PageHeader._make, pages[:count].tolist())), pages[:count]


@kernel
def read_headers(address: int, length: int, pages: Any) -> int:
    """Write the header of each page of a chunk as far as there is room; how many pages there are, or DAMAGED."""
    fields = numpy.empty(SECOND_VERSION + FIELDS, numpy.int64)
    header = numpy.empty(PAGE_NUMBERS, numpy.int64)
    at, count = types.int64(0), 0
    while at < length:
        fields[:] = ABSENT
        body = read_fields(address + at, address + length, fields) - address
        if not 0 < body <= length or not read_header(fields, body, header):
            return DAMAGED
        at = header[PAGE_END]
        if not body <= at <= length:
            return DAMAGED
        if count < pages.shape[0]:
            pages[count] = header
        count += 1
    return count


@part
def read_header(fields: Any, body: int, header: Any) -> bool:
    """Write the header that a struct's fields say; whether it is one that is known."""
    end, plain_bytes = body + fields[BODY_BYTES], fields[PLAIN_BYTES]
    level_bytes, is_compressed = types.int64(0), True
    if fields[TYPE] == DICTIONARY_PAGE:
        values, encoding = fields[DICTIONARY + 1], fields[DICTIONARY + 2]
    elif fields[TYPE] == DATA_PAGE:
        values, encoding = fields[FIRST_VERSION + 1], fields[FIRST_VERSION + 2]
        if fields[FIRST_VERSION + 3] != RLE:
            return False
    elif fields[TYPE] == DATA_PAGE_V2:
        values, encoding = fields[SECOND_VERSION + 1], fields[SECOND_VERSION + 4]
        level_bytes, is_compressed = fields[SECOND_VERSION + 5], fields[SECOND_VERSION + 7] != 0
        if fields[SECOND_VERSION + 6] > 0 or not 0 <= level_bytes <= min(end - body, plain_bytes):
            return False
    else:
        return False
    header[PAGE_TYPE], header[PAGE_BODY], header[PAGE_END], header[PAGE_PLAIN_BYTES] = fields[TYPE], body, end, plain_bytes
    header[PAGE_VALUES], header[PAGE_ENCODING] = values, encoding
    header[PAGE_LEVEL_BYTES], header[PAGE_IS_COMPRESSED] = level_bytes, is_compressed
    return values >= 0 and plain_bytes >= 0


@kernel
def read_fields(at: int, end: int, fields: Any) -> int:
    """Read a struct's numbers and truths, and those of the structs in it, to their places; where it ends, or DAMAGED.

    A field's place is its own number, and for a field of a struct in it sixteen times that struct's number more.
    """
    numbers = numpy.zeros(DEEPEST, numpy.int64)
    depth = parent = 0
    while at < end:
        head = types.int64(load_byte(at))
        at += 1
        kind = head & 0x0F
        if kind == STOP:
            if depth == 0:
                return at
            depth -= 1
            continue
        if head >> 4 != 0:
            numbers[depth] += head >> 4
        else:
            number, at = read_varint(at, end)
            numbers[depth] = signed_number(number)
        if kind == STRUCT:
            parent = numbers[depth] if depth == 0 else parent
            depth += 1
            if depth == DEEPEST:
                return DAMAGED
            numbers[depth] = 0
            continue
        value, at = read_value(kind, at, end)
        if at == DAMAGED:
            return DAMAGED
        place = numbers[depth] + (FIELDS * parent if depth == 1 else 0)
        if depth <= 1 and 0 < numbers[depth] < FIELDS and 0 <= place < fields.size:
            fields[place] = value
    return DAMAGED


@kernel
def read_value(kind: int, at: int, end: int) -> tuple[int, int]:
    """A number or a truth, and where it ends; a text is passed over. DAMAGED for what no header holds."""
    if at == DAMAGED:
        return types.int64(0), types.int64(DAMAGED)
    if TRUE <= kind <= FALSE:
        return types.int64(kind == TRUE), at
    if SHORT <= kind <= LONG:
        number, at = read_varint(at, end)
        return signed_number(number), at
    if kind == BINARY:
        length, at = read_varint(at, end)
        if at != DAMAGED and length <= end - at:
            return types.int64(0), at + length
    return types.int64(0), types.int64(DAMAGED)


@kernel
def signed_number(number: int) -> int:
    """The number whose lowest bit was its sign."""
    return (number >> 1) ^ -(number & 1)
