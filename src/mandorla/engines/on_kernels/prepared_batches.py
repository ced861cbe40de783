"""Batches of a preparation: the ids of some rows, their values as they are written, and what is counted of them on the way."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy
from numba import types

from mandorla.engines.on_kernels.columns import NULL
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.fields import SPACE, hex_digit, stripped
from mandorla.engines.on_kernels.memory import load_byte
from mandorla.engines.on_kernels.prepared_values import Regions, ValueColumn, Written
from mandorla.engines.on_kernels.seeded_hash import seeds
from mandorla.engines.on_kernels.texts import Texts, number_texts, text_in
from mandorla.engines.on_kernels.texts_of_files import TextPiece
from mandorla.engines.on_kernels.unique_ids import USABLE, UniqueIds, unique_ids_of
from mandorla.engines.preparer import PreparationTask
from mandorla.normalize.country import REGION

# Any: numpy's arrays, whose element types Numba sees.
# So many different writings of countries are remembered.
REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows on their way: ids, what tells rows apart, values as they are written, and values in which a pattern was found."""

    ids: UniqueIds
    row_hashes: Any
    values: tuple[Written, ...]
    counts: tuple[int, ...]


class BatchReader:
    """Makes batches of texts, in any thread."""

    def __init__(self, task: PreparationTask) -> None:
        columns = task.schema_mapping.column_names
        self._task, self._seed = task, seeds()
        self._id = columns.index(task.schema_mapping.unique_id.field_name)
        self._values = [
            ValueColumn(value, [columns.index(one) for one in value.source.columns], self._seed) for value in task.values
        ]
        country = task.schema_mapping.country
        self._country = None if country is None else columns.index(country.field_name)
        number = task.country_value
        self._again = None if number is None else columns.index(task.values[number].source.columns[0])
        self._counted = [columns.index(column) for column in task.counted.columns]
        self._pattern = re.compile(task.counted.pattern)
        self._region_of, self._region_again = map(lru_cache(REMEMBERED), (self.region_of, self.region_again))

    def read(self, piece: TextPiece) -> list[Batch]:
        """The batches of a piece."""
        return [self.batch_of(texts) for texts in piece.read()]

    def batch_of(self, texts: Texts) -> Batch:
        """The ids and values of some rows."""
        ids = unique_ids_of(texts, self._id, self._seed, self._task.limits.unique_id_length)
        usable = ids.faults == USABLE
        regions = self.regions_of(texts)
        row_hashes = numpy.ones(texts.rows, numpy.uint64)
        values = tuple(column.write(texts, usable, regions, row_hashes) for column in self._values)
        return Batch(ids, row_hashes, values, self.counts_in(texts, regions))

    def regions_of(self, texts: Texts) -> Regions:
        """In which country each row is read, and read again once it is written."""
        codes = [self._task.country]
        columns = dict.fromkeys(one for one in (self._country, self._again) if one is not None)
        numbered = {column: numbered_texts(texts, column, self._seed) for column in columns}
        read = self.places_in(codes, texts, self._country, numbered, self._region_of)
        again = self.places_in(codes, texts, self._again, numbered, self._region_again)
        return Regions(tuple(codes), read, again)

    def places_in(
        self, codes: list[str], texts: Texts, column: int | None, numbered: dict[int, tuple[Any, list[str]]], region: Any
    ) -> Any:
        """For each row the place among the codes of the region that a column names; codes not met so far are added."""
        if column is None:
            return numpy.zeros(texts.rows, numpy.int64)
        numbers, different = numbered[column]
        found = [region(text) for text in different]
        codes += [code for code in dict.fromkeys(found) if code not in codes]
        # The last place is that of rows without a text, whose number is -1.
        assert NULL == -1
        return numpy.array([*map(codes.index, found), 0], numpy.int64)[numbers]

    def region_of(self, text: str) -> str:
        """The country that a text names, or the default."""
        return REGION.reference(text, self._task.country) or self._task.country

    def region_again(self, text: str) -> str:
        """The country that a text names once it is normalized, or the default."""
        number = self._task.country_value
        assert number is not None
        written = self._task.values[number].source.normalizer.reference(text, self._task.country)
        return self._task.country if written is None else self.region_of(written)

    def counts_in(self, texts: Texts, regions: Regions) -> tuple[int, ...]:
        """For each counted column, in how many rows the pattern is found."""
        is_counted = numpy.array([code in self._task.counted.countries for code in regions.codes])[regions.read]
        counts = []
        for column in self._counted:
            rows = candidates(texts.starts[column], texts.sizes[column], is_counted, self._task.counted.unless_digits)
            found = (self._pattern.fullmatch(stripped(text_in(texts, column, row) or "")) for row in rows)
            counts.append(sum(one is not None for one in found))
        return tuple(counts)


def numbered_texts(texts: Texts, column: int, seed: Any) -> tuple[Any, list[str]]:
    """Each row's number of its text, and the texts by their numbers."""
    numbers, first_rows = (numpy.empty(texts.rows, numpy.int64) for _ in range(2))
    count = number_texts(texts.starts[column], texts.sizes[column], seed, numbers, first_rows)
    return numbers, [text_in(texts, column, row) or "" for row in first_rows[:count].tolist()]


@kernel
def begin_with_digits(starts: Any, sizes: Any, digits: int, chosen: Any) -> None:
    """Choose no row whose text begins with so many digits, spaces before them left out."""
    for row in range(starts.size):
        text, end = starts[row], starts[row] + types.int64(sizes[row])
        if not chosen[row] or sizes[row] <= 0:
            chosen[row] = 0
            continue
        while text < end and load_byte(text) == SPACE:
            text += 1
        place = text
        while place < end and place < text + digits and hex_digit(load_byte(place)) < types.uint64(10):
            place += 1
        chosen[row] = place < text + digits


def candidates(starts: Any, sizes: Any, is_counted: Any, digits: int) -> list[int]:
    """The rows in which something may be found: not those whose text begins with so many digits, as most do."""
    chosen = is_counted.astype(numpy.uint8)
    begin_with_digits(starts, sizes, digits, chosen)
    return list(numpy.flatnonzero(chosen).tolist())
