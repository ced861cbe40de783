"""mandorla check over the nasty files, the guide's own payloads, and whatever bytes there are."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mandorla.normalize.hashing import digest
from mandorla.prepare.checking import check
from tests.conftest import cases_folder
from tests.match.tables import schema, write

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")
HASHED = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email:hashed")


def codes(*paths: Path, **options: object) -> list[str]:
    return [finding.code for finding in check(list(paths), **options).findings]


def described() -> list[dict]:
    path = cases_folder() / "files" / "files.json"
    return json.loads(path.read_text())["files"] if path.is_file() else []


@pytest.mark.parametrize("one", described(), ids=lambda one: one["file"])
def test_a_file_gets_its_verdict(one: dict, cases: Path) -> None:
    result = check([cases / "files" / one["file"]])
    errors = [finding for finding in result.findings if finding.severity == "error"]
    if one["verdict"] == "clear_error" and one["file"] != "header_order_differs.csv":
        assert errors
        assert all(Path(one["file"]).name in finding.where for finding in errors)
    elif one["verdict"] == "accept" and "prefix_noise/_" not in one["file"] and "prefix_noise/." not in one["file"]:
        assert errors == []


def test_a_hash_in_a_raw_column_and_a_raw_value_in_a_hashed_one(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", FIELDS, [["1", digest("a@example.com")], ["2", digest("b@example.com").upper()]])
    assert codes(tmp_path / "a.csv", schema=schema(FIELDS)) == ["HASHED_BUT_DECLARED_RAW"]
    write(tmp_path / "b.csv", FIELDS, [["1", "a@example.com"], ["2", digest("b@example.com").upper()], ["3", digest("")]])
    assert codes(tmp_path / "b.csv", schema=schema(HASHED)) == ["NOT_A_DIGEST", "DIGEST_CASE", "DIGEST_OF_NOTHING"]


def test_ids_that_will_not_count(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", FIELDS, [["", "x@example.com"], ["a", ""], ["A", ""], *[["k", ""]] * 27])
    result = check([tmp_path / "a.csv"], schema=schema(FIELDS))
    assert [finding.code for finding in result.findings] == [
        "UNIQUE_ID_MISSING",
        "UNIQUE_ID_CASE",
        "ROWS_BEYOND_LIMIT",
        "ROWS_DUPLICATE",
    ]
    assert "1 id has more than 25 rows; 2 rows" in result.findings[2].what
    assert not result.has_errors


def test_payloads_copied_from_the_guide_letter_for_letter(cases: Path, tmp_path: Path) -> None:
    guide = cases.parent / "specs" / "guide.md"
    if not guide.is_file():
        pytest.skip("the guide is not beside the cases")
    blocks = re.findall(r"```\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    [mapping] = [block for block in blocks if '"mappedInputFields"' in block]
    [namespace] = [block for block in blocks if '"idNamespaceName"' in block]
    [permissions] = [block for block in blocks if "S3InputPermissions" in block]
    for name, block in (("mapping", mapping), ("namespace", namespace), ("permissions", permissions)):
        (tmp_path / f"{name}.json").write_text(block, encoding="utf-8")
    assert {"PLACEHOLDER", "PLACEHOLDER_CHOICE", "HASHED_NOT_BOOLEAN"} <= set(codes(tmp_path / "mapping.json"))
    assert "CURLY_QUOTE" in codes(tmp_path / "namespace.json")
    assert "NOT_JSON" in codes(tmp_path / "permissions.json")


def test_a_good_payload_has_no_findings(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(schema(FIELDS)))
    assert codes(tmp_path / "good.json") == []


@given(data=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".parquet", ".json", ".csv.gz"]))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_break_it(tmp_path: Path, data: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(data)
    check([path], schema=schema(FIELDS))
