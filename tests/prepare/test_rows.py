"""What becomes of rows: kept in order, duplicates once, rows without an id told and left out, many rows of an id counted."""

import csv
import json
from pathlib import Path

import pytest

import mandorla
from mandorla.domain.errors import InvalidInputError
from tests.match.tables import schema, write
from tests.prepare.prepared import column, mapped_fields, prepared, written

pytestmark = pytest.mark.usefixtures("preparing_engine")

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")


def test_rows_keep_the_order_of_files_and_rows(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", FIELDS, [["3", "c@b.c"], ["1", "a@b.c"]])
    write(tmp_path / "a.csv", FIELDS, [["2", "b@b.c"]])
    result = mandorla.prepare(
        [tmp_path / "b.csv", tmp_path / "a.csv"], schema=schema(FIELDS), output=tmp_path / "out", file_format="csv"
    )
    assert column(result, "id") == ["3", "1", "2"]


def test_rows_that_are_equal_once_normalized_are_written_once(tmp_path: Path) -> None:
    rows = [["1", "A@b.c"], ["1", "a@B.c "], ["1", "other@b.c"], ["2", "a@b.c"], ["2", ""], ["2", "rejected"]]
    result = prepared(tmp_path, FIELDS, rows)
    assert [list(row.values()) for row in written(result)] == [["1", "a@b.c"], ["1", "other@b.c"], ["2", "a@b.c"], ["2", ""]]
    assert result.counts.duplicate_rows == 2
    assert result.counts.keys_by_rows == ((2, 2),)


def test_rows_without_a_usable_id_go_to_rejected_csv_without_their_values(tmp_path: Path) -> None:
    rows = [["1", "a@b.c"], [" ", "secret@b.c"], ["x" * 258, "secret@b.c"], ["2", "b@b.c", "secret@b.c"]]
    result = prepared(tmp_path, FIELDS, rows)
    with (tmp_path / "out" / "rejected.csv").open(newline="") as stream:
        rejected = [(Path(row["file"]).name, row["line"], row["row"], row["reason"].partition(" (")[0])
                    for row in csv.DictReader(stream)]  # fmt: skip
    assert rejected == [
        ("raw.csv", "3", "2", "no unique id"),
        ("raw.csv", "4", "3", "the unique id is longer than 257 characters"),
        ("raw.csv", "5", "4", "more fields than the header has"),
    ]
    assert (result.counts.rows_read, result.counts.rows_rejected, result.counts.rows_written) == (4, 3, 1)
    assert sum(number for _, number in result.rejected_rows) == 3
    beside = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert all("secret" not in path.read_text() for path in beside)


def test_rows_beyond_25_of_an_id_are_counted_and_all_written(tmp_path: Path) -> None:
    rows = [["k", f"a{number}@b.c"] for number in range(26)] + [["j", "j@b.c"]]
    result = prepared(tmp_path, FIELDS, rows)
    assert (result.counts.rows_beyond_limit, result.counts.ids_beyond_limit) == (1, 1)
    assert result.counts.rows_written == 27
    assert "ROWS_BEYOND_LIMIT" in [finding.code for finding in result.findings]


def test_headers_are_mended_and_mapped_columns_kept_in_the_mappings_order(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_text("Notes, EMAIL ,Id\nhello,A@b.c,1\n")
    result = mandorla.prepare(
        tmp_path / "raw.csv", schema=schema(("ID:UNIQUE_ID", "Email:EMAIL_ADDRESS:Email")), output=tmp_path / "out",
        file_format="csv",
    )  # fmt: skip
    assert written(result) == [{"id": "1", "email": "a@b.c"}]
    assert {"HEADERS_MENDED", "COLUMN_LEFT_OUT"} <= {finding.code for finding in result.findings}
    assert [field["fieldName"] for field in mapped_fields(result)] == ["id", "email"]


def test_the_glue_table_has_the_datas_columns_in_their_order(tmp_path: Path) -> None:
    for file_format, classification in (("csv", "csv"), ("parquet", "parquet")):
        result = prepared(tmp_path, FIELDS, [["1", "a@b.c"]], file_format=file_format)
        table = json.loads((tmp_path / "out" / "glue-table.json").read_text())
        assert table["StorageDescriptor"]["Columns"] == [
            {"Name": "id", "Type": "string"}, {"Name": "email", "Type": "string"}
        ]  # fmt: skip
        assert table["Parameters"]["classification"] == classification
        assert table["Name"] == result.locations[0].table_name
    assert table["Parameters"].get("skip.header.line.count") is None


# The file's text, the schema's fields, and the code of the finding.
REFUSED = [
    ("Email,email,id\na,b,1\n", FIELDS, "HEADER_DUPLICATE"),
    ("id,mail\n1,a@b.c\n", FIELDS, "COLUMN_MISSING"),
    ("id,row_number,email\n1,2,a@b.c\n", (*FIELDS, "row_number:STRING:Row"), "COLUMN_RESERVED"),
    ("", FIELDS, "FILE_EMPTY"),
]


@pytest.mark.parametrize(("text", "fields", "code"), REFUSED)
def test_what_cannot_be_prepared_is_refused_and_leaves_nothing(
    text: str, fields: tuple[str, ...], code: str, tmp_path: Path
) -> None:
    (tmp_path / "raw.csv").write_text(text)
    with pytest.raises(InvalidInputError) as refusal:
        mandorla.prepare(tmp_path / "raw.csv", schema=schema(fields), output=tmp_path / "out")
    assert refusal.value.findings[0].code == code
    assert [path.name for path in tmp_path.iterdir()] == ["raw.csv"]


@pytest.mark.parametrize(
    ("option", "code"),
    [({"file_format": "json"}, "FORMAT_UNKNOWN"), ({"country": "Atlantis"}, "COUNTRY_UNKNOWN")],
)
def test_an_option_that_means_nothing_is_refused(option: dict[str, str], code: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=code):
        prepared(tmp_path, FIELDS, [["1", "a@b.c"]], **option)
