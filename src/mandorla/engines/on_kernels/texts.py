"""A column of texts as two rows of numbers: the address at which each text begins, and its length in bytes, NULL for none.

Texts of a file, of Arrow's buffers and of Python lie side by side so, and no text is copied to be among others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy
import pyarrow

from mandorla.engines.on_kernels.columns import NULL, column_of, text_at
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import compare_bytes
from mandorla.engines.on_kernels.seeded_hash import hash128, words_of_seed

# Any: Arrow's and numpy's arrays, whose element types Numba sees.
TEXT_SLOTS = 4


@dataclass(slots=True)
class Texts:
    """Columns of texts: `starts` and `sizes` have a row of numbers a column; `kept` is what the texts lie in."""

    starts: Any
    sizes: Any
    kept: list[Any] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many texts a column has."""
        return int(self.starts.shape[1])


def no_texts(columns: int, rows: int) -> Texts:
    """Columns to be filled."""
    return Texts(numpy.empty((columns, rows), numpy.int64), numpy.full((columns, rows), NULL, numpy.int32))


def texts_of(arrays: Sequence[pyarrow.Array]) -> Texts:
    """The texts of Arrow's arrays, where they lie."""
    texts = no_texts(len(arrays), len(arrays[0]))
    for number, array in enumerate(arrays):
        column = column_of(array.dictionary_decode() if pyarrow.types.is_dictionary(array.type) else array)
        find_texts(column.described, texts.starts[number], texts.sizes[number])
        texts.kept.append(column)
    return texts


def text_in(texts: Texts, column: int, row: int) -> str | None:
    """One text, as Python has it."""
    size = int(texts.sizes[column, row])
    return None if size == NULL else pyarrow.foreign_buffer(int(texts.starts[column, row]), size).to_pybytes().decode()


@kernel
def find_texts(column: Any, starts: Any, sizes: Any) -> None:
    """Write where the texts of an Arrow column lie."""
    for row in range(starts.size):
        starts[row], sizes[row] = text_at(column, row)


@kernel
def number_texts(starts: Any, sizes: Any, seed: Any, numbers: Any, first_rows: Any) -> int:
    """Give equal texts one number, in the order in which they first stand; how many there are.

    `numbers` learns each row's number, NULL where there is no text, and `first_rows` where each text first stands.
    """
    size = TEXT_SLOTS
    while size < 2 * starts.size:
        size *= 2
    slots = numpy.full(size, NULL, numpy.int64)
    secret = words_of_seed(seed)
    count = 0
    for row in range(starts.size):
        numbers[row] = NULL
        if sizes[row] == NULL:
            continue
        slot = numpy.int64(hash128(starts[row], sizes[row], secret)[0] & numpy.uint64(size - 1))
        while slots[slot] != NULL:
            other = first_rows[slots[slot]]
            if compare_bytes(starts[row], sizes[row], starts[other], sizes[other]) == 0:
                break
            slot = (slot + 1) & (size - 1)
        if slots[slot] == NULL:
            slots[slot], first_rows[count] = count, row
            count += 1
        numbers[row] = slots[slot]
    return count
