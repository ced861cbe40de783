"""Every file of cases/files as a source of a mapping: accepted with its counts, or refused in one sentence."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.domain.id_mapping import IdMappingResult
from mandorla.engines.source_files import source_files
from tests.conftest import cases_folder
from tests.match.tables import mapping_of

Payload = dict[str, Any]
MATCH_KEYS = {
    "NAME_FIRST": "FirstName", "NAME_LAST": "LastName", "EMAIL_ADDRESS": "Email", "PHONE": "Phone", "ADDRESS": "Address",
    "ADDRESS_CITY": "City", "ADDRESS_STATE": "State", "ADDRESS_POSTALCODE": "Postal", "ADDRESS_COUNTRY": "Country",
}  # fmt: skip
RULES = [{"ruleName": "email", "matchingKeys": ["Email"]}, {"ruleName": "name", "matchingKeys": ["FirstName", "LastName"]}]


def described() -> list[Payload]:
    path = cases_folder() / "files" / "files.json"
    return json.loads(path.read_text())["files"] if path.is_file() else []


def default_schema(columns: list[str] | None = None, *, hashed: bool = False) -> Payload:
    types = json.loads((cases_folder() / "files" / "files.json").read_text())["default_schema"]
    fields = [
        {"fieldName": name, "type": kind} | ({"matchKey": MATCH_KEYS[kind], "hashed": hashed} if kind in MATCH_KEYS else {})
        for name, kind in types.items()
        if columns is None or name in columns
    ]
    return {"schemaName": "files", "mappedInputFields": fields}


def schema_for(path: Path) -> Payload:
    """The default schema, or one of the file's own columns where it has others."""
    try:
        [file] = source_files([path])
    except InvalidInputError:
        return default_schema()
    if "customerid" in file.columns and {"firstname", "email"} & set(file.columns):
        return default_schema(list(file.columns), hashed="hashed_forms" in str(path))
    if "id" in file.columns:
        kinds = {"id": "UNIQUE_ID", "email": "EMAIL_ADDRESS"}
    else:
        kinds = {name: "UNIQUE_ID" if name == "customerid" else "STRING" for name in file.columns}
        kinds = dict(list(kinds.items())[:5]) if len(kinds) == 40 else kinds
    fields = [
        {"fieldName": name, "type": kind} | ({"matchKey": name} if kind != "UNIQUE_ID" else {}) for name, kind in kinds.items()
    ]
    return {"schemaName": "own", "mappedInputFields": fields}


def mapped(path: Path, folder: Path, target: Path, schema: Payload, target_schema: Payload) -> IdMappingResult:
    return mandorla.match(path, schema, target, target_schema, RULES, folder / "map.parquet")


def mapped_or_refused(path: Path, folder: Path, target: Path, schema: Payload) -> IdMappingResult | InvalidInputError:
    try:
        return mapped(path, folder, target, schema, default_schema())
    except InvalidInputError as error:
        return error


@pytest.fixture
def people(cases: Path) -> Path:
    """The four people of most of the files, read without faults."""
    return cases / "files" / "plain.parquet"


@pytest.mark.parametrize("one", described(), ids=lambda one: one["file"])
def test_a_file_gets_its_verdict(one: Payload, cases: Path, people: Path, tmp_path: Path) -> None:
    path = cases / "files" / one["file"]
    if "/_" in one["file"] or "/." in one["file"]:
        assert path not in [file.path for file in source_files([cases / "files" / "prefix_noise"])]
        return
    schema = schema_for(path)
    if one["file"] in {"uppercase_headers.csv", "no_header.csv", "semicolon.csv", "zero_bytes.csv"}:
        schema = default_schema()
    result = mapped_or_refused(path, tmp_path, people, schema)
    if isinstance(result, InvalidInputError):
        assert one["verdict"] != "accept", str(result)
        assert Path(one["file"]).name in str(result)
        assert all(finding.what and finding.mend for finding in result.findings)
        assert not (tmp_path / "map.parquet").exists()
        return
    assert one["verdict"] != "clear_error" or one["file"] == "header_order_differs.csv"
    if one["rows_ok"] is not None and one["file"] not in {"exact_duplicate_rows.csv"}:
        assert result.source.records_processed == one["rows_ok"]
    if one["rows_rejected"] is not None:
        assert result.source.records_not_processed == one["rows_rejected"]


def test_columns_in_another_order_are_read_by_name(cases: Path, people: Path, tmp_path: Path) -> None:
    mapped(cases / "files" / "header_order_differs.csv", tmp_path, people, default_schema(), default_schema())
    assert mapping_of(tmp_path / "map.parquet") == [(str(n), str(n), "email") for n in range(1, 5)]


def test_rows_repeated_whole_are_mapped_once(cases: Path, people: Path, tmp_path: Path) -> None:
    mapped(cases / "files" / "exact_duplicate_rows.csv", tmp_path, people, default_schema(), default_schema())
    assert [row[0] for row in mapping_of(tmp_path / "map.parquet")] == ["1", "2", "3", "4"]


def test_a_folder_is_read_with_its_sub_folders_and_without_leftovers(cases: Path, people: Path, tmp_path: Path) -> None:
    result = mapped(cases / "files" / "prefix_noise", tmp_path, people, default_schema(), default_schema())
    assert result.source.input_records == 5


def test_ids_stay_byte_for_byte(cases: Path, people: Path, tmp_path: Path) -> None:
    path = cases / "files" / "numeric_like_keys.csv"
    mapped(path, tmp_path, people, default_schema(), default_schema())
    with path.open(newline="") as stream:
        ids = [row["customerid"] for row in csv.DictReader(stream)]
    assert [row[0] for row in mapping_of(tmp_path / "map.parquet")] == sorted(ids)


def test_rows_with_nothing_but_a_key_match_nothing(cases: Path, tmp_path: Path) -> None:
    path = cases / "files" / "all_identity_empty.csv"
    mapped(path, tmp_path, path, default_schema(), default_schema())
    assert [row[0] for row in mapping_of(tmp_path / "map.parquet")] == ["3", "4"]


def test_hashes_in_their_odd_forms(cases: Path, tmp_path: Path) -> None:
    """Lower hex, upper hex and hex among blanks match; base64, MD5, 63 digits, 0x, clear text and the empty digest do not."""
    fields = {"schemaName": "hashed", "mappedInputFields": [
        {"fieldName": "customerid", "type": "UNIQUE_ID"},
        {"fieldName": "email", "type": "EMAIL_ADDRESS", "matchKey": "Email", "hashed": True},
    ]}  # fmt: skip
    folder = cases / "files" / "hashed_forms"
    rules = [{"ruleName": "email", "matchingKeys": ["Email"]}]
    result = mandorla.match(
        folder / "source.csv", fields, folder / "target.csv", fields, rules, tmp_path / "m.parquet", explain=True
    )
    assert mapping_of(tmp_path / "m.parquet") == [(n, "t1", "email") for n in ("1", "2", "3")]
    assert (result.fields[0].filled, result.fields[0].rejected) == (9, 6)


def test_thirty_rows_of_one_key(cases: Path, tmp_path: Path) -> None:
    folder = cases / "files" / "same_key_30"
    result = mapped(folder / "source.csv", tmp_path, folder / "target.csv", default_schema(), default_schema())
    assert [row[0] for row in mapping_of(tmp_path / "map.parquet")] == ["k1", "k2"]
    assert result.source.rows_beyond_limit == 5


def test_the_guides_small_tables_map_as_it_says(cases: Path, tmp_path: Path) -> None:
    folder = cases / "end_to_end" / "guide_small"
    case = json.loads((folder / "case.json").read_text())
    source = default_schema()
    target = default_schema()
    target["mappedInputFields"] = [
        field | {"fieldName": "userid" if field["fieldName"] == "customerid" else field["fieldName"]}
        for field in target["mappedInputFields"]
        if field["fieldName"] != "country"
    ]
    mandorla.match(folder / "sampleidentity.csv", source, folder / "target.csv", target, case["rules"], tmp_path / "m.parquet")
    assert mapping_of(tmp_path / "m.parquet") == [tuple(row) for row in case["mapping"]]
