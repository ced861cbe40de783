"""Files as careless people have them: each is read as it is meant, or refused in a sentence that says what it is."""

import gzip
import os
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.engines.source_files import source_files
from mandorla.prepare.checking import check
from tests.match.tables import schema

FIELDS = ("id:UNIQUE_ID", "name:NAME_FIRST:First", "email:EMAIL_ADDRESS:Email")
TEXT = "id,name,email\n1,Ann,ann@x.yz\n2,Bob,bob@x.yz\n"
RULES = [{"ruleName": "email", "matchingKeys": ["Email"]}]

# A file's name, its bytes, the code of its refusal, and a word that the sentence must have.
REFUSED = [
    ("utf16.csv", TEXT.encode("utf-16"), "NOT_CSV", "UTF-16"),
    ("utf16be.csv", TEXT.encode("utf-16-be"), "NOT_CSV", "UTF-16"),
    ("utf32.csv", TEXT.encode("utf-32"), "NOT_CSV", "UTF-32"),
    ("workbook.csv", b"PK\x03\x04" + bytes(range(256)), "NOT_CSV", "Excel"),
    ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300), "NOT_CSV", "Excel"),
    ("data.csv.zst", b"\x28\xb5\x2f\xfd" + b"x" * 100, "NOT_CSV", "zstd"),
    ("page.csv", b"<html><body>Not found</body></html>", "NOT_CSV", "HTML"),
    ("lines.csv", b'{"id": 1}\n{"id": 2}\n', "NOT_CSV", "JSON"),
    ("twice.csv.gz", gzip.compress(gzip.compress(TEXT.encode())), "NOT_CSV", "twice"),
    ("semicolons.csv", TEXT.replace(",", ";").encode(), "DELIMITER", "semicolons"),
    ("tabs.tsv", TEXT.replace(",", "\t").encode(), "DELIMITER", "tabs"),
    ("ctrl_a.csv", TEXT.replace(",", "\x01").encode(), "DELIMITER", "control character"),
    ("spaces.csv", b"   \n   \n", "NO_HEADER", "names no column"),
    ("mark_alone.csv", b"\xef\xbb\xbf", "FILE_EMPTY", "empty"),
    ("long_name.csv", b"x" * 200_000 + b",y\n1,2\n", "NO_HEADER", "131,072"),
    ("umlaut.csv", "id,straße\n1,x\n".encode("latin-1"), "ENCODING", "UTF-8"),
    ("torn.csv.gz", gzip.compress(os.urandom(5000))[:300], "GZIP_BROKEN", "early"),
    ("half.parquet", b"PAR1" + bytes(100), "PARQUET_BROKEN", "footer"),
]


@pytest.mark.parametrize(("name", "content", "code", "word"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_no_table_is_called_what_it_is(name: str, content: bytes, code: str, word: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInputError) as refusal:
        source_files([tmp_path / name])
    [finding] = refusal.value.findings
    assert finding.code == code
    assert word in finding.what
    assert name in finding.where
    assert [one.code for one in check(tmp_path / name).findings] == [code]


def test_folders_without_files_links_to_nothing_and_pipes(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "_SUCCESS").touch()
    os.symlink(tmp_path / "nowhere", tmp_path / "link.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    names = {
        "empty": "FOLDER_EMPTY",
        "hidden": "FOLDER_EMPTY",
        "link.csv": "FILE_MISSING",
        "pipe.csv": "FILE_MISSING",
        "n" * 300: "FILE_UNREADABLE",
    }
    result = check([tmp_path / name for name in names])
    assert sorted(finding.code for finding in result.findings) == sorted(names.values())
    assert result.has_errors


def read_back(path: Path, output: Path, **options: object) -> list[tuple[str | None, ...]]:
    """What prepare makes of a file, under no normalization."""
    result = mandorla.prepare(path, schema=schema(FIELDS), output=output, profile="none", **options)
    return [tuple(row.values()) for row in parquet.read_table(result.locations[0].data).to_pylist()]


@pytest.mark.parametrize("name", ["a*.csv", "a?.csv", "a[12].csv", "[a].csv", "it's {1,2}.csv"])
def test_a_name_with_signs_of_patterns_means_this_file_alone(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for other in ("a1.csv", "a2.csv", "a.csv", "it's 1.csv"):
        (folder / other).write_text("id,name,email\n9,Eve,eve@x.yz\n")
    (folder / name).write_text(TEXT)
    assert [row[0] for row in read_back(folder / name, tmp_path / "out")] == ["1", "2"]
    table = pyarrow.table({"id": ["1"], "name": ["Ann"], "email": ["a@x.yz"]})
    parquet.write_table(table, folder / f"{name}.parquet")
    assert [row[0] for row in read_back(folder / f"{name}.parquet", tmp_path / "out")] == ["1"]


LINE_ENDS = [
    "id,name,email\r\n1,Ann,ann@x.yz\n2,Bob,bob@x.yz\r\n",
    "id,name,email\n1,Ann,ann@x.yz\r\n2,Bob,bob@x.yz\n",
    "id,name,email\r1,Ann,ann@x.yz\r2,Bob,bob@x.yz\r",
    "id,name,email\r\r\n1,Ann,ann@x.yz\r\r\n2,Bob,bob@x.yz\r\r\n",
    "\ufeffid,name,email\r\n\r\n1,Ann,ann@x.yz\n\n2,Bob,bob@x.yz",
]


@pytest.mark.parametrize("text", LINE_ENDS)
def test_line_ends_of_every_kind_and_mix(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode())
    (tmp_path / "b.csv").write_bytes(gzip.compress(text.encode()))
    for name in ("a.csv", "b.csv"):
        rows = read_back(tmp_path / name, tmp_path / "out")
        assert rows == [("1", "Ann", "ann@x.yz"), ("2", "Bob", "bob@x.yz")]


def test_a_row_that_was_left_out_has_the_line_of_an_editor(tmp_path: Path) -> None:
    text = (
        '\ufeffid,name,email\n1,"An\nn",a@x.yz\n\n\n2,Bob\n"3\n",Cid,c@x.yz\n'
        ' ,Dan,d@x.yz\n5,"E\r\nv\ne",e@x.yz,more\n"",Flo,f@x.yz\n'
    )
    (tmp_path / "a.csv").write_bytes(text.encode())
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    expected = ["6,2,fewer", "9,4,no unique id", "10,5,more", "13,6,no unique id"]
    for name in ("a.csv", "b.csv.gz"):
        read_back(tmp_path / name, tmp_path / "out")
        lines = (tmp_path / "out" / "rejected.csv").read_text().splitlines()[1:]
        assert len(lines) == len(expected)
        for line, wanted in zip(lines, expected, strict=True):
            assert f"{name},{wanted}" in line
        unreadable = [one.where for one in check(tmp_path / name).findings if one.code == "ROW_UNREADABLE"]
        assert unreadable == [f"{tmp_path / name}, line {line}" for line in (6, 10)]


def test_tables_without_rows_pass_through_everything(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("id,name,email\n")
    (tmp_path / "torn.csv").write_text("id,name,email\n1\n2\n")
    (tmp_path / "good.csv").write_text(TEXT)
    columns = {name: pyarrow.array([], pyarrow.string()) for name in ("id", "name", "email")}
    parquet.write_table(pyarrow.table(columns), tmp_path / "empty.parquet")
    for name in ("empty.csv", "torn.csv", "empty.parquet"):
        assert read_back(tmp_path / name, tmp_path / "out", collapse=True) == []
        check(tmp_path / name, schema=schema(FIELDS))
        for source, target in ((name, "good.csv"), ("good.csv", name)):
            result = mandorla.match(
                tmp_path / source, schema(FIELDS), tmp_path / target, schema(FIELDS), RULES, tmp_path / "m.csv", explain=True
            )
            assert result.metrics.total_mapped_records == 0


def test_what_parquet_can_hold_is_text_or_refused(tmp_path: Path) -> None:
    good = {"id": ["1", "2"], "name": ["Ann", "B\0ob"], "email": ["a@x.yz", None]}
    for kind in (
        pyarrow.large_string(),
        pyarrow.string_view(),
        pyarrow.binary(),
        pyarrow.dictionary(pyarrow.int8(), pyarrow.string()),
    ):
        table = pyarrow.table({name: pyarrow.array(values).cast(kind) for name, values in good.items()})
        parquet.write_table(table, tmp_path / "a.parquet")
        assert read_back(tmp_path / "a.parquet", tmp_path / "out") == [("1", "Ann", "a@x.yz"), ("2", "Bob", None)]
    parquet.write_table(pyarrow.table(good | {"name": [b"\xff\xfe", b"x"]}), tmp_path / "b.parquet")
    with pytest.raises(InvalidInputError, match=r"ENCODING .*b\.parquet"):
        read_back(tmp_path / "b.parquet", tmp_path / "other")
    assert not (tmp_path / "other").exists()
    assert [finding.code for finding in check(tmp_path / "b.parquet", schema=schema(FIELDS)).findings] == ["ENCODING"]


def test_a_parquet_file_with_damaged_pages_is_refused(tmp_path: Path) -> None:
    count = 5_000
    table = pyarrow.table({name: [f"{name}{number}@x.yz" for number in range(count)] for name in ("id", "name", "email")})
    parquet.write_table(table, tmp_path / "a.parquet", compression="snappy", use_dictionary=False)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    content[100:5000] = bytes(255 for _ in range(4900))
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(InvalidInputError, match="PARQUET_BROKEN"):
        read_back(tmp_path / "a.parquet", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
