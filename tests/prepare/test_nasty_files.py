"""Every file of cases/files through prepare: written with its counts, or refused in one sentence that leaves nothing."""

from pathlib import Path
from typing import Any

import pytest

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.domain.preparation import PreparationResult
from mandorla.engines.source_files import source_files
from tests.jobs.test_nasty_files import default_schema, described, schema_for
from tests.prepare.prepared import again, column, written

Payload = dict[str, Any]
# What prepare is for: it mends these, where a mapping refuses them.
MENDED = {"uppercase_headers.csv", "header_order_differs.csv"}
# Rows beyond 25 of an id are written and counted (the counts in files.json are a mapping's), duplicates are written once.
COUNTED_OTHERWISE = {"same_key_30/source.csv", "same_key_30/target.csv", "row_groups.parquet", "exact_duplicate_rows.csv"}


def prepared(path: Path, output: Path, schema: Payload | None) -> PreparationResult | InvalidInputError:
    try:
        return mandorla.prepare(path, schema=schema, output=output, file_format="csv")
    except InvalidInputError as error:
        return error


@pytest.mark.parametrize("one", described(), ids=lambda one: one["file"])
def test_a_file_gets_its_verdict(one: Payload, cases: Path, tmp_path: Path) -> None:
    path = cases / "files" / one["file"]
    if "/_" in one["file"] or "/." in one["file"]:
        assert path not in [file.path for file in source_files([cases / "files" / "prefix_noise"])]
        return
    whole_schema = {"uppercase_headers.csv", "no_header.csv", "semicolon.csv", "zero_bytes.csv"}
    schema = default_schema() if one["file"] in whole_schema else schema_for(path)
    result = prepared(path, tmp_path / "out", schema)
    if isinstance(result, InvalidInputError):
        assert one["verdict"] != "accept", str(result)
        assert path.name in str(result)
        assert all(finding.what and finding.mend for finding in result.findings)
        assert list(tmp_path.iterdir()) == []
        return
    assert one["verdict"] != "clear_error" or one["file"] in MENDED
    if one["file"] not in COUNTED_OTHERWISE:
        if one["rows_ok"] is not None:
            assert result.counts.rows_written == one["rows_ok"]
        if one["rows_rejected"] is not None:
            assert result.counts.rows_rejected == one["rows_rejected"]
    twice = again(result, tmp_path / "twice")
    assert Path(twice.locations[0].data).read_bytes() == Path(result.locations[0].data).read_bytes()


@pytest.mark.parametrize("one", described(), ids=lambda one: one["file"])
def test_no_file_breaks_the_proposal_of_a_schema(one: Payload, cases: Path, tmp_path: Path) -> None:
    result = prepared(cases / "files" / one["file"], tmp_path / "out", None)
    if isinstance(result, InvalidInputError):
        assert all(finding.what and finding.mend for finding in result.findings)
        assert list(tmp_path.iterdir()) == []
    else:
        assert result.proposed


def test_ids_stay_byte_for_byte(cases: Path, tmp_path: Path) -> None:
    for name in ("numeric_like_keys.csv", "key_case.csv", "null_words_as_keys.csv"):
        result = prepared(cases / "files" / name, tmp_path / name, default_schema())
        assert isinstance(result, PreparationResult)
        lines = (cases / "files" / name).read_text().splitlines()[1:]
        assert column(result, "customerid") == [line.split(",")[0].strip('"') for line in lines]


def test_thirty_rows_of_one_key_collapse_without_loss(cases: Path, tmp_path: Path) -> None:
    source = cases / "files" / "same_key_30" / "source.csv"
    result = mandorla.prepare(source, schema=default_schema(), output=tmp_path / "out", file_format="csv", collapse=True)
    emails = {value for part in (0, 1) for row in written(result, part) if row["customerid"] == "k1"
              for name, value in row.items() if name.startswith("email") and value}  # fmt: skip
    assert emails == {f"john{number:02}@example.com" for number in range(1, 31)}
