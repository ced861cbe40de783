"""Columns of text in Parquet, read straight from their pages: Arrow gets views of the pages and copies no long text.

Only what is laid out as most writers lay text out: flat columns, plain or by a dictionary, and common codecs. All else is
PyArrow's to read, and so is what seems damaged: it says what is wrong.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy
import pyarrow

from mandorla.engines.on_kernels.columns import VIEW_BYTES
from mandorla.engines.on_kernels.memory import IS_LITTLE
from mandorla.engines.on_kernels.page_headers import (
    DICTIONARY_PAGE,
    PLAIN,
    PLAIN_DICTIONARY,
    PageHeader,
    UnknownPageError,
    page_headers,
)
from mandorla.engines.on_kernels.page_kernels import (
    LENGTH_BYTES,
    WIDEST_INDEX,
    dictionary_places,
    dictionary_views,
    plain_texts,
    plain_views,
    read_hybrid,
    read_levels,
    renumber,
)

# Any: Parquet metadata and numpy's arrays, which have no types to name.
CODECS = {"UNCOMPRESSED": None, "SNAPPY": "snappy", "ZSTD": "zstd"}
ENCODINGS = frozenset({"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY"})
# A chunk is read whole before its pages are opened.
LARGEST_CHUNK_BYTES = 1 << 26
# A dictionary pays where values occur twice or more: then each is normalized once.
ROWS_PER_ENTRY = 2


def places_of(metadata: Any, group: int, headers: Sequence[str]) -> list[int] | None:
    """The columns of those names in a row group, in that order; None if not all are laid out as can be read here."""
    chunks = metadata.row_group(group)
    by_name = {chunks.column(place).path_in_schema: place for place in range(chunks.num_columns)}
    places = [by_name[header] for header in headers if header in by_name]
    are_readable = (is_readable(chunks.column(place), metadata.schema.column(place)) for place in places)
    return places if IS_LITTLE and len(places) == len(headers) and all(are_readable) else None


def is_readable(chunk: Any, column: Any) -> bool:
    """Whether a column chunk is laid out as can be read here."""
    return (
        chunk.physical_type == "BYTE_ARRAY"
        and chunk.compression in CODECS
        and ENCODINGS.issuperset(chunk.encodings)
        and column.max_repetition_level == 0
        and column.max_definition_level <= 1
        and chunk.total_compressed_size <= LARGEST_CHUNK_BYTES
    )


def page_batches(
    path: Path, metadata: Any, group: int, places: Sequence[int], rows_per_batch: int
) -> Iterator[list[pyarrow.Array]]:
    """The columns at those places of a row group, batch by batch."""
    rows = metadata.row_group(group).num_rows
    with path.open("rb", buffering=0) as file:
        columns = [chunk_reader(file.fileno(), metadata, group, place) for place in places]
    for start in range(0, rows, rows_per_batch):
        yield [column.read(min(rows_per_batch, rows - start)) for column in columns]


def chunk_reader(handle: int, metadata: Any, group: int, place: int) -> "ChunkReader":
    """What reads a column of a row group."""
    chunk = metadata.row_group(group).column(place)
    return ChunkReader(
        chunk_at(handle, chunk),
        codec=CODECS[chunk.compression],
        is_optional=metadata.schema.column(place).max_definition_level == 1,
        values=chunk.num_values,
        plain_bytes=chunk.total_uncompressed_size,
    )


def chunk_at(handle: int, chunk: Any) -> pyarrow.Buffer:
    """The bytes of a column chunk."""
    start = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        start = min(start, chunk.dictionary_page_offset)
    content = os.pread(handle, chunk.total_compressed_size, start)
    if len(content) < chunk.total_compressed_size:
        raise UnknownPageError
    return pyarrow.py_buffer(content)


class ChunkReader:
    """Reads a column chunk from its first row to its last. Rows that a page holds beyond a batch wait for the next.

    `values` and `plain_bytes` are what the file's own metadata say of the chunk: more room than these is never made.
    """

    def __init__(self, chunk: pyarrow.Buffer, *, codec: str | None, is_optional: bool, values: int, plain_bytes: int) -> None:
        self._chunk, self._is_optional = chunk, is_optional
        self._codec = pyarrow.Codec(codec) if codec else None
        headers = list(page_headers(chunk.address, chunk.size))
        self._pages = [header for header in headers if header.page_type != DICTIONARY_PAGE]
        if sum(page.values for page in self._pages) != values or any(page.plain_bytes > plain_bytes for page in headers):
            raise UnknownPageError
        self._next_page = self._waiting = 0
        self._is_there = numpy.zeros(0, numpy.uint8)
        self._views, self._places = numpy.zeros((0, VIEW_BYTES), numpy.uint8), numpy.zeros(0, numpy.int32)
        self._buffers: list[pyarrow.Buffer] = [pyarrow.py_buffer(b"")]
        self._entries, self._dictionary_views = 0, numpy.zeros((0, VIEW_BYTES), numpy.uint8)
        self._dictionary: pyarrow.Array | None = None
        if headers and headers[0].page_type == DICTIONARY_PAGE:
            self._read_dictionary(headers[0])

    def _read_dictionary(self, header: PageHeader) -> None:
        if header.encoding not in (PLAIN, PLAIN_DICTIONARY):
            raise UnknownPageError
        page, self._entries = self._opened(header), header.values
        if self._entries * LENGTH_BYTES > page.size:
            raise UnknownPageError
        rows, end = sum(page.values for page in self._pages), page.address + page.size
        if 0 < self._entries * ROWS_PER_ENTRY <= rows and all(page.is_dictionary_encoded for page in self._pages):
            # Arrow can take values out of a dictionary of texts, and not out of one of views.
            offsets, text = numpy.empty(self._entries + 1, numpy.int32), numpy.empty(page.size, numpy.uint8)
            expect(plain_texts(page.address, end, offsets, text.ctypes.data), 0)
            buffers = [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(text)]
            self._dictionary = pyarrow.Array.from_buffers(pyarrow.string(), self._entries, buffers)
            return
        self._buffers[0], self._dictionary_views = page, numpy.empty((self._entries, VIEW_BYTES), numpy.uint8)
        all_there = numpy.ones(self._entries, numpy.uint8)
        expect(plain_views(page.address, page.address, end, 0, all_there, self._dictionary_views.ctypes.data), 0)

    def _opened(self, header: PageHeader) -> pyarrow.Buffer:
        """The bytes of a page behind its uncompressed levels."""
        body = self._chunk.slice(header.body + header.level_bytes, header.end - header.body - header.level_bytes)
        if self._codec is None or not header.is_compressed or not body.size:
            return body
        try:
            page = self._codec.decompress(body, header.plain_bytes - header.level_bytes)
        except (OSError, pyarrow.ArrowInvalid) as error:
            raise UnknownPageError from error
        expect(page.size, header.plain_bytes - header.level_bytes)
        return page

    def read(self, rows: int) -> pyarrow.Array:
        """The next rows."""
        while self._waiting < rows:
            if self._next_page == len(self._pages):
                raise UnknownPageError
            self._take(self._pages[self._next_page], rows)
            self._next_page += 1
        there, left = self._is_there[:rows], self._waiting - rows
        validity = None if there.all() else pyarrow.py_buffer(numpy.packbits(there, bitorder="little"))
        self._is_there = self._is_there[rows : rows + left].copy()
        if self._dictionary is not None:
            places, self._places = self._places[:rows], self._places[rows : rows + left].copy()
            buffers = [validity, pyarrow.py_buffer(places)]
            kind = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
            taken = pyarrow.DictionaryArray.from_buffers(kind, rows, buffers, self._dictionary)
        else:
            views, self._views = self._views[:rows], self._views[rows : rows + left].copy()
            buffers = [validity, pyarrow.py_buffer(views), *self._buffers]
            taken = pyarrow.Array.from_buffers(pyarrow.string_view(), rows, buffers)
            renumber(self._views.ctypes.data, left)
        self._buffers = [self._buffers[0], *(self._buffers[-1:] if left else [])]
        self._waiting = left
        return taken

    def _take(self, header: PageHeader, wanted: int) -> None:
        """Read a page behind the rows that wait."""
        page, start, end = self._opened(header), self._waiting, self._waiting + header.values
        self._make_room(max(end, wanted))
        there = self._is_there[start:end]
        at = self._read_levels(header, page, there)
        if header.is_dictionary_encoded:
            indices = self._indices(page, at, int(numpy.count_nonzero(there)))
            if self._dictionary is not None:
                done = dictionary_places(indices, there, self._entries, self._places[start:end])
            else:
                known = self._dictionary_views.ctypes.data
                done = dictionary_views(indices, there, known, self._entries, self._views[start:end].ctypes.data)
        elif header.encoding == PLAIN:
            views = self._views[start:end].ctypes.data
            done = plain_views(page.address, at, page.address + page.size, len(self._buffers), there, views)
            self._buffers.append(page)
        else:
            raise UnknownPageError
        expect(done, 0)
        self._waiting = end

    def _make_room(self, rows: int) -> None:
        """Room for so many rows."""
        if rows > len(self._is_there):
            self._is_there = grown(self._is_there, rows)
            if self._dictionary is not None:
                self._places = grown(self._places, rows)
            else:
                self._views = grown(self._views, rows)

    def _read_levels(self, header: PageHeader, page: pyarrow.Buffer, there: Any) -> int:
        """Find out which rows have a value; where the values begin."""
        if not self._is_optional:
            there[:] = 1
            return int(page.address)
        if header.level_bytes:
            levels = self._chunk.address + header.body
            expect(read_levels(levels, levels + header.level_bytes, there), there.size)
            return int(page.address)
        if page.size < LENGTH_BYTES:
            raise UnknownPageError
        levels = page.address + LENGTH_BYTES
        values = levels + int.from_bytes(page.slice(0, LENGTH_BYTES).to_pybytes(), "little")
        if values > page.address + page.size:
            raise UnknownPageError
        expect(read_levels(levels, values, there), there.size)
        return int(values)

    def _indices(self, page: pyarrow.Buffer, at: int, count: int) -> Any:
        """The places in the dictionary of the values that are there."""
        indices = numpy.empty(count, numpy.uint32)
        if count:
            if at >= page.address + page.size:
                raise UnknownPageError
            width = bytes_of(page)[at - page.address]
            if width > WIDEST_INDEX:
                raise UnknownPageError
            expect(read_hybrid(at + 1, page.address + page.size, width, count, indices), count)
        return indices


def grown(array: Any, rows: int) -> Any:
    """An array of so many rows that begins with those of another."""
    larger = numpy.empty((rows, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def expect(done: int, wanted: int) -> None:
    """Refuse what was not read as far as it should be; DAMAGED is never wanted."""
    if done != wanted:
        raise UnknownPageError


def bytes_of(buffer: pyarrow.Buffer) -> memoryview:
    """A buffer as bytes, which Arrow lends as signed ones."""
    return memoryview(buffer).cast("B")
