"""Texts as CSV, as the reference engine writes it: quotes where a value needs them, nothing where there is none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel, part
from mandorla.engines.on_kernels.file_stretches import write_behind
from mandorla.engines.on_kernels.hex_digits import HEX_BYTES, write_hex
from mandorla.engines.on_kernels.memory import copy_bytes, load_byte, store_byte
from mandorla.engines.on_kernels.prepared_values import Laid, Written

# Any: numpy's arrays, whose element types Numba sees.
QUOTE, COMMA, FEED = (types.uint8(ord(one)) for one in '",\n')
# The reference engine quotes what readers may take for a comment, too.
NEEDS_QUOTES = numpy.array([chr(code) in '",\n\r#' for code in range(256)], numpy.uint8)


class CsvText:
    """A CSV file while it is written."""

    def __init__(self, path: Path, names: Sequence[str], _required: Sequence[bool]) -> None:
        self._stream = path.open("wb")
        header = Laid([name.encode() for name in names])
        columns = [
            Written(header.starts[place : place + 1], header.sizes[place : place + 1], None) for place in range(len(names))
        ]
        self._stream.write(self.encoded(columns, numpy.ones(1, numpy.bool_))[1])
        self.rows = 0

    def encoded(self, columns: Sequence[Written], kept: Any) -> tuple[int, Any]:
        """The kept rows of a batch, how many and as text; in any thread."""
        starts = numpy.stack([column.starts[kept] for column in columns])
        sizes = numpy.stack([column.sizes[kept] for column in columns])
        are_digests = numpy.array([column.is_digest for column in columns], numpy.uint8)
        most = 2 * int(numpy.maximum(sizes, 0).sum(dtype=numpy.int64)) + 3 * sizes.size + 8
        text = numpy.empty(most, numpy.uint8)
        return sizes.shape[1], text[: write_lines(starts, sizes, are_digests, text.ctypes.data)]

    def append(self, lines: tuple[int, Any]) -> None:
        """The next rows of the file."""
        self.rows += lines[0]
        write_behind(self._stream, lines[1])

    def close(self) -> None:
        """End the file."""
        self._stream.close()


@kernel
def write_lines(starts: Any, sizes: Any, are_digests: Any, out: int) -> int:
    """Write rows, line by line; the bytes of all."""
    place = out
    for row in range(starts.shape[1]):
        for column in range(starts.shape[0]):
            if column > 0:
                store_byte(place, COMMA)
                place += 1
            size = types.int64(sizes[column, row])
            if size != NULL and are_digests[column]:
                write_hex(starts[column, row], 1, place)
                place += HEX_BYTES
            elif size != NULL:
                place = write_value(starts[column, row], size, place)
        store_byte(place, FEED)
        place += 1
    return place - out


@part
def write_value(text: int, size: int, out: int) -> int:
    """Write a value, in quotes if it needs them; where the next one goes."""
    needs = size == 0
    for place in range(size):
        needs |= NEEDS_QUOTES[load_byte(text + place)] != 0
    if not needs:
        copy_bytes(text, out, size)
        return out + size
    store_byte(out, QUOTE)
    out += 1
    for place in range(size):
        byte = load_byte(text + place)
        if byte == QUOTE:
            store_byte(out, QUOTE)
            out += 1
        store_byte(out, byte)
        out += 1
    store_byte(out, QUOTE)
    return out + 1
