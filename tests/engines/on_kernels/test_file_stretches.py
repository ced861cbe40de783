"""Stretches of files: what was written is read, and never much is written at once."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy
import pytest

from mandorla.engines.on_kernels.file_stretches import WRITTEN_AT_ONCE, read_whole, write_behind, write_whole

SIZES = [0, 1, WRITTEN_AT_ONCE, 3 * WRITTEN_AT_ONCE + 5]
PLACE = 7


def drawn(size: int) -> Any:
    """So many bytes, the same each time."""
    return numpy.random.default_rng(size).integers(0, 256, size, dtype=numpy.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read(size: int, tmp_path: Path) -> None:
    handle = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    try:
        write_whole(handle, drawn(size), PLACE)
        into = numpy.empty(size, numpy.uint8)
        read_whole(handle, into, PLACE)
        assert (into == drawn(size)).all()
        assert os.fstat(handle).st_size == (size + PLACE if size else 0)
    finally:
        os.close(handle)


def test_words_are_written_as_they_lie(tmp_path: Path) -> None:
    words = numpy.arange(5, dtype=numpy.uint64)
    with (tmp_path / "file").open("wb") as file:
        write_whole(file.fileno(), words, 0)
    assert (tmp_path / "file").read_bytes() == words.tobytes()


@pytest.mark.parametrize("size", SIZES)
def test_bytes_follow_each_other(size: int) -> None:
    stream = BytesIO()
    for _ in range(2):
        write_behind(stream, drawn(size))
    assert stream.getvalue() == 2 * drawn(size).tobytes()


def test_never_much_is_written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(os, "pwrite", lambda _, content, __: written.append(len(content)) or len(content))
    write_whole(-1, drawn(SIZES[-1]), 0)
    assert sum(written) == SIZES[-1]
    assert max(written) <= WRITTEN_AT_ONCE


def test_a_file_that_became_shorter_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"short")
    with (tmp_path / "file").open("rb") as file, pytest.raises(AssertionError, match="shorter"):
        read_whole(file.fileno(), numpy.empty(6, numpy.uint8), 0)
