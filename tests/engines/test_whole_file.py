"""A file appears whole or not at all; what a killed process left beside it does not stay for ever."""

import os
from pathlib import Path

import pytest

from mandorla.engines.whole_file import SECONDS_UNTIL_LEFT, whole_file


def test_it_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "map.parquet"
    path.write_text("old")
    with whole_file(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["map.parquet"]


def write_half(path: Path) -> None:
    """Write, and break."""
    with whole_file(path) as aside:
        aside.write_text("half")
        raise RuntimeError


def test_an_error_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "map.parquet"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_half(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["map.parquet"]


@pytest.mark.parametrize(
    ("name", "seconds_old", "stays"),
    [
        (".map.parquet.4711.part", SECONDS_UNTIL_LEFT + 60, False),
        (".map.parquet.4711.part", SECONDS_UNTIL_LEFT - 60, True),  # it may still be written
        (".other.parquet.4711.part", SECONDS_UNTIL_LEFT + 60, True),
        (".map.parquet.mine.part", SECONDS_UNTIL_LEFT + 60, True),
        ("map.parquet.4711.part", SECONDS_UNTIL_LEFT + 60, True),
    ],
)
def test_what_a_killed_process_left(tmp_path: Path, name: str, seconds_old: int, stays: bool) -> None:
    left = tmp_path / name
    left.touch()
    written = left.stat().st_mtime - seconds_old
    os.utime(left, (written, written))
    with whole_file(tmp_path / "map.parquet") as aside:
        aside.touch()
    assert left.exists() is stays
