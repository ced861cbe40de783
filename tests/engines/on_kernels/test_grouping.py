"""Rows of one id find each other in a bucket, whatever their hashes are, as a dictionary finds them."""

from collections.abc import Callable
from itertools import groupby
from zlib import crc32

import numpy
import pytest

from mandorla.domain.errors import MandorlaError
from mandorla.engines.on_kernels.id_entries import HASH_SHIFT, group_bucket
from mandorla.engines.on_kernels.ids import no_ids, write_id
from mandorla.engines.on_kernels.runs import Bucket

LIMIT = 2
HASHES = {"each its own": crc32, "some share one": len, "all share one": lambda _: 7}


@pytest.mark.parametrize("hash_of", HASHES.values(), ids=HASHES)
@pytest.mark.parametrize(
    "names", ["a", "a b", "a a", "a b a bb b a a bb", "bb b bb b", "a b c d aa bb cc dd aaa bbb ccc a b c"]
)
def test_rows_of_one_id_meet(names: str, hash_of: Callable[[bytes], int]) -> None:
    of_rows = names.split()
    ids = no_ids(len(of_rows))
    texts = [numpy.frombuffer(name.encode(), numpy.uint8) for name in of_rows]
    places = [numpy.empty(len(name) + 2, numpy.uint8) for name in of_rows]
    for row, (text, place) in enumerate(zip(texts, places, strict=True)):
        write_id(text.ctypes.data, text.size, place.ctypes.data)
        ids.addresses[row] = place.ctypes.data
    entries = numpy.array(
        [(hash_of(name.encode()) << HASH_SHIFT) | (row + 1) for row, name in enumerate(of_rows)], numpy.uint64
    )
    entries = entries[::-1].copy()

    slices = numpy.array([(entries.ctypes.data, entries.size)], numpy.int64)
    unique, crowded, surplus = group_bucket(Bucket(slices, entries), ids, LIMIT)

    rows_of = {
        name: [row for _, row in rows]
        for name, rows in groupby(sorted((name, row) for row, name in enumerate(of_rows)), key=lambda one: one[0])
    }
    assert unique == len(rows_of)
    assert crowded == sum(len(rows) > LIMIT for rows in rows_of.values())
    assert sorted(surplus.tolist()) == sorted(row for rows in rows_of.values() for row in rows[LIMIT:])
    firsts = [rows_of[name][0] for name in of_rows]
    assert ids.elsewhere.tolist() == [first + 1 if first != row else 0 for row, first in enumerate(firsts)]


def test_rows_that_no_entry_can_name_are_refused() -> None:
    with pytest.raises(MandorlaError, match="One side has 4,294,967,295 rows, and kernels map 4,294,967,294 at most"):
        no_ids((1 << 32) - 1)
