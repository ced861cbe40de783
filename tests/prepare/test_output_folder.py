"""The output appears whole or not at all, whatever happens on the way, and replaces nothing but an earlier preparation."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.engines.on_duckdb import DuckDBEngine
from mandorla.engines.scratch import Scratch
from mandorla.engines.synthetic_people import write_people
from tests.match.tables import schema, write
from tests.prepare.prepared import column, prepared

pytestmark = pytest.mark.usefixtures("preparing_engine")

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")


def test_an_earlier_preparation_is_replaced_even_by_one_of_its_own_data(tmp_path: Path) -> None:
    prepared(tmp_path, FIELDS, [["1", "a@b.c"], ["2", "b@b.c"]])
    result = prepared(tmp_path, FIELDS, [["3", "c@b.c"]])
    assert column(result, "id") == ["3"]
    result = mandorla.prepare(
        result.locations[0].data, schema=result.locations[0].schema_payload, output=tmp_path / "out", file_format="csv"
    )
    assert column(result, "id") == ["3"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw.csv"]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"tool": "other"}', "no JSON"])
def test_a_folder_with_other_things_is_refused_and_left_alone(content: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.json").write_text(content)
    with pytest.raises(InvalidInputError, match="OUTPUT_EXISTS"):
        prepared(tmp_path, FIELDS, [["1", "a@b.c"]])
    assert (tmp_path / "out" / "report.json").read_text() == content


def test_a_refusal_on_the_way_leaves_an_earlier_output_as_it_was(tmp_path: Path) -> None:
    prepared(tmp_path, FIELDS, [["1", "a@b.c"]])
    before = (tmp_path / "out" / "report.json").read_text()
    (tmp_path / "raw.csv").write_text('id,email\n1,"a@b.c\n')
    with pytest.raises(InvalidInputError, match="QUOTE_UNCLOSED"):
        mandorla.prepare(tmp_path / "raw.csv", schema=schema(FIELDS), output=tmp_path / "out")
    assert (tmp_path / "out" / "report.json").read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "raw.csv"]


def test_the_page_goes_where_it_is_wanted(tmp_path: Path) -> None:
    result = prepared(tmp_path, FIELDS, [["1", "a@b.c"]], report=tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
    assert result.report == str(tmp_path / "page.html")
    assert not (tmp_path / "out" / "report.html").exists()
    with pytest.raises(InvalidInputError, match="FOLDER_MISSING"):
        prepared(tmp_path, FIELDS, [["1", "a@b.c"]], report=tmp_path / "nowhere" / "page.html")


def test_a_run_that_is_killed_leaves_no_output_and_the_next_one_tidies_up(tmp_path: Path, preparing_engine: str) -> None:
    people = write_people(tmp_path / "people", source_rows=150_000, target_rows=10, file_format="csv")
    output = tmp_path / "work" / "out"
    output.parent.mkdir()
    command = [sys.executable, "-m", "mandorla", "prepare", str(people.source), "--schema", str(people.source_schema)]
    spill = tmp_path / "spill"
    spill.mkdir()
    running = subprocess.Popen(
        [*command, "--output", str(output), "--engine", preparing_engine],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(spill)},
    )
    deadline = time.monotonic() + 60
    # Once there is data beside the output, the run is in the middle of writing it.
    while not list(output.parent.glob(".out.*.part/data")) and time.monotonic() < deadline:
        assert running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not output.exists()
    left = list(spill.iterdir())
    assert len(left) == 1 or preparing_engine == "kernels", "only the engine puts rows aside"
    (output.parent / ".mine.1.part").mkdir()
    (output.parent / ".mine.1.part" / "diary.txt").touch()
    write(tmp_path / "raw.csv", FIELDS, [["1", "a@b.c"]])
    mandorla.prepare(tmp_path / "raw.csv", schema=schema(FIELDS), output=output.parent / "other")
    assert sorted(path.name for path in output.parent.iterdir()) == [".mine.1.part", "other"]
    assert json.loads((output.parent / "other" / "report.json").read_text())["rowsWritten"] == 1
    # Gigabytes that the engine had put aside are gone too; who still runs keeps what it has.
    with Scratch(spill) as other:
        assert [path.name for path in spill.iterdir()] == [other.path.name]
        DuckDBEngine(folder=spill).close()
        assert other.path.is_dir()
    assert not any(one.exists() for one in left)
    assert list(spill.iterdir()) == []
