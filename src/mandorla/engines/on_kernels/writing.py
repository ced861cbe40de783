"""The mapping as a file: source ids in byte order, each with its target id and its rule."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy

from mandorla.engines.on_kernels.csv_text import CsvText
from mandorla.engines.on_kernels.ids import LENGTH_BYTES, Ids, lengths_of
from mandorla.engines.on_kernels.joining import NOBODY
from mandorla.engines.on_kernels.keys import ROW_MASK, RULE_SHIFT
from mandorla.engines.on_kernels.ordering import byte_order, parted, picked
from mandorla.engines.on_kernels.parallel import in_turn, stretches
from mandorla.engines.on_kernels.parquet_pages import ParquetPages
from mandorla.engines.on_kernels.prepared_values import Laid, Written
from mandorla.engines.on_kernels.repeated_values import Repeated
from mandorla.engines.whole_file import whole_file

# Any: numpy's arrays, whose element types Numba sees.
SOURCE_ID = "source_id"
COLUMNS = (SOURCE_ID, "target_id", "rule")
ROWS_AT_ONCE = 1 << 20
# What stands for so many ids stays in a core's caches while they are sorted and written.
IDS_AT_ONCE, BATCHES_AHEAD = 1 << 16, 8


def write_mapping(
    pool: ThreadPoolExecutor, best: Any, sources: Ids, targets: Ids, rule_names: Mapping[int, str], output: Path
) -> dict[int, int]:
    """Write the mapping beside its place, then rename; how many source ids each rule mapped, by the rule's number."""
    rules = RuleNames(rule_names)
    mapped = list(pool.map(partial(mapped_rows, best), stretches(best.size, ROWS_AT_ONCE)))
    parts, depth = parted(pool, mapped, sources.addresses, IDS_AT_ONCE)
    with whole_file(output) as aside, closing(writer_of(aside, output.suffix.lower())) as writer:

        def encoded(rows: Any) -> tuple[Any, Any]:
            ids, chosen = picked(sources.addresses, rows), picked(best, rows)
            order = byte_order(ids, depth)
            ids, chosen = picked(ids, order), picked(chosen, order)
            target_ids = picked(targets.addresses, (chosen & numpy.uint64(ROW_MASK)).astype(numpy.int64))
            places = rules.places_of(chosen >> numpy.uint64(RULE_SHIFT))
            columns = [written(ids), written(target_ids), rules.written(places)]
            return writer.encoded(columns, numpy.ones(rows.size, numpy.bool_)), rules.counts_of(places)

        counts = rules.counts_of(numpy.zeros(0, numpy.int64))
        for lines, counts_of_lines in in_turn(pool, encoded, parts, ahead=BATCHES_AHEAD):
            writer.append(lines)
            counts += counts_of_lines
    return {number: count for number, count in zip(rules.numbers.tolist(), counts.tolist(), strict=True) if count}


class RuleNames:
    """The names of rules as a column of texts. A rule's place is that of its number among the numbers of all."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.numbers = numpy.array(sorted(names), numpy.uint64)
        self._names = Laid([names[number].encode() for number in sorted(names)])

    def places_of(self, numbers: Any) -> Any:
        """The places of rules."""
        return numpy.searchsorted(self.numbers, numbers)

    def counts_of(self, places: Any) -> Any:
        """How often each place occurs."""
        return numpy.bincount(places, minlength=len(self.numbers))

    def written(self, places: Any) -> Written:
        """The names of the rules at places."""
        starts, sizes = self._names.starts, self._names.sizes
        return Written(starts[places], sizes[places], None, repeated=Repeated(places, starts, sizes))


def mapped_rows(best: Any, rows: range) -> Any:
    """Those of some rows that are mapped."""
    return rows.start + numpy.flatnonzero(best[rows.start : rows.stop] != numpy.uint64(NOBODY))


def writer_of(path: Path, suffix: str) -> Any:
    """What writes the mapping: Parquet as every engine writes it, or CSV for a file called so."""
    required = [True] * len(COLUMNS)
    if suffix == ".csv":
        return CsvText(path, COLUMNS, required)
    # Only source ids are in order, so only of them a reader learns something from the least and the greatest.
    return ParquetPages(path, COLUMNS, required, in_order={SOURCE_ID})


def written(addresses: Any) -> Written:
    """The ids at addresses as a column of texts."""
    return Written(addresses.astype(numpy.int64) + LENGTH_BYTES, lengths_of(addresses), None)
