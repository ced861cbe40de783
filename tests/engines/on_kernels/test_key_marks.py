"""The target's keys that no key of the source meets are left out; all others stay."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import pytest

from mandorla.engines.on_kernels.key_marks import marks_for
from mandorla.engines.on_kernels.runs import Memory, Runs
from tests.engines.on_kernels.entries import entries_at, random_entries

ENTRIES = 100_000
THREADS = 4


def entries_of(runs: Runs) -> Any:
    """All entries, bucket by bucket."""
    found = []
    for bucket in runs.buckets(range(1 << runs.bits)):
        for address, count in bucket.slices.tolist():
            found.append(entries_at(address, count))
    return numpy.concatenate(found)


@pytest.mark.parametrize("memory", [None, 0], ids=["in memory", "in a file"])
@pytest.mark.parametrize("bits", [0, 5])
def test_keys_that_meet_none_are_left_out(bits: int, memory: int | None, tmp_path: Path) -> None:
    draw = numpy.random.default_rng(7)
    source, other = (random_entries(draw, ENTRIES) for _ in range(2))
    marks = marks_for(bits, ENTRIES)
    room = None if memory is None else Memory(memory)
    sources, targets = Runs(bits, tmp_path / "s", room, marks=marks), Runs(bits, tmp_path / "t", room, wanted=marks)
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(sources.add, numpy.array_split(source, THREADS)):
            pass
    targets.add(numpy.concatenate((other, source)))
    assert len(entries_of(sources)) == ENTRIES
    kept_sources, kept = ({tuple(entry) for entry in entries_of(side).tolist()} for side in (sources, targets))
    assert kept_sources == {tuple(entry) for entry in source.tolist()}
    assert kept >= kept_sources
    assert len(kept) < ENTRIES * 1.3
