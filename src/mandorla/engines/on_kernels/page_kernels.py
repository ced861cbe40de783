"""The values of Parquet's pages of text, as Arrow's string views: a length, and the text itself or where it lies in a page.

Nothing that a page says is believed: a kernel that would read or write beyond what is there answers DAMAGED.
"""

from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import INLINE_BYTES, VIEW_BYTES
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.memory import address_of, copy_bytes, load_byte, load_four, load_word, store_four, store_word
from mandorla.engines.on_kernels.page_headers import (
    PAGE_BODY,
    PAGE_ENCODING,
    PAGE_LEVEL_BYTES,
    PAGE_VALUES,
    PLAIN,
    PLAIN_DICTIONARY,
    RLE_DICTIONARY,
)
from mandorla.engines.on_kernels.varints import DAMAGED, read_varint

# Any: numpy's arrays, whose element types Numba sees.
LENGTH_BYTES, INDEX_BYTES = 4, 4
WIDEST_INDEX = 32
MOST_NUMBERS = 1 << 40
# Of eight bytes: the lowest bit of each, another bit of each, and all bits but the highest of each.
EVERY_BYTE, A_BIT_A_BYTE, BELOW_HIGH = (
    numpy.uint64(word) for word in (0x0101010101010101, 0x8040201008040201, 0x7F7F7F7F7F7F7F7F)
)


@kernel
def read_pages(
    pages: Any,
    bodies: Any,
    chunk: int,
    is_optional: bool,
    dictionary: int,
    entries: int,
    plain_before: int,
    is_there: Any,
    values: int,
) -> int:
    """Read data pages one behind the other; DAMAGED, or 0. `pages` are numbers of their headers, `bodies` says where what
    stands behind each one's uncompressed levels begins and ends, and the chunk at its address holds these levels.

    `is_there` learns which rows have a value, `values` are the addresses of views of 16 bytes; `dictionary` is where those of
    so many entries stand, one in any case. If it is zero, all pages are places in a dictionary, and `values` get these, four
    bytes each. Texts of plain pages are numbered from `plain_before` on.
    """
    most = types.int64(0)
    for number in range(pages.shape[0]):
        most = max(most, pages[number, PAGE_VALUES])
    # One more than there can be: a row without a value reads on, and does nothing with it.
    indices = numpy.empty(most + 1, numpy.uint32)
    start = types.int64(0)
    for number in range(pages.shape[0]):
        rows, encoding = pages[number, PAGE_VALUES], pages[number, PAGE_ENCODING]
        there, body, end = is_there[start : start + rows], bodies[number, 0], bodies[number, 1]
        at = body
        if is_optional:
            levels = chunk + pages[number, PAGE_BODY]
            at = find_rows(levels, levels + pages[number, PAGE_LEVEL_BYTES], body, end, there)
        else:
            there[:] = 1
        done = types.int64(DAMAGED)
        if at == DAMAGED:
            return DAMAGED
        if encoding == PLAIN and dictionary != 0:
            done = plain_views(body, at, end, plain_before, there, values + VIEW_BYTES * start)
            plain_before += 1
        elif encoding in (PLAIN_DICTIONARY, RLE_DICTIONARY):
            done = read_indices(at, end, entries, indices[: count_of(there)])
            if done == DAMAGED:
                return DAMAGED
            if dictionary == 0:
                dictionary_places(address_of(indices), there, values + INDEX_BYTES * start)
            else:
                dictionary_views(address_of(indices), there, dictionary, values + VIEW_BYTES * start)
        if done == DAMAGED:
            return DAMAGED
        start += rows
    return 0


@part
def find_rows(levels: int, levels_end: int, at: int, end: int, is_there: Any) -> int:
    """Find which rows of a page have a value; where the values begin, or DAMAGED. If no levels stand before what was
    compressed, they lead that, behind their length."""
    if levels == levels_end:
        if at + LENGTH_BYTES > end:
            return types.int64(DAMAGED)
        levels = at + LENGTH_BYTES
        levels_end = at = levels + types.int64(load_four(at))
    if at > end or read_levels(levels, levels_end, is_there) != is_there.size:
        return types.int64(DAMAGED)
    return types.int64(at)


@part
def count_of(is_there: Any) -> int:
    """How many rows have a value."""
    total = types.int64(0)
    for row in range(is_there.size):
        total += types.int64(is_there[row])
    return total


@part
def read_indices(at: int, end: int, entries: int, indices: Any) -> int:
    """The places in a dictionary of so many entries of the values that are there, led by their width; DAMAGED, or 0."""
    if indices.size == 0:
        return 0
    if at >= end or load_byte(at) > WIDEST_INDEX:
        return DAMAGED
    if read_hybrid(at + 1, end, types.int64(load_byte(at)), indices.size, indices) != indices.size:
        return DAMAGED
    return 0 if indices.max() < entries else DAMAGED


@part
def read_hybrid(at: int, end: int, width: int, count: int, numbers: Any) -> int:
    """Numbers of `width` bits each, in runs of one number or packed in eights; how many there are, at most `count`."""
    done = 0
    number_bytes = (width + 7) >> 3
    mask = (types.uint64(1) << types.uint64(width)) - types.uint64(1)
    while done < count and at < end:
        head, at = read_varint(at, end)
        if at == DAMAGED or head > MOST_NUMBERS:
            return DAMAGED
        if head & 1 == 0:
            if at + number_bytes > end:
                return DAMAGED
            number = types.uint64(0)
            for place in range(number_bytes):
                number |= types.uint64(load_byte(at + place)) << types.uint64(8 * place)
            at += number_bytes
            for place in range(done, min(count, done + (head >> 1))):
                numbers[place] = number
            done = min(count, done + (head >> 1))
            continue
        packed_end = at + (head >> 1) * width
        if packed_end > end:
            return DAMAGED
        wanted = min(count - done, (head >> 1) * 8)
        # Eight bytes at a time, as long as eight are there; a number has at most 32 bits and begins in the first of them.
        for place in range(wanted):
            bit = place * width
            byte = at + (bit >> 3)
            if byte + 8 <= end:
                word = load_word(byte)
            else:
                word = types.uint64(0)
                for rest in range(end - byte):
                    word |= types.uint64(load_byte(byte + rest)) << types.uint64(8 * rest)
            numbers[done + place] = (word >> types.uint64(bit & 7)) & mask
        done += wanted
        at = packed_end
    return done


@part
def read_levels(at: int, end: int, is_there: Any) -> int:
    """Levels of one bit as `read_hybrid` reads them, a byte a row; how many there are, at most as many as rows."""
    done, count, rows = types.int64(0), is_there.size, address_of(is_there)
    while done < count and at < end:
        head, at = read_varint(at, end)
        if at == DAMAGED or head > MOST_NUMBERS:
            return DAMAGED
        if head & 1 == 0:
            if at + 1 > end:
                return DAMAGED
            behind = min(count, done + (head >> 1))
            is_there[done:behind] = load_byte(at) & types.uint8(1)
            done, at = behind, at + 1
            continue
        packed_end = at + (head >> 1)
        if packed_end > end:
            return DAMAGED
        wanted = min(count - done, (head >> 1) * 8)
        # Eight rows at a time: every bit moves to a byte of its own.
        for place in range(wanted >> 3):
            bits = types.uint64(load_byte(at + place)) * EVERY_BYTE & A_BIT_A_BYTE
            store_word(rows + done + 8 * place, ((bits + BELOW_HIGH) >> types.uint64(7)) & EVERY_BYTE)
        for row in range(wanted & ~7, wanted):
            is_there[done + row] = (load_byte(at + (row >> 3)) >> types.uint8(row & 7)) & types.uint8(1)
        done += wanted
        at = packed_end
    return done


@kernel
def plain_texts(at: int, end: int, offsets: Any, text: int) -> int:
    """Copy texts that each stand behind their length one behind the other, and say where each begins; DAMAGED, or 0."""
    written = types.int64(0)
    for place in range(offsets.size - 1):
        offsets[place] = written
        if at + LENGTH_BYTES > end:
            return DAMAGED
        length = types.int64(load_four(at))
        at += LENGTH_BYTES
        if at + length > end:
            return DAMAGED
        copy_bytes(at, text + written, length)
        written += length
        at += length
    offsets[offsets.size - 1] = written
    return 0


@kernel
def plain_views(page: int, at: int, end: int, page_number: int, is_there: Any, views: int) -> int:
    """The views of texts that each stand behind their length, of those rows where one is there; DAMAGED, or 0.

    Which rows have a text, no processor could foretell: one without reads the next one's, and keeps nothing of it.
    """
    there = address_of(is_there)
    for row in range(is_there.size):
        view, is_kept = views + VIEW_BYTES * row, load_byte(there + row)
        if at > end - LENGTH_BYTES - INLINE_BYTES:
            at = view_near_end(page, at, end, page_number, is_kept, view)
            if at == DAMAGED:
                return DAMAGED
            continue
        text, length = at + LENGTH_BYTES, types.int64(load_four(at))
        if is_kept & types.uint8(text + length > end):
            return DAMAGED
        kept = everything_if(is_kept)
        first, second = view_of(text, length, page, page_number)
        store_word(view, first & kept)
        store_word(view + 8, second & kept)
        at += (LENGTH_BYTES + length) & types.int64(kept)
    return 0


@part
def everything_if(is_so: int) -> int:
    """All bits of a word, or none."""
    return types.uint64(0) - types.uint64(is_so)


@part
def view_of(text: int, length: int, page: int, page_number: int) -> tuple[int, int]:
    """The view of a text in a page, behind the first of whose bytes as many can be read as stand in a view."""
    is_long = everything_if(length > INLINE_BYTES)
    in_first, in_second = min(length, 4), min(max(length - 4, 0), 8)
    first = types.uint64(load_four(text)) & ~beyond(in_first)
    second = load_word(text + 4) & ~beyond(in_second)
    place = types.uint64(page_number) | types.uint64(text - page) << types.uint64(32)
    return types.uint64(length) | first << types.uint64(32), (place & is_long) | (second & ~is_long)


@part
def beyond(length: int) -> int:
    """All bits of a word but those of its first bytes, of which there may be eight."""
    return (everything_if(1) << types.uint64(4 * length)) << types.uint64(4 * length)


@part
def view_near_end(page: int, at: int, end: int, page_number: int, is_there: int, view: int) -> int:
    """Write the view of a row's text, if there is one, and read nothing else; where the next text begins, or DAMAGED."""
    if not is_there:
        store_word(view, types.uint64(0))
        store_word(view + 8, types.uint64(0))
        return types.int64(at)
    if at + LENGTH_BYTES > end:
        return types.int64(DAMAGED)
    text, length = at + LENGTH_BYTES, types.int64(load_four(at))
    if text + length > end:
        return types.int64(DAMAGED)
    write_view(text, length, page, page_number, view)
    return text + length


@part
def write_view(text: int, length: int, page: int, page_number: int, view: int) -> None:
    """Write the view of a text in a page."""
    if length > INLINE_BYTES:
        store_four(view, types.uint32(length))
        store_four(view + 4, load_four(text))
        store_four(view + 8, types.uint32(page_number))
        store_four(view + 12, types.uint32(text - page))
        return
    store_word(view, types.uint64(length))
    store_word(view + 8, types.uint64(0))
    copy_bytes(text, view + 4, length)


@part
def dictionary_views(indices: int, is_there: Any, dictionary: int, views: int) -> None:
    """The views of rows whose values are places in a dictionary; at `indices` stand those of the rows that have one.

    Behind these another number stands: a row without a value takes the next one's.
    """
    there = address_of(is_there)
    for row in range(is_there.size):
        is_kept = load_byte(there + row)
        kept, view = everything_if(is_kept), views + VIEW_BYTES * row
        entry = dictionary + VIEW_BYTES * types.int64(types.uint64(load_four(indices)) & kept)
        store_word(view, load_word(entry) & kept)
        store_word(view + 8, load_word(entry + 8) & kept)
        indices += INDEX_BYTES * types.int64(is_kept)


@part
def dictionary_places(indices: int, is_there: Any, places: int) -> None:
    """Give each row the place of its value in a dictionary, 0 where none is there; `indices` as above."""
    there = address_of(is_there)
    for row in range(is_there.size):
        is_kept = load_byte(there + row)
        store_four(places + INDEX_BYTES * row, load_four(indices) & types.uint32(everything_if(is_kept)))
        indices += INDEX_BYTES * types.int64(is_kept)


@kernel
def renumber(views: int, rows: int) -> None:
    """What is left of a page when a batch ends: its texts lie in the first page of the next batch then."""
    for row in range(rows):
        view = views + VIEW_BYTES * row
        if types.int64(load_four(view)) > INLINE_BYTES and load_four(view + 8) != types.uint32(0):
            store_four(view + 8, types.uint32(1))
