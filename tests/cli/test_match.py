"""mandorla match as a shell runs it: what it prints, what it leaves behind, and how it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from tests.cli.heavy_modules import heavy_modules
from tests.match.tables import mapping_of, schema, write

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small tables, their schemas and one rule."""
    write(tmp_path / "s.csv", FIELDS, [["s1", "Ann@Example.com"], ["s2", "bob@example.com"], ["s3", "bob@example"]])
    write(tmp_path / "t.csv", FIELDS, [["t1", "ann@example.com"], ["t2", "eve@example.com"]])
    (tmp_path / "schema.json").write_text(json.dumps(schema(FIELDS)))
    (tmp_path / "rules.json").write_text('[{"ruleName": "email", "matchingKeys": ["Email"]}]')
    return tmp_path


def run(folder: Path, *more: str, **changed: str) -> subprocess.CompletedProcess[str]:
    options = {
        "source": "s.csv", "source-schema": "schema.json", "target": "t.csv", "target-schema": "schema.json",
        "rules": "rules.json", "output": "map.parquet",
    } | {name.replace("_", "-"): value for name, value in changed.items()}  # fmt: skip
    given = [word for name, value in options.items() for word in (f"--{name}", *value.split(" "))]
    command = [sys.executable, "-m", "mandorla", "match", *given, *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def test_metrics_under_the_names_of_entity_resolution(folder: Path) -> None:
    done = run(folder, "--json", "--explain")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["inputRecords"] == 5
    assert document["totalMappedSourceRecords"] == 1
    assert document["rules"][0]["mappedSources"] == 1
    assert document["rules"][0]["candidatePairs"] == 1
    assert {"matchKey", "fillRate", "rejected"} <= set(document["matchKeys"][0])
    assert mapping_of(folder / "map.parquet") == [("s1", "t1", "email")]


def test_kernels_map_parquet_without_what_writes_sql(folder: Path) -> None:
    for name in ("s", "t"):
        parquet.write_table(csv.read_csv(folder / f"{name}.csv"), folder / f"{name}.parquet")
    arguments = [
        *("match", "--source", "s.parquet", "--source-schema", "schema.json", "--target", "t.parquet"),
        *("--target-schema", "schema.json", "--rules", "rules.json", "--output", "map.parquet"),
        *("--engine", "kernels", "--json"),
    ]
    assert heavy_modules(folder, *arguments) == ["numba"]
    assert mapping_of(folder / "map.parquet") == [("s1", "t1", "email")]


def test_people_get_a_table(folder: Path) -> None:
    done = run(folder, "--explain")
    assert done.returncode == 0
    assert "33.3%" in done.stdout
    assert "candidate" in done.stdout
    assert done.stderr.strip() == ""  # a slow machine shows a progress bar and takes it away again


def test_a_report_explains_without_a_value(folder: Path) -> None:
    done = run(folder, "--report", "why.html")
    assert done.returncode == 0, done.stderr
    page = (folder / "why.html").read_text(encoding="utf-8")
    assert "33.3%" in page
    assert "example.com" not in page


def test_several_files_after_one_option_or_each_after_its_own(folder: Path) -> None:
    write(folder / "more.csv", FIELDS, [["s4", "eve@example.com"]])
    assert run(folder, source="s.csv more.csv").returncode == 0
    together = mapping_of(folder / "map.parquet")
    assert run(folder, "--source", "more.csv").returncode == 0
    assert mapping_of(folder / "map.parquet") == together == [("s1", "t1", "email"), ("s4", "t2", "email")]


REFUSALS = {
    "a file that is not there": ({"source": "no.csv"}, "FILE_MISSING", "no.csv"),
    "a rules file that is not JSON": ({"rules": "s.csv"}, "NOT_JSON", "s.csv, line 1"),
    "a schema without the columns": ({"source_schema": "other.json"}, "COLUMN_MISSING", "did you mean 'email'?"),
    "headers in capitals": ({"source": "capitals.csv"}, "HEADER_CASE", "lowercase"),
    "a country that is none": ({"country": "Atlantis"}, "COUNTRY_UNKNOWN", "Atlantis"),
    "a folder that is not there": ({"output": "no/map.parquet"}, "FOLDER_MISSING", "no"),
    "a schema in which hashed is a string": ({"source_schema": "string.json"}, "HASHED_NOT_BOOLEAN", "true or false"),
    "a schema with two unique ids": ({"source_schema": "two.json"}, "UNIQUE_ID_COUNT", "exactly one"),
}


@pytest.mark.parametrize(("changed", "code", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_names_place_and_mend_and_leaves_nothing(folder: Path, changed: dict, code: str, sentence: str) -> None:
    write(folder / "capitals.csv", ("ID:UNIQUE_ID", "Email:EMAIL_ADDRESS:Email"), [["s1", "a@example.com"]])
    (folder / "other.json").write_text(json.dumps(schema(("id:UNIQUE_ID", "emial:EMAIL_ADDRESS:Email"))))
    (folder / "two.json").write_text(json.dumps(schema(("id:UNIQUE_ID", "email:UNIQUE_ID"))))
    (folder / "string.json").write_text(json.dumps(schema(FIELDS)).replace('"Email"', '"Email", "hashed": "false"'))
    before = sorted(folder.iterdir())
    done = run(folder, **changed)
    assert done.returncode == 1
    assert code in done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(folder.iterdir()) == before


def test_bad_use_is_told_apart(folder: Path) -> None:
    done = run(folder, "--profile", "amazon")
    assert done.returncode == 2
    assert run(folder, "--no-such-option").returncode == 2


def test_a_mapping_that_stood_there_stays_when_the_run_is_refused(folder: Path) -> None:
    assert run(folder).returncode == 0
    before = (folder / "map.parquet").read_bytes()
    (folder / "s.csv").write_text('id,email\n1,"never closed\n2,b@example.com\n')
    done = run(folder)
    assert done.returncode == 1
    assert "QUOTE_UNCLOSED" in done.stderr
    assert (folder / "map.parquet").read_bytes() == before


def test_no_value_of_a_person_is_printed(folder: Path) -> None:
    done = run(folder, "--explain")
    spoken = done.stdout + done.stderr
    assert "example.com" not in spoken
    assert "s1" not in spoken.replace("s1.csv", "")
