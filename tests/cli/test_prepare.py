"""mandorla prepare as a shell runs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.heavy_modules import heavy_modules
from tests.match.tables import schema, write

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small table with a bad row, and its schema."""
    write(tmp_path / "people.csv", FIELDS, [["1", "Ann@Example.com"], ["", "secret@example.com"], ["3", "bob@example"]])
    (tmp_path / "schema.json").write_text(json.dumps(schema(FIELDS)))
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mandorla", "prepare", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_json_is_the_report_and_nothing_else_is_printed(folder: Path) -> None:
    done = run(folder, "people.csv", "--schema", "schema.json", "--output", "out", "--hash", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document == json.loads((folder / "out" / "report.json").read_text())
    assert (document["rowsRead"], document["rowsRejected"], document["rowsWritten"]) == (3, 1, 2)
    assert document["rejectedRows"] == [{"reason": "no unique id", "rows": 1}]
    assert document["columns"][1]["hashed"] is True


def test_people_get_a_table_and_the_places(folder: Path) -> None:
    done = run(folder, "people.csv", "--schema", "schema.json", "--output", "out", "--format", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 rows of 2 unique ids, from 3 read" in done.stdout
    assert "identity.csv" in done.stdout
    assert "secret" not in done.stdout
    assert "ann@" not in done.stdout.lower()


def test_kernels_prepare_plain_files_without_what_writes_sql(folder: Path) -> None:
    arguments = ("prepare", "people.csv", "--schema", "schema.json", "--output", "out", "--engine", "kernels", "--json")
    assert heavy_modules(folder, *arguments) == ["numba"]
    assert json.loads((folder / "out" / "report.json").read_text())["rowsWritten"] == 2


def test_every_option_at_once(folder: Path) -> None:
    done = run(
        folder, "people.csv", "people.csv", "--schema", "schema.json", "--output", "out", "--format", "parquet", "--profile",
        "entity-resolution", "--country", "GB", "--collapse", "--engine", "duckdb", "--report", "page.html",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (folder / "page.html").is_file()
    assert (folder / "out" / "data" / "identity.parquet").is_file()


def test_a_refused_file_is_exit_code_1_and_one_line(folder: Path) -> None:
    (folder / "people.csv").write_text("id;email\n1;a@b.c\n")
    done = run(folder, "people.csv", "--schema", "schema.json", "--output", "out")
    assert done.returncode == 1
    assert done.stderr.startswith("DELIMITER  people.csv")
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / "out").exists()


@pytest.mark.parametrize("arguments", [("people.csv",), ("people.csv", "--output", "out", "--format", "xml"),
                                       ("people.csv", "--output", "out", "--engine", "spark")])  # fmt: skip
def test_bad_use_is_exit_code_2(arguments: tuple[str, ...], folder: Path) -> None:
    assert run(folder, *arguments).returncode == 2
    assert not (folder / "out").exists()


def test_help_has_an_example(folder: Path) -> None:
    assert "mandorla prepare customers.csv" in " ".join(run(folder, "--help").stdout.split())
