"""The parts of the kernel engine, each held to what Python or Arrow says of the same data."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import pyarrow
import pytest
from hypothesis import given, settings, strategies

from mandorla.engines.on_kernels.columns import column_of, text_at
from mandorla.engines.on_kernels.fields import NOTHING_DIGESTED, parts_in_hex
from mandorla.engines.on_kernels.id_entries import surplus_of
from mandorla.engines.on_kernels.ids import compare_ids, no_ids, read_ids, texts_of
from mandorla.engines.on_kernels.mapper import bytes_of
from mandorla.engines.on_kernels.ordering import byte_order, parted, picked
from mandorla.engines.on_kernels.parallel import stretches
from mandorla.engines.on_kernels.runs import SLAB_BYTES, Memory, Runs
from mandorla.engines.on_kernels.seeded_hash import hash_of_text, seeds
from tests.engines.on_kernels.entries import entries_at, random_entries

IDS = strategies.text(strategies.sampled_from("ab\x00é~"), min_size=1, max_size=30).filter(lambda text: text.strip() == text)
LAYOUTS = [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view()]


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_texts_are_found_in_every_layout(layout: pyarrow.DataType) -> None:
    texts = ["first", "", None, "twelve chars", "thirteen char", "a text that no view holds inline", None, "é"]
    array = pyarrow.array(texts, layout)[1:]
    column = column_of(array)
    found = [text_at(column.described, row) for row in range(len(array))]
    assert [length for _, length in found] == [-1 if text is None else len(text.encode()) for text in texts[1:]]


@settings(deadline=None)  # the first call compiles
@given(strategies.lists(IDS, unique=True))
def test_ids_are_ordered_by_their_bytes(texts: list[str]) -> None:
    ids = no_ids(len(texts))
    addresses = read_ids(ids, pyarrow.array(texts, pyarrow.string()), 0, numpy.zeros(0, numpy.uint8), 257)
    assert texts_of(addresses[byte_order(addresses, 0)]).to_pylist() == sorted(texts, key=str.encode)


@settings(deadline=None)  # the first call compiles
@given(strategies.lists(IDS, unique=True), strategies.integers(1, 9), strategies.integers(1, 9))
def test_parts_of_ids_stand_one_behind_the_other(texts: list[str], rows_at_once: int, ids_per_part: int) -> None:
    ids = no_ids(len(texts))
    read_ids(ids, pyarrow.array(texts, pyarrow.string()), 0, numpy.zeros(0, numpy.uint8), 257)
    rows = [numpy.arange(one.start, one.stop) for one in stretches(len(texts), rows_at_once)]
    with ThreadPoolExecutor(2) as pool:
        parts, depth = parted(pool, rows, ids.addresses, ids_per_part)
    in_order = [part[byte_order(picked(ids.addresses, part), depth)] for part in parts]
    assert [texts[row] for part in in_order for row in part.tolist()] == sorted(texts, key=str.encode)
    assert all(len(part) for part in parts)


@settings(deadline=None)  # the first call compiles
@given(IDS, IDS)
def test_ids_compare_as_their_bytes(left: str, right: str) -> None:
    addresses = read_ids(no_ids(2), array := pyarrow.array([left, right]), 0, numpy.zeros(0, numpy.uint8), 257)
    compared = compare_ids(int(addresses[0]), int(addresses[1]))
    assert (compared > 0) - (compared < 0) == (left.encode() > right.encode()) - (left.encode() < right.encode())
    assert len(array) == 2


@settings(deadline=None)  # the first call compiles
@given(strategies.binary(max_size=70), strategies.binary(max_size=70))
def test_a_hash_is_of_the_text_alone(left: bytes, right: bytes) -> None:
    seed = seeds()
    # What stands behind a text in memory is nobody's business.
    kept = [
        numpy.frombuffer(text + behind, numpy.uint8) for text, behind in ((left, b"x" * 9), (left, b"y" * 9), (right, b"x" * 9))
    ]
    words = [hash_of_text(memory.ctypes.data, memory.size - 9, seed) for memory in kept]
    assert words[0] == words[1]
    assert (words[0] == words[2]) == (left == right)
    assert words[0][0] != 0


def test_who_brings_digests_does_not_choose_their_buckets() -> None:
    alike = pyarrow.array([f"{0:016x}{number:016x}{0:032x}" for number in range(1, 1001)])
    column, parts, asked = column_of(alike), numpy.empty((2, len(alike)), numpy.uint64), numpy.empty(len(alike), numpy.int64)
    matrix = column.described[numpy.newaxis]
    assert parts_in_hex(matrix, NOTHING_DIGESTED, seeds(), parts[0], parts[1], asked) == 0
    assert len(numpy.unique(parts[0] >> numpy.uint64(56))) > 200
    assert len(numpy.unique(parts[0])) == len(alike)


@pytest.mark.parametrize("bits", [0, 3])
@pytest.mark.parametrize("left", [None, 0, SLAB_BYTES], ids=["in memory", "in a file", "in both"])
def test_runs_give_back_what_was_added(tmp_path: Path, bits: int, left: int | None) -> None:
    entries = random_entries(numpy.random.default_rng(7), 999)
    memory = None if left is None else Memory(left)
    for _ in range(2):
        runs = Runs(bits, tmp_path / "runs", memory)
        for part in (entries[:400], entries[:0], entries[400:]):
            runs.add(numpy.ascontiguousarray(part))
        found = set()
        for number, bucket in enumerate(runs.buckets(range(1 << bits))):
            for address, count in bucket.slices.tolist():
                for row in entries_at(address, count).tolist():
                    assert row[0] >> (64 - bits) == number if bits else True
                    found.add(tuple(row))
        assert found == {tuple(row) for row in entries.tolist()}
        assert (tmp_path / "runs").exists() == (left is not None)
        runs.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("pairs", "limit", "surplus"),
    [([], 2, []), ([[3, 9], [3, 3], [4, 4], [3, 5]], 2, [9]), ([[1, 1], [1, 2], [1, 3]], 1, [2, 3])],
)
def test_rows_beyond_the_limit_are_the_last_ones(pairs: list[list[int]], limit: int, surplus: list[int]) -> None:
    assert surplus_of(numpy.array(pairs, numpy.int64).reshape(-1, 2), limit).tolist() == surplus


@pytest.mark.parametrize(
    ("text", "size"), [("4GB", 4_000_000_000), ("512 MiB", 512 << 20), ("1.5kb", 1500), ("100B", 100), ("7", 7)]
)
def test_memory_is_read_as_duckdb_reads_it(text: str, size: int) -> None:
    assert bytes_of(text) == size
