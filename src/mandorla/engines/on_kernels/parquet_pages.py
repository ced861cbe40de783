"""Texts as Parquet, page by page: pages of text columns, made and compressed in any thread, written in their order.

The layout is Apache Parquet's: `parquet-format/Encodings.md` (PLAIN; RLE_DICTIONARY; levels as RLE / bit-packed hybrid) and
`Compression.md`. Where values repeat, those of a row group stand once in a dictionary and rows name their places in it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import copy_bytes, prefetch, store_byte
from mandorla.engines.on_kernels.normalizers.blocks import store_eight
from mandorla.engines.on_kernels.packed_digests import VALUE_BYTES, packed_digests, room_of_frame
from mandorla.engines.on_kernels.parquet_footer import (
    PLAIN,
    RLE_DICTIONARY,
    Chunk,
    data_page_header,
    dictionary_page_header,
    footer_of,
    varint,
)
from mandorla.engines.on_kernels.prepared_values import Written
from mandorla.engines.on_kernels.seeded_hash import seeds
from mandorla.engines.on_kernels.texts import number_texts

# Any: numpy's arrays, whose element types Numba sees.
ROWS_PER_GROUP, ROWS_PER_PAGE = 250_000, 1 << 15
MAGIC = b"PAR1"
# A number of a dictionary is written with the words that it reaches into.
SPARE = 16
ROWS_AHEAD = 16


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its header; `plain_bytes` is what both were before compression. A dictionary has no rows.

    Where values are in order, the `bounds` are the first and the last.
    """

    rows: int
    header: bytes
    content: bytes | memoryview
    plain_bytes: int
    bounds: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPage:
    """Rows that name values, of which all that a row group has make its dictionary once they are known."""

    rows: int
    levels: bytes
    numbers: Any
    starts: Any
    sizes: Any
    kept: Any
    is_digest: bool


class ParquetPages:
    """A Parquet file of text columns while it is written. The `required` ones have a value in every row.

    Of required columns whose values come `in_order`, by bytes, the least and the greatest are told.
    """

    def __init__(
        self, path: Path, names: Sequence[str], required: Sequence[bool], in_order: Collection[str] = frozenset()
    ) -> None:
        self._names, self._required = names, required
        self._in_order = [name in in_order for name in names]
        self._stream = path.open("wb")
        self._stream.write(MAGIC)
        self._waiting: list[list[list[Page | NumberedPage]]] = []
        self._waiting_rows = 0
        self._groups: list[list[Chunk]] = []
        self._seed = seeds()
        self.rows = 0

    def encoded(self, columns: Sequence[Written], kept: Any) -> list[list[Page | NumberedPage]]:
        """The kept rows of a batch: of each column some pages; in any thread."""
        return [
            list(pages_of(column, kept, is_required=required, in_order=in_order))
            for column, required, in_order in zip(columns, self._required, self._in_order, strict=True)
        ]

    def append(self, columns: list[list[Page | NumberedPage]]) -> None:
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
        self._groups.append(
            [
                self._written_chunk([page for of_batch in of_batches for page in of_batch])
                for of_batches in zip(*self._waiting, strict=True)
            ]
        )
        self._waiting.clear()
        self._waiting_rows = 0

    def _written_chunk(self, pages: Sequence[Page | NumberedPage]) -> Chunk:
        begin, rows, plain_bytes, dictionary_bytes = self._stream.tell(), 0, 0, 0
        bounds: list[bytes] = []
        for page in with_dictionary(pages, self._seed):
            self._stream.write(page.header)
            self._stream.write(page.content)
            rows, plain_bytes = rows + page.rows, plain_bytes + page.plain_bytes
            bounds += page.bounds
            if page.rows == 0:
                dictionary_bytes = len(page.header) + len(page.content)
        return Chunk(
            begin=begin,
            rows=rows,
            size=self._stream.tell() - begin,
            plain_bytes=plain_bytes,
            dictionary_bytes=dictionary_bytes,
            least=bounds[0] if bounds else None,
            greatest=bounds[-1] if bounds else None,
        )


def compressed(content: Any) -> bytes:
    """By zstd's own compressor."""
    done: bytes = pyarrow.Codec("zstd", compression_level=1).compress(pyarrow.py_buffer(content), asbytes=True)
    return done


def pages_of(column: Written, kept: Any, *, is_required: bool, in_order: bool) -> Iterator[Page | NumberedPage]:
    """The texts of a column in pages."""
    is_all = bool(kept.all())
    starts, sizes = (one if is_all else one[kept] for one in (column.starts, column.sizes))
    if column.repeated is not None and len(sizes):
        numbers = column.repeated.numbers if is_all else column.repeated.numbers[kept]
        yield numbered_page(column, numbers, sizes, is_required=is_required)
        return
    for first in range(0, len(sizes), ROWS_PER_PAGE):
        rows = slice(first, first + ROWS_PER_PAGE)
        is_there = sizes[rows] != NULL
        levels = b"" if is_required else bit_packed(is_there)
        length, content = body_of(levels, starts[rows], sizes[rows], is_there, is_digest=column.is_digest)
        header = data_page_header(len(is_there), length, len(content), PLAIN)
        ends = (first, first + len(is_there) - 1) if in_order else ()
        bounds = tuple(pyarrow.foreign_buffer(int(starts[row]), int(sizes[row])).to_pybytes() for row in ends)
        yield Page(len(is_there), header, content, len(header) + length, bounds)


def body_of(levels: bytes, starts: Any, sizes: Any, is_there: Any, *, is_digest: bool) -> tuple[int, bytes | memoryview]:
    """Levels and texts, compressed, and how many bytes they are before."""
    before = numpy.frombuffer(levels + bytes(SPARE), numpy.uint8)
    if is_digest:
        values = int(numpy.count_nonzero(is_there))
        frame = numpy.empty(room_of_frame(len(levels), values), numpy.uint8)
        size = packed_digests(before.ctypes.data, len(levels), starts, sizes, values, frame.ctypes.data)
        return len(levels) + VALUE_BYTES * values, frame.data[:size]
    body = numpy.empty(len(levels) + 4 * len(sizes) + int(sizes[is_there].sum(dtype=numpy.int64)) + 8, numpy.uint8)
    body[: len(levels)] = before[: len(levels)]
    length = len(levels) + write_plain(starts, sizes, body.ctypes.data + len(levels))
    return length, compressed(body[:length])


def numbered_page(column: Written, numbers: Any, sizes: Any, *, is_required: bool) -> NumberedPage:
    """Rows that name values, which are laid together so that nothing else is kept of their batch."""
    assert column.repeated is not None
    is_there = sizes != NULL
    of_values = column.repeated.sizes
    laid = numpy.empty(int(numpy.maximum(of_values, 0).sum(dtype=numpy.int64)) + SPARE, numpy.uint8)
    starts = numpy.empty(len(of_values), numpy.int64)
    lay_together(column.repeated.starts, of_values, laid.ctypes.data, starts)
    return NumberedPage(
        rows=len(sizes),
        levels=b"" if is_required else bit_packed(is_there),
        numbers=numbers[is_there],
        starts=starts,
        sizes=of_values,
        kept=laid,
        is_digest=column.is_digest,
    )


def with_dictionary(pages: Sequence[Page | NumberedPage], seed: Any) -> Iterator[Page]:
    """The pages of a chunk, led by the dictionary of those that need one."""
    numbered = [page for page in pages if isinstance(page, NumberedPage)]
    if not numbered:
        yield from (page for page in pages if isinstance(page, Page))
        return
    starts, sizes = (
        numpy.concatenate(of_pages) for of_pages in zip(*((one.starts, one.sizes) for one in numbered), strict=True)
    )
    numbers, first_rows = (numpy.empty(len(sizes), numpy.int64) for _ in range(2))
    count = number_texts(starts, sizes, seed, numbers, first_rows)
    entries = first_rows[:count]
    length, content = body_of(
        b"", starts[entries], sizes[entries], numpy.ones(count, numpy.bool_), is_digest=numbered[0].is_digest
    )
    header = dictionary_page_header(count, length, len(content))
    yield Page(0, header, content, len(header) + length)
    first = 0
    for page in pages:
        if isinstance(page, NumberedPage):
            yield page_of_numbers(page, numbers[first : first + len(page.sizes)], max(1, (count - 1).bit_length()))
            first += len(page.sizes)
        else:
            yield page


def page_of_numbers(page: NumberedPage, entries: Any, width: int) -> Page:
    """Rows as places in the dictionary, each of so many bits; `entries` are the places of the page's own numbers."""
    eights = (len(page.numbers) + 7) // 8
    led = page.levels + bytes([width]) + varint(eights << 1 | 1)
    body = numpy.zeros(len(led) + eights * width + SPARE, numpy.uint8)
    body[: len(led)] = numpy.frombuffer(led, numpy.uint8)
    pack_numbers(page.numbers, entries, width, body.ctypes.data + len(led))
    length = len(led) + eights * width
    content = compressed(body[:length])
    header = data_page_header(page.rows, length, len(content), RLE_DICTIONARY)
    return Page(page.rows, header, content, len(header) + length)


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
        # Texts may come in no order of memory.
        prefetch(starts[min(row + ROWS_AHEAD, starts.size - 1)])
        size = types.int64(sizes[row])
        if size == NULL:
            continue
        for byte in range(4):
            store_byte(place + byte, types.uint8((size >> (8 * byte)) & 255))
        copy_bytes(starts[row], place + 4, size)
        place += 4 + size
    return place - out


@kernel
def lay_together(starts: Any, sizes: Any, out: int, laid: Any) -> None:
    """Copy texts one behind the other; where each begins then."""
    for place in range(sizes.size):
        laid[place] = out
        if sizes[place] != NULL:
            copy_bytes(starts[place], out, types.int64(sizes[place]))
            out += types.int64(sizes[place])


@kernel
def pack_numbers(numbers: Any, entries: Any, width: int, out: int) -> None:
    """Write the entries that numbers stand for, so many bits each, the first the lowest; whole words are written."""
    word, filled = types.uint64(0), 0
    for place in range(numbers.size):
        word |= types.uint64(entries[numbers[place]]) << types.uint64(filled)
        filled += width
        if filled >= 32:
            store_eight(out, word)
            out += 4
            word >>= types.uint64(32)
            filled -= 32
    store_eight(out, word)
