"""Memory stays bounded, whatever the size of the files."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mandorla.engines.synthetic_people import write_people

PROGRAM = """
import json, resource, sys
import mandorla
result = mandorla.prepare(sys.argv[1], schema=sys.argv[2], output=sys.argv[3], hash=True, collapse="collapse" in sys.argv)
print(json.dumps([result.counts.rows_read, result.counts.rows_written,
                  resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2]))
"""


@pytest.mark.large
@pytest.mark.parametrize("option", ["", "collapse"])
def test_five_million_rows_in_bounded_memory(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 2 GB for the engine, the process stays below 3.5 GB; the file has 0.7 GB, its staged columns more than memory."""
    monkeypatch.setenv("MANDORLA_MEMORY_LIMIT", "2GB")
    people = write_people(tmp_path, source_rows=5_000_000, target_rows=10, file_format="csv")
    command = [sys.executable, "-c", PROGRAM, str(people.source), str(people.source_schema), str(tmp_path / "out"), option]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read, written, gigabytes = json.loads(done.stdout)
    assert read == 5_000_000
    assert 0 < written <= read
    assert gigabytes < 3.5, f"{gigabytes:.2f} GB"
