"""One side of a mapping, read to its end: the ids of its rows, and the entries of all its keys in buckets."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy
import pyarrow

from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.mapper import SourceTable
from mandorla.engines.on_kernels.columns import column_of_indices
from mandorla.engines.on_kernels.fields import RowCountries, read_parts, stripped, take_places
from mandorla.engines.on_kernels.id_entries import scatter_ids
from mandorla.engines.on_kernels.ids import Ids, read_ids
from mandorla.engines.on_kernels.keys import MOST_RULES, RULE_SHIFT
from mandorla.engines.on_kernels.parallel import in_parallel
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, Piece
from mandorla.engines.on_kernels.runs import Runs, Writer
from mandorla.engines.on_kernels.scattering import scatter_keys
from mandorla.match.compile import MatchingModel
from mandorla.match.keys import KeyField
from mandorla.match.plan import CompiledRule, KeyTable
from mandorla.normalize.country import REGION

# Any: Arrow's and numpy's arrays, whose element types Numba sees.


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A key of every row of a table: the fields that make it, the rule's number, and what keeps comparisons apart."""

    fields: tuple[KeyField, ...]
    rule_number: int
    salt: int


@dataclass(slots=True, kw_only=True)
class BatchReader:
    """Reads what batches of a side say; `keys` are what each table's rows are asked for."""

    mappings: Sequence[SchemaMapping]
    keys: Sequence[Sequence[Wanted]]
    model: MatchingModel
    seed: Any
    _regions: dict[str, str] = field(default_factory=dict)

    def ids_of(self, ids: Ids, table: int, batch: pyarrow.RecordBatch, first_row: int, marks: Any) -> Any:
        """Take in the ids of a batch, and give their addresses, zero for rows that do not count."""
        column = batch.column(self.mappings[table].unique_id.field_name)
        return read_ids(ids, column, first_row, marks, self.model.limits.unique_id_length)

    def marks_of(self, table: int, batch: pyarrow.RecordBatch) -> Any:
        """Which rows the DELETE column marks; empty where no row is."""
        return deletion_marks(self.mappings[table], batch)

    def parts_of(
        self, table: int, batch: pyarrow.RecordBatch, room: Callable[[int, int], Any]
    ) -> tuple[Any, Iterator[tuple["Wanted", Any]]]:
        """What stands for the values of a batch, in the `room` for so many fields and rows, and of which each key is made.

        Values are read when the first key of them is asked for: whoever writes it at once finds them near.
        """
        fields = list(dict.fromkeys(field for wanted in self.keys[table] for field in wanted.fields))
        parts = room(len(fields), batch.num_rows)

        def placed() -> Iterator[tuple["Wanted", Any]]:
            countries = self.countries_of(self.mappings[table], batch)
            read = 0
            for wanted in self.keys[table]:
                places = [fields.index(one) for one in wanted.fields]
                # Fields are numbered in the order in which keys name them.
                for place in range(read, max(places) + 1):
                    columns = [batch.column(name) for name in fields[place].columns]
                    read_parts(fields[place], columns, countries, self.seed, parts[place])
                read = max(read, max(places) + 1)
                yield wanted, numpy.array(places, numpy.int64)

        return parts, placed()

    def countries_of(self, mapping: SchemaMapping, batch: pyarrow.RecordBatch) -> RowCountries:
        """In which country each row of a batch is read."""
        default = self.model.country
        if mapping.country is None:
            return RowCountries((default,), numpy.zeros(1, numpy.int64))
        column = batch.column(mapping.country.field_name)
        if not pyarrow.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        written = column.dictionary.to_pylist()
        regions = [default, *(self.region_of(text) if text is not None else default for text in written)]
        codes = tuple(dict.fromkeys(regions))
        places = numpy.array([codes.index(region) for region in regions], numpy.int64)
        if len(codes) == 1:
            return RowCountries(codes, places[:1])
        of_rows = numpy.empty(len(column), numpy.int64)
        take_places(column_of_indices(column).described, places, of_rows)
        return RowCountries(codes, of_rows)

    def region_of(self, written: str) -> str:
        """The country that a text names, or the default; each writing is looked at once."""
        if written not in self._regions:
            self._regions[written] = REGION.reference(written, self.model.country) or self.model.country
        return self._regions[written]


@dataclass(slots=True, kw_only=True)
class SideReader:
    """Reads the batches of a side into entries of ids and of keys."""

    batches: BatchReader
    ids: Ids
    id_runs: Runs
    key_runs: Runs
    _unfinished: list["Gathering"] = field(default_factory=list)

    def read(self, piece: Piece) -> tuple[int, int]:
        """Take in a piece; how many of its rows count, and how many are marked as deleted."""
        counted = deleted = 0
        first_row = piece.first_row
        # A thread goes on filling what another has left: of each bucket little room stays free.
        gathering = self._unfinished.pop() if self._unfinished else Gathering(Writer(self.id_runs), Writer(self.key_runs))
        for batch in piece.batches(ROWS_PER_BATCH):
            marks = self.batches.marks_of(piece.table, batch)
            counted += self.read_batch(piece.table, batch, first_row, marks, gathering)
            deleted += int(marks.sum())
            first_row += batch.num_rows
        self._unfinished.append(gathering)
        return counted, deleted

    def finish(self, pool: ThreadPoolExecutor) -> None:
        """Hand over all that was gathered."""
        for _ in in_parallel(pool, Gathering.finish, self._unfinished):
            pass
        self._unfinished.clear()

    def read_batch(self, table: int, batch: pyarrow.RecordBatch, first_row: int, marks: Any, gathering: "Gathering") -> int:
        """Gather the ids and the keys of a batch; how many of its rows count."""
        rows, seed = batch.num_rows, self.batches.seed
        addresses = self.batches.ids_of(self.ids, table, batch, first_row, marks)
        gathering.ids.write(rows, partial(scatter_ids, addresses, seed, first_row))
        parts, placed = self.batches.parts_of(table, batch, gathering.parts_for)
        for wanted, places in placed:
            value = (wanted.rule_number << RULE_SHIFT) | first_row
            keys = partial(scatter_keys, parts, places, addresses, seed, wanted.salt, value, self.key_runs.wanted)
            gathering.keys.write(rows, keys)
        return int(numpy.count_nonzero(addresses))


@dataclass(slots=True)
class Gathering:
    """Where a thread writes entries of ids and of keys, and its room for what stands for the values of a batch."""

    ids: Writer
    keys: Writer
    parts: Any = field(default_factory=lambda: numpy.empty(0, numpy.uint64))

    def finish(self) -> None:
        """Hand over both."""
        self.ids.finish()
        self.keys.finish()

    def parts_for(self, fields: int, rows: int) -> Any:
        """Room for so many fields and rows, the same for every batch."""
        words = 2 * fields * rows
        if words > self.parts.size:
            self.parts = numpy.empty(words, numpy.uint64)
        return self.parts[:words].reshape(fields, 2, rows)


def needed_columns(mapping: SchemaMapping, keys: Sequence[Wanted]) -> list[str]:
    """The columns of a table that its keys are made of, and those that say whose rows they are."""
    fields = (mapping.unique_id, mapping.deletion_mark, mapping.country)
    needed = {one.field_name for one in fields if one is not None}
    needed.update(name for wanted in keys for one in wanted.fields for name in one.columns)
    return [name for name in mapping.column_names if name in needed]


def deletion_marks(mapping: SchemaMapping, batch: pyarrow.RecordBatch) -> Any:
    """Which rows the DELETE column marks; empty where no row is."""
    if mapping.deletion_mark is None:
        return numpy.zeros(0, numpy.uint8)
    column = batch.column(mapping.deletion_mark.field_name)
    texts = column.dictionary_decode() if pyarrow.types.is_dictionary(column.type) else column
    marked = [text is not None and stripped(text).lower() == "true" for text in texts.to_pylist()]
    return numpy.array(marked, numpy.uint8)


def mappings_of(tables: Sequence[SourceTable]) -> list[SchemaMapping]:
    """The schema mappings of a side's tables."""
    return [table.schema_mapping for table in tables]


def wanted_keys(rules: Sequence[CompiledRule], side: str, tables: Sequence[KeyTable]) -> list[list[Wanted]]:
    """What each table of a side ("sources" or "targets") is asked for."""
    found: list[list[Wanted]] = [[] for _ in tables]
    for rule in rules:
        assert rule.number <= MOST_RULES, "an entry has one byte for the rule's number"
        for number, comparison in enumerate(rule.comparisons):
            for table, combination in getattr(comparison, side):
                salt = (rule.number << 32) | number
                found[tables.index(table)].append(Wanted(fields=combination, rule_number=rule.number, salt=salt))
    return found
