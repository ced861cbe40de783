"""Plain CSV, read by a kernel: every row has as many values as the header, and every reader reads the same.

Values are bare, or whole in double quotes with quotes doubled; none holds a line break; lines end one way; the bytes are UTF-8
without NUL. Whatever is not so is `IrregularError`, and the engine's reader reads that file, which knows what to reject of it.

Because no value holds a line break, a file can be read from any line on: where every line is plain, every line is a row.
"""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.byte_masks import BLOCK, between_pairs, bytes_beyond_ascii, bytes_equal
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import load_byte, load_word, store_byte, store_four, store_word
from mandorla.engines.on_kernels.normalizers.blocks import HIGH, bits_set, trailing_zeros
from mandorla.engines.on_kernels.texts import Texts
from mandorla.engines.source_files import SourceFile

# Any: numpy's arrays, whose element types Numba sees.
PIECE_BYTES = 1 << 22
FIRST_ROOM, LONGEST_LINE = 1 << 13, 1 << 20
QUOTE, COMMA, FEED, RETURN, NUL = (types.uint8(ord(one)) for one in '",\n\r\0')
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What `find_values` answers instead of a number of rows.
NOT_PLAIN, HAS_DOUBLED = -1, -2
NOT_WANTED = -1
WIDTH, HAS_RETURNS, IS_CAREFUL, IS_WIDE = range(4)


class IrregularError(Exception):
    """The file is not plain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainCsv:
    """A file that begins like a plain one: where its rows begin and end, and how its lines end."""

    path: Path
    begin: int
    end: int
    width: int
    has_returns: bool
    wanted: Any

    def pieces(self) -> Iterator[int]:
        """Where the pieces begin that can be read on their own."""
        return iter(range(self.begin, self.end, PIECE_BYTES))

    def read(self, begin: int) -> Texts:
        """The rows that begin in a piece; `IrregularError` if one of them is not plain."""
        text, first, end = self.lines_from(begin)
        address = text.ctypes.data + first
        rows = feeds_in(address, end - first)
        columns = int(self.wanted.max()) + 1
        starts, sizes = numpy.empty((columns, rows), numpy.int64), numpy.empty((columns, rows), numpy.int32)
        places = numpy.stack((starts.ctypes.data + 8 * rows * self.wanted, sizes.ctypes.data + 4 * rows * self.wanted))
        places[:, self.wanted == NOT_WANTED] = 0
        texts = Texts(starts, sizes, [text])
        about = numpy.array([self.width, self.has_returns, False, False], numpy.int64)
        found = find_values(address, end - first, about, places, 0)
        if found == HAS_DOUBLED:
            undoubled = numpy.empty(end - first + BLOCK, numpy.uint8)
            texts.kept.append(undoubled)
            about[IS_CAREFUL] = True
            found = find_values(address, end - first, about, places, undoubled.ctypes.data)
        if found != rows or (about[IS_WIDE] and not is_utf8(address, end - first)):
            raise IrregularError
        return texts

    def lines_from(self, begin: int) -> tuple[Any, int, int]:
        """The whole lines that begin in a piece: bytes, and where the lines begin and end in them."""
        # One byte before the piece says whether a line begins right there.
        before = int(begin > self.begin)
        until = min(begin + PIECE_BYTES, self.end)
        length, room = until - begin + before, FIRST_ROOM
        while True:
            text: Any = numpy.empty(length + room + 2 * BLOCK, numpy.uint8)
            with self.path.open("rb") as stream:
                read = os.preadv(stream.fileno(), [memoryview(text)[: length + room]], begin - before)
            if read < min(length + room, self.end - begin + before):
                raise IrregularError
            first = first_line(text.ctypes.data, length - 1) if before else 0
            if before and not first:
                return text, 0, 0
            end = length - 1 + first_line(text.ctypes.data + length - 1, read - length + 1)
            if end >= length:
                break
            if until == self.end:
                # The last line of a file gets its end if it has none.
                line_end = b"\r\n" if self.has_returns else b"\n"
                end = length + len(line_end)
                text[length:end] = bytearray(line_end)
                break
            if room == LONGEST_LINE:
                raise IrregularError
            room = LONGEST_LINE
        text[end : end + BLOCK] = 0
        return text, first, end


@kernel
def first_line(text: int, length: int) -> int:
    """The bytes of the first line of a text, its end among them; none if it does not end."""
    for place in range(length):
        if load_byte(text + place) == FEED:
            return place + 1
    return 0


@kernel
def feeds_in(text: int, length: int) -> int:
    """How many lines a text has, behind which BLOCK bytes of zeros stand."""
    count = types.int64(0)
    for block in range(text, text + length, BLOCK):
        count += types.int64(bits_set(bytes_equal(block, FEED)))
    return count


@kernel
def is_utf8(text: int, length: int) -> bool:
    """Whether bytes are UTF-8 (RFC 3629). Seven bytes behind them are read too."""
    place, end = text, text + length
    while place < end:
        if load_word(place) & types.uint64(HIGH) == types.uint64(0):
            place += 8
            continue
        lead = types.int64(load_byte(place))
        if lead < 0x80:
            place += 1
            continue
        following = 1 + (lead >= 0xE0) + (lead >= 0xF0)
        if not 0xC2 <= lead <= 0xF4 or place + following >= end:
            return False
        # The shortest writing only, no surrogates, nothing beyond the last code point.
        least = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
        most = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
        if not least <= types.int64(load_byte(place + 1)) <= most:
            return False
        for behind in range(2, following + 1):
            if load_byte(place + behind) & types.uint8(0xC0) != types.uint8(0x80):
                return False
        place += following + 1
    return True


def plain_csv(file: SourceFile, columns: Sequence[str]) -> PlainCsv | None:
    """The file, if it is CSV that begins like a plain one."""
    if file.file_format != "csv" or file.is_gzipped:
        return None
    width = len(file.columns) + file.nameless_columns
    with file.path.open("rb") as stream:
        line = stream.readline(LONGEST_LINE)
        end = os.fstat(stream.fileno()).st_size
    header = line.removeprefix(BYTE_ORDER_MARK)
    has_returns = header.endswith(b"\r\n")
    if width < 2 or not header.endswith(b"\n") or header.count(b"\r") != has_returns or not header.strip():
        return None
    try:
        names = next(csv.reader(io.StringIO(header.decode(), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError):
        return None
    if len(names) != width or header.count(b'"') % 2 or b"\0" in header:
        return None
    wanted = numpy.full(width, NOT_WANTED, numpy.int64)
    wanted[[file.columns.index(column) for column in columns]] = numpy.arange(len(columns))
    return PlainCsv(path=file.path, begin=len(line), end=end, width=width, has_returns=has_returns, wanted=wanted)


@kernel
def find_values(text: int, length: int, about: Any, places: Any, undoubled: int) -> int:
    """Find the values of whole lines; the number of lines, or NOT_PLAIN, or HAS_DOUBLED quotes for which there is no room.

    `about` is how many values a line has, whether lines end with a carriage return too, whether there is room for values with
    doubled quotes at `undoubled`, and learns whether there is more than ASCII. `places` is where the start and the size of each
    column's next value go, 0 where nobody wants them. BLOCK bytes of zeros stand behind the text.
    """
    width, has_returns, is_careful = about[WIDTH], about[HAS_RETURNS], about[IS_CAREFUL]
    is_inside = types.uint64(0)
    quotes = whole = returns = column = row = types.int64(0)
    begin = text
    for block in range(text, text + length, BLOCK):
        feeds, ends, quoted, returned, is_inside = ends_in(block, text + length - block, is_inside)
        if quoted == NOT_PLAIN:
            return NOT_PLAIN
        quotes, returns = quotes + quoted, returns + returned
        about[IS_WIDE] |= bytes_beyond_ascii(block) != 0
        while ends:
            end = block + trailing_zeros(ends)
            is_line = (feeds & ends & (types.uint64(0) - ends)) != 0
            ends &= ends - types.uint64(1)
            following = end + 1
            if is_line and has_returns:
                end -= 1
            if is_line != (column == width - 1) or end < begin or (is_line and has_returns and load_byte(end) != RETURN):
                return NOT_PLAIN
            value, size = begin, end - begin
            if size >= 2 and load_byte(begin) == QUOTE and load_byte(end - 1) == QUOTE:
                whole += 1
                value, size = begin + 1, size - 2
                doubled = types.int64(doubled_quotes(value, size)) if is_careful else types.int64(0)
                if doubled == NOT_PLAIN:
                    return NOT_PLAIN
                if doubled:
                    quotes -= 2 * doubled
                    size = undouble(value, size, undoubled)
                    value, undoubled = undoubled, undoubled + size
            if places[0, column] != 0:
                store_word(places[0, column] + 8 * row, types.uint64(value))
                store_four(places[1, column] + 4 * row, types.uint32(size))
            begin = following
            column, row = (types.int64(0), row + 1) if is_line else (column + 1, row)
    if is_inside or returns != row * has_returns or begin != text + length:
        return NOT_PLAIN
    if quotes != 2 * whole:
        return NOT_PLAIN if is_careful else HAS_DOUBLED
    return row


@part
def ends_in(block: int, left: int, is_inside: int) -> tuple[int, int, int, int, int]:
    """Of a block: line feeds, ends of values, how many quotes (NOT_PLAIN where no plain file has what stands here) and carriage
    returns, and whether a quote is open behind it. So many bytes of the text are left.
    """
    quoted, feeds, returned = bytes_equal(block, QUOTE), bytes_equal(block, FEED), bytes_equal(block, RETURN)
    inside = between_pairs(quoted) ^ is_inside
    nothing = bytes_equal(block, NUL)
    if left < BLOCK:
        nothing &= (types.uint64(1) << types.uint64(left)) - types.uint64(1)
    count = types.int64(bits_set(quoted))
    if nothing | (inside & (feeds | returned)):
        count = types.int64(NOT_PLAIN)
    ends = (bytes_equal(block, COMMA) & ~inside) | feeds
    return feeds, ends, count, types.int64(bits_set(returned)), types.uint64(0) - (inside >> types.uint64(63))


@part
def doubled_quotes(value: int, size: int) -> int:
    """How many pairs of quotes stand in a value; NOT_PLAIN if one stands alone."""
    count = 0
    place = value
    while place < value + size:
        if load_byte(place) == QUOTE:
            place += 1
            if place == value + size or load_byte(place) != QUOTE:
                return NOT_PLAIN
            count += 1
        place += 1
    return count


@part
def undouble(value: int, size: int, out: int) -> int:
    """Write a value with one quote for each pair; its length then."""
    written = 0
    place = 0
    while place < size:
        byte = load_byte(value + place)
        store_byte(out + written, byte)
        written += 1
        place += 2 if byte == QUOTE else 1
    return written
