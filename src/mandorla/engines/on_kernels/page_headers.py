"""The headers of a Parquet column chunk's pages, read as far as kernels need them.

Headers are Thrift structs in the compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
and https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Any: a Thrift struct by its fields' numbers, whatever their types are.
Struct = dict[int, Any]

# Parquet's numbers of page types and of the encodings of values.
DATA_PAGE, INDEX_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = range(4)
PLAIN, PLAIN_DICTIONARY, RLE, RLE_DICTIONARY = 0, 2, 3, 8

# Thrift's numbers of types in the compact protocol.
STOP, TRUE, FALSE, BYTE, SHORT, INT, LONG, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(13)
DEEPEST = 8


class UnknownPageError(Exception):
    """A page that is not laid out as kernels read it; PyArrow reads it, or says what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHeader:
    """`body` and `end` say where the page's bytes lie in the chunk. The levels of a page of the second version stand before
    its values, `level_bytes` long and never compressed; those of the first version say their own length."""

    page_type: int
    body: int
    end: int
    plain_bytes: int
    values: int
    encoding: int
    level_bytes: int = 0
    is_compressed: bool = True

    @property
    def is_dictionary_encoded(self) -> bool:
        """Whether the values are places in the chunk's dictionary."""
        return self.encoding in (PLAIN_DICTIONARY, RLE_DICTIONARY)


def page_headers(chunk: memoryview) -> Iterator[PageHeader]:
    """The headers of a chunk's pages, in their order."""
    at = 0
    while at < len(chunk):
        reader = CompactReader(chunk, at)
        try:
            header = header_of(reader.struct(0), reader.at)
        except (IndexError, KeyError, TypeError) as error:
            raise UnknownPageError from error
        if not reader.at <= header.end <= len(chunk):
            raise UnknownPageError
        yield header
        at = header.end


def header_of(fields: Struct, body: int) -> PageHeader:
    """The header that a struct is."""
    page_type = fields[1]
    end, plain_bytes = body + fields[3], fields[2]
    if page_type == DICTIONARY_PAGE:
        own, level_bytes, is_compressed = fields[7], 0, True
        encoding = own[2]
    elif page_type == DATA_PAGE:
        own, level_bytes, is_compressed = fields[5], 0, True
        encoding = own[2]
        if own[3] != RLE:
            raise UnknownPageError
    elif page_type == DATA_PAGE_V2:
        own = fields[8]
        encoding, level_bytes, is_compressed = own[4], own[5], own.get(7, True)
        if own[6] or not 0 <= level_bytes <= min(end - body, plain_bytes):
            raise UnknownPageError
    else:
        raise UnknownPageError
    if own[1] < 0 or plain_bytes < 0:
        raise UnknownPageError
    return PageHeader(
        page_type=page_type,
        body=body,
        end=end,
        plain_bytes=plain_bytes,
        values=own[1],
        encoding=encoding,
        level_bytes=level_bytes,
        is_compressed=is_compressed,
    )


class CompactReader:
    """Reads Thrift's compact protocol from `at` on."""

    def __init__(self, content: memoryview, at: int) -> None:
        self.content, self.at = content, at

    def byte(self) -> int:
        """One byte."""
        self.at += 1
        return self.content[self.at - 1]

    def varint(self) -> int:
        """A number in as many bytes as it needs, seven bits each."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number
            if shift > 63:
                raise UnknownPageError

    def integer(self) -> int:
        """A number whose lowest bit is its sign."""
        number = self.varint()
        return (number >> 1) ^ -(number & 1)

    def struct(self, depth: int) -> Struct:
        """The fields of a struct by their numbers."""
        fields: Struct = {}
        number = 0
        while True:
            head = self.byte()
            kind = head & 0x0F
            if kind == STOP:
                return fields
            number = number + (head >> 4) if head >> 4 else self.integer()
            fields[number] = self.value(kind, depth)

    def value(self, kind: int, depth: int) -> Any:
        """A field's value: numbers and truths as they are, structs as fields; texts and lists are passed over."""
        if depth > DEEPEST:
            raise UnknownPageError
        if kind in (TRUE, FALSE):
            return kind == TRUE
        if kind == BYTE:
            return self.byte()
        if kind in (SHORT, INT, LONG):
            return self.integer()
        if kind == STRUCT:
            return self.struct(depth + 1)
        if kind == DOUBLE:
            self.at += 8
        elif kind == BINARY:
            length = self.varint()
            self.at += length
        else:
            raise UnknownPageError
        return None
