"""Texts as Parquet, page by page: plain pages of text columns, made and compressed in any thread, written in their order.

The layout is Apache Parquet's: `parquet-format/Encodings.md` (PLAIN; levels as RLE / bit-packed hybrid), `Compression.md`, and
`parquet.thrift` in Thrift's compact protocol.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import copy_bytes, store_byte
from mandorla.engines.on_kernels.prepared_values import Written

# Any: numpy's arrays, whose element types Numba sees.
ROWS_PER_GROUP, ROWS_PER_PAGE = 250_000, 1 << 15
MAGIC = b"PAR1"
# Numbers of parquet.thrift.
BYTE_ARRAY, ZSTD, DATA_PAGE, UTF8 = 6, 6, 0, 0
PLAIN, RLE = 0, 3
REQUIRED, OPTIONAL = 0, 1
# Types of Thrift's compact protocol.
INT32, INT64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


@dataclass(frozen=True, slots=True)
class Page:
    """A page with its header; `plain_bytes` is what both were before compression."""

    rows: int
    content: bytes
    plain_bytes: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pages of a column in a row group, as they stand in the file."""

    begin: int
    rows: int
    bytes: int
    plain_bytes: int


class ParquetPages:
    """A Parquet file of text columns while it is written. The `required` ones have a value in every row."""

    def __init__(self, path: Path, names: Sequence[str], required: Sequence[bool]) -> None:
        self._names, self._required = names, required
        self._stream = path.open("wb")
        self._stream.write(MAGIC)
        self._waiting: list[list[list[Page]]] = []
        self._waiting_rows = 0
        self._groups: list[list[Chunk]] = []
        self.rows = 0

    def encoded(self, columns: Sequence[Written], kept: Any) -> list[list[Page]]:
        """The kept rows of a batch: of each column some pages; in any thread."""
        codec = pyarrow.Codec("zstd", compression_level=1)
        return [
            list(pages_of(column.starts[kept], column.sizes[kept], codec, is_required=one))
            for column, one in zip(columns, self._required, strict=True)
        ]

    def append(self, columns: list[list[Page]]) -> None:
        """The next rows of the file."""
        rows = sum(page.rows for page in columns[0])
        if not rows:
            return
        self._waiting.append(columns)
        self._waiting_rows += rows
        self.rows += rows
        if self._waiting_rows >= ROWS_PER_GROUP:
            self._end_group()

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._end_group()
        footer = footer_of(self._names, self._required, self._groups)
        self._stream.write(footer + len(footer).to_bytes(4, "little") + MAGIC)
        self._stream.close()

    def _end_group(self) -> None:
        if not self._waiting:
            return
        chunks = []
        for of_batches in zip(*self._waiting, strict=True):
            begin = self._stream.tell()
            pages = [page for of_batch in of_batches for page in of_batch]
            for page in pages:
                self._stream.write(page.content)
            plain = sum(page.plain_bytes for page in pages)
            chunks.append(Chunk(begin, sum(page.rows for page in pages), self._stream.tell() - begin, plain))
        self._groups.append(chunks)
        self._waiting.clear()
        self._waiting_rows = 0


def pages_of(starts: Any, sizes: Any, codec: Any, *, is_required: bool) -> Iterator[Page]:
    """The texts of a column in pages."""
    for first in range(0, len(sizes), ROWS_PER_PAGE):
        rows = slice(first, first + ROWS_PER_PAGE)
        yield page_of(starts[rows], sizes[rows], codec, is_required=is_required)


def page_of(starts: Any, sizes: Any, codec: Any, *, is_required: bool) -> Page:
    """Texts as a page."""
    is_there = sizes != NULL
    levels = b"" if is_required else bit_packed(is_there)
    body = numpy.empty(len(levels) + 4 * len(sizes) + int(sizes[is_there].sum(dtype=numpy.int64)) + 8, numpy.uint8)
    body[: len(levels)] = numpy.frombuffer(levels, numpy.uint8)
    length = len(levels) + write_plain(starts, sizes, body.ctypes.data + len(levels))
    compressed = codec.compress(pyarrow.py_buffer(body[:length]))
    header = struct(
        (1, INT32, DATA_PAGE),
        (2, INT32, length),
        (3, INT32, compressed.size),
        (5, STRUCT, struct((1, INT32, len(sizes)), (2, INT32, PLAIN), (3, INT32, RLE), (4, INT32, RLE))),
    )
    return Page(len(sizes), header + compressed.to_pybytes(), len(header) + length)


def bit_packed(is_there: Any) -> bytes:
    """Definition levels of one bit, led by their length."""
    bits = numpy.packbits(is_there, bitorder="little").tobytes()
    levels = varint(len(bits) << 1 | 1) + bits
    return len(levels).to_bytes(4, "little") + levels


@kernel
def write_plain(starts: Any, sizes: Any, out: int) -> int:
    """Write texts one behind the other, each led by its length; the bytes of all."""
    place = out
    for row in range(starts.size):
        size = types.int64(sizes[row])
        if size == NULL:
            continue
        for byte in range(4):
            store_byte(place + byte, types.uint8((size >> (8 * byte)) & 255))
        copy_bytes(starts[row], place + 4, size)
        place += 4 + size
    return place - out


def footer_of(names: Sequence[str], required: Sequence[bool], groups: Sequence[Sequence[Chunk]]) -> bytes:
    """The file's metadata."""
    root = struct((4, BINARY, b"schema"), (5, INT32, len(names)))
    leaves = [
        struct(
            (1, INT32, BYTE_ARRAY),
            (3, INT32, REQUIRED if one else OPTIONAL),
            (4, BINARY, name.encode()),
            (6, INT32, UTF8),
            (10, STRUCT, struct((1, STRUCT, struct()))),
        )
        for name, one in zip(names, required, strict=True)
    ]
    rows = [chunks[0].rows for chunks in groups]
    return struct(
        (1, INT32, 1),
        (2, LIST, listed(STRUCT, [root, *leaves])),
        (3, INT64, sum(rows)),
        (4, LIST, listed(STRUCT, [group_of(names, chunks) for chunks in groups])),
        (6, BINARY, b"mandorla"),
    )


def group_of(names: Sequence[str], chunks: Sequence[Chunk]) -> bytes:
    """What the metadata say of a row group."""
    columns = [
        struct((2, INT64, chunk.begin), (3, STRUCT, column_of_group(name, chunk)))
        for name, chunk in zip(names, chunks, strict=True)
    ]
    return struct(
        (1, LIST, listed(STRUCT, columns)),
        (2, INT64, sum(chunk.plain_bytes for chunk in chunks)),
        (3, INT64, chunks[0].rows),
        (5, INT64, chunks[0].begin),
        (6, INT64, sum(chunk.bytes for chunk in chunks)),
    )


def column_of_group(name: str, chunk: Chunk) -> bytes:
    """What the metadata say of a column in a row group."""
    return struct(
        (1, INT32, BYTE_ARRAY),
        (2, LIST, listed(INT32, [zigzag(PLAIN), zigzag(RLE)])),
        (3, LIST, listed(BINARY, [binary(name.encode())])),
        (4, INT32, ZSTD),
        (5, INT64, chunk.rows),
        (6, INT64, chunk.plain_bytes),
        (7, INT64, chunk.bytes),
        (9, INT64, chunk.begin),
    )


def struct(*fields: tuple[int, int, Any]) -> bytes:
    """A structure: each field's number, type and value, in the order of the numbers, at most fifteen apart."""
    written, before = b"", 0
    for number, kind, value in fields:
        content = zigzag(value) if kind in (INT32, INT64) else binary(value) if kind == BINARY else value
        written += bytes([(number - before) << 4 | kind]) + content
        before = number
    return written + b"\0"


def listed(kind: int, items: Iterable[bytes]) -> bytes:
    """A list of written values."""
    values = list(items)
    short = bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + varint(len(values))
    return short + b"".join(values)


def binary(text: bytes) -> bytes:
    """Bytes, led by their length."""
    return varint(len(text)) + text


def zigzag(number: int) -> bytes:
    """A number that is not negative, as numbers with a sign are written."""
    return varint(number << 1)


def varint(number: int) -> bytes:
    """A number in as many bytes as it needs, seven bits each, the lowest first.

    >>> varint(300).hex()
    'ac02'
    """
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
