"""The benchmarks run, and their contenders agree with our match row for row."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
ROWS = 3000


def printed(script: str, *arguments: str) -> str:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def cells(report: str) -> list[list[str]]:
    lines = [line for line in report.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.fixture(scope="module")
def contenders() -> list[str]:
    return ["kernels", "duckdb", "naive", "best", *(["splink"] if importlib.util.find_spec("splink") else [])]


def test_all_contenders_make_the_same_mapping(tmp_path: Path, contenders: list[str]) -> None:
    markdown = tmp_path / "table.md"
    report = printed(
        "match_peers.py",
        *("--rows", str(ROWS), "--repeat", "1", "--contenders", ",".join(contenders), "--markdown", str(markdown)),
    )
    lines = [line for line in cells(report) if len(line) == 8]
    assert len(lines) == len(contenders)
    assert [line[-1] for line in lines] == ["0"] * len(contenders), report
    assert len({line[-2] for line in lines}) == 1
    assert markdown.read_text() == report
    stages = [line for line in cells(report) if len(line) == 6]
    assert [line[0].split(",")[0] for line in stages[1:]] == ["decode", "normalize", "join", "sort and write"]
    assert "times as fast as the best SQL" in report


def test_a_contender_that_takes_too_long_is_said_to() -> None:
    report = printed("match_peers.py", "--rows", "2000", "--contenders", "naive", "--timeout", "0.01")
    [line] = cells(report)
    assert "not done in" in line[2]


def test_the_memory_limit_is_held() -> None:
    assert "peak RSS" in printed("memory_bound.py", "--rows", "1000")
    with pytest.raises(subprocess.CalledProcessError):
        printed("memory_bound.py", "--rows", "1000", "--limit-gb", "0.001")
