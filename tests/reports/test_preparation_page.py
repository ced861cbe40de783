"""The page of a preparation says what came of it, and shows nobody's data."""

from pathlib import Path

from tests.prepare.prepared import prepared

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email", "phone:PHONE:Phone")


def page_of(folder: Path, rows: list[list[str]]) -> str:
    return Path(prepared(folder, FIELDS, rows).report).read_text(encoding="utf-8")


def test_the_page_tells_rejects_duplicates_and_what_to_do(tmp_path: Path) -> None:
    rows = [["k", f"secret{number}@x.y", "12"] for number in range(26)] + [
        ["", "secret@x.y", ""],
        ["j", "", ""],
        ["j", " ", ""],
    ]
    page = page_of(tmp_path, rows)
    for text in ("Fill rates", "not a phone number of its country", "no unique id", "26 to 100 rows", "--collapse",
                 "aws glue create-table", "duplicate rows"):  # fmt: skip
        assert text in page
    assert "secret" not in page


def test_a_table_without_rows_has_a_page_too(tmp_path: Path) -> None:
    page = page_of(tmp_path, [])
    assert "rows read" in page
    assert "Rejected values" not in page
