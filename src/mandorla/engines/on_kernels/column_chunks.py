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
    plain_texts,
    plain_views,
    read_pages,
    renumber,
)

# Any: Parquet metadata and numpy's arrays, which have no types to name.
CODECS = {"UNCOMPRESSED": None, "SNAPPY": "snappy", "ZSTD": "zstd"}
ENCODINGS = frozenset({"PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY"})
# A chunk is read whole before its pages are opened.
LARGEST_CHUNK_BYTES = 1 << 26
# A row group is asked for that long before a thread reads it.
GROUPS_AHEAD = 4
# What was read of a larger file is let go: it would be gone before anyone reads it again, and what kernels write with it.
LARGE_FILE_BYTES = 1 << 32
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
        and 0 <= chunk.total_compressed_size <= LARGEST_CHUNK_BYTES
        and start_of(chunk) >= 0
    )


def page_batches(
    path: Path, metadata: Any, group: int, places: Sequence[int], rows_per_batch: int
) -> Iterator[list[pyarrow.Array]]:
    """The columns at those places of a row group, batch by batch."""
    rows = metadata.row_group(group).num_rows
    with path.open("rb", buffering=0) as file:
        advise(file.fileno(), metadata, group + GROUPS_AHEAD, places, "POSIX_FADV_WILLNEED")
        columns = [chunk_reader(file.fileno(), metadata, group, place) for place in places]
        if os.fstat(file.fileno()).st_size >= LARGE_FILE_BYTES:
            advise(file.fileno(), metadata, group, places, "POSIX_FADV_DONTNEED")
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


def advise(handle: int, metadata: Any, group: int, places: Sequence[int], advice: str) -> None:
    """Tell the system what to do with the columns of a row group, if there is such a group and the system can be told."""
    if group < metadata.num_row_groups and hasattr(os, "posix_fadvise"):
        chunks = metadata.row_group(group)
        for chunk in map(chunks.column, places):
            os.posix_fadvise(handle, start_of(chunk), chunk.total_compressed_size, getattr(os, advice))


def start_of(chunk: Any) -> int:
    """Where in its file a column chunk begins."""
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        return min(int(chunk.data_page_offset), int(chunk.dictionary_page_offset))
    return int(chunk.data_page_offset)


def chunk_at(handle: int, chunk: Any) -> pyarrow.Buffer:
    """The bytes of a column chunk."""
    content = os.pread(handle, chunk.total_compressed_size, start_of(chunk))
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
        headers, pages = page_headers(chunk.address, chunk.size)
        has_dictionary = bool(headers) and headers[0].page_type == DICTIONARY_PAGE
        self._headers, self._pages = headers[has_dictionary:], pages[has_dictionary:]
        if sum(page.values for page in self._headers) != values or any(page.plain_bytes > plain_bytes for page in headers):
            raise UnknownPageError
        if any(page.page_type == DICTIONARY_PAGE for page in self._headers):
            raise UnknownPageError
        self._next_page = self._waiting = 0
        self._is_there = numpy.zeros(0, numpy.uint8)
        self._views, self._places = numpy.zeros((0, VIEW_BYTES), numpy.uint8), numpy.zeros(0, numpy.int32)
        self._buffers: list[pyarrow.Buffer] = [pyarrow.py_buffer(b"")]
        # A kernel reads an entry for rows without a value too: there is one in any case.
        self._entries, self._dictionary_views = 0, numpy.zeros((1, VIEW_BYTES), numpy.uint8)
        self._dictionary: pyarrow.Array | None = None
        if has_dictionary:
            self._read_dictionary(headers[0])

    def _read_dictionary(self, header: PageHeader) -> None:
        if header.encoding not in (PLAIN, PLAIN_DICTIONARY):
            raise UnknownPageError
        page, self._entries = self._opened(header), header.values
        if self._entries * LENGTH_BYTES > page.size:
            raise UnknownPageError
        rows, end = sum(page.values for page in self._headers), page.address + page.size
        if 0 < self._entries * ROWS_PER_ENTRY <= rows and all(page.is_dictionary_encoded for page in self._headers):
            # Arrow can take values out of a dictionary of texts, and not out of one of views.
            offsets, text = numpy.empty(self._entries + 1, numpy.int32), numpy.empty(page.size, numpy.uint8)
            expect(plain_texts(page.address, end, offsets, text.ctypes.data), 0)
            buffers = [None, pyarrow.py_buffer(offsets), pyarrow.py_buffer(text)]
            self._dictionary = pyarrow.Array.from_buffers(pyarrow.string(), self._entries, buffers)
            return
        self._buffers[0], self._dictionary_views = page, numpy.empty((max(1, self._entries), VIEW_BYTES), numpy.uint8)
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
        self._take(rows)
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

    def _take(self, rows: int) -> None:
        """Read pages behind the rows that wait until so many wait."""
        first, start = self._next_page, self._waiting
        while self._waiting < rows:
            if self._next_page == len(self._headers):
                raise UnknownPageError
            self._waiting += self._headers[self._next_page].values
            self._next_page += 1
        if first == self._next_page:
            return
        self._make_room(max(rows, self._waiting))
        headers = self._headers[first : self._next_page]
        opened = [self._opened(header) for header in headers]
        bodies = numpy.array([(page.address, page.address + page.size) for page in opened], numpy.int64)
        dictionary, values = (self._dictionary_views, self._views) if self._dictionary is None else (None, self._places)
        done = read_pages(
            self._pages[first : self._next_page],
            bodies,
            self._chunk.address,
            self._is_optional,
            dictionary.ctypes.data if dictionary is not None else 0,
            self._entries,
            len(self._buffers),
            self._is_there[start:],
            values[start:].ctypes.data,
        )
        expect(done, 0)
        self._buffers += [page for header, page in zip(headers, opened, strict=True) if not header.is_dictionary_encoded]

    def _make_room(self, rows: int) -> None:
        """Room for so many rows."""
        if rows > len(self._is_there):
            self._is_there = grown(self._is_there, rows)
            if self._dictionary is not None:
                self._places = grown(self._places, rows)
            else:
                self._views = grown(self._views, rows)


def grown(array: Any, rows: int) -> Any:
    """An array of so many rows that begins with those of another."""
    larger = numpy.empty((rows, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


def expect(done: int, wanted: int) -> None:
    """Refuse what was not read as far as it should be; DAMAGED is never wanted."""
    if done != wanted:
        raise UnknownPageError
