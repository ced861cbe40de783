"""Kernels and the reference engine prepare the same: data byte for byte, rejected rows and reports, or the same refusal."""

import csv
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines.on_kernels import parquet_pages, plain_csv, preparing, seen_rows
from mandorla.normalize import Profile
from mandorla.normalize.hashing import EMPTY_DIGEST, digest
from tests.depth import deep
from tests.engines.on_kernels.test_normalizers import VALUES
from tests.match.tables import schema, write

TYPES = [one.value for one in AttributeType if one is not AttributeType.UNIQUE_ID]
IDS = st.sampled_from(
    ["1", "2", " 2", "3 ", "é", "", " ", "\u00a0", "x" * 257, "é" * 257, "x" * 258, "4,5", '6"7', "#8", "9\n"]
)
COUNTRIES = st.sampled_from(["US", "us", "GB", "Germany", "FR", "IN", "", "Atlantis", "Ελλάδα", " JP"])
DIGESTS = st.sampled_from([digest("a"), digest("b").upper(), f" {digest('c')}", EMPTY_DIGEST, "abc", ""])
SPACES = st.sampled_from(["", " ", "\u00a0", "\u3000", " \u00a0 ", "\t"])
GROUPS = [
    ("NAME_LAST:Name:group=name", "NAME_FIRST:Name:group=name"),
    ("ADDRESS_STREET1:Address:group=home", "ADDRESS_CITY:Address:group=home", "ADDRESS_COUNTRY:Address:group=home"),
    ("PHONE_COUNTRYCODE:Phone:group=line", "PHONE_NUMBER:Phone:group=line"),
]


@dataclass(frozen=True, slots=True)
class Example:
    """Tables with the fields of all, and the options of a preparation."""

    fields: tuple[str, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]
    formats: tuple[str, ...]
    options: dict[str, Any]


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Any types, hashed or not, with a match key or without, in groups; few ids, so that rows repeat; every option."""
    kinds = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=6))
    fields = ["id:UNIQUE_ID"]
    for number, kind in enumerate(kinds):
        fields.append(f"c{number}:{kind}{draw(st.sampled_from(['', f':K{number}', f':K{number}:hashed', ':MAID']))}")
    for group in draw(st.lists(st.sampled_from(GROUPS), max_size=2, unique=True)):
        fields += [f"g{len(fields) + place}:{field}" for place, field in enumerate(group)]
    columns = [values_of(field) for field in fields]
    rows = st.lists(st.tuples(*columns), max_size=12).flatmap(with_repeats)
    tables = draw(st.lists(rows, min_size=1, max_size=2))
    options = {
        "hash": draw(st.booleans()),
        "profile": draw(st.sampled_from([one.value for one in Profile])),
        "country": draw(st.sampled_from(["US", "GB", "IT"])),
        "file_format": draw(st.sampled_from(["csv", "parquet"])),
        "collapse": draw(st.sampled_from([False, False, False, True])),
    }
    formats = draw(st.lists(st.sampled_from(["csv", "parquet"]), min_size=len(tables), max_size=len(tables)))
    return Example(tuple(fields), tuple(map(tuple, tables)), tuple(formats), options)


def values_of(field: str) -> st.SearchStrategy[str]:
    """What may stand in a column."""
    if field.endswith("UNIQUE_ID"):
        return IDS
    if field.endswith(":hashed"):
        return DIGESTS
    return st.one_of(COUNTRIES, SPACES) if "ADDRESS_COUNTRY" in field else st.one_of(VALUES, SPACES, st.just("a" * 80))


def with_repeats(rows: list[tuple[str, ...]]) -> st.SearchStrategy[list[tuple[str, ...]]]:
    """The rows, some of them several times."""
    return st.lists(st.sampled_from(rows), max_size=6).map(lambda more: rows + more) if rows else st.just(rows)


@contextmanager
def small_pieces() -> Iterator[None]:
    """Cut files, row groups and tables small, so that a few rows cross every border."""
    small = {(plain_csv, "PIECE_BYTES"): 64, (parquet_pages, "ROWS_PER_GROUP"): 5, (seen_rows, "LEAST_BITS"): 2}
    with pytest.MonkeyPatch.context() as patched:
        for (module, name), size in small.items():
            patched.setattr(module, name, size)
        patched.setattr(preparing, "ROWS_IN_WORK", 6)
        yield


def written(example: Example, folder: Path) -> list[Path]:
    """The files of an example."""
    paths = []
    for number, (rows, file_format) in enumerate(zip(example.tables, example.formats, strict=True)):
        path = folder / f"{number}.{file_format}"
        if file_format == "csv":
            write(path, example.fields, rows)
        else:
            names = [field.partition(":")[0] for field in example.fields]
            values = {
                name: pyarrow.array([row[place] or None for row in rows], pyarrow.string()) for place, name in enumerate(names)
            }
            parquet.write_table(pyarrow.table(values), path, row_group_size=4)
        paths.append(path)
    return paths


def outcome(paths: Sequence[Path], engine: str, folder: Path, **options: Any) -> tuple[Any, ...]:
    """Everything that a preparation leaves, or why it refuses."""
    try:
        result = mandorla.prepare(paths, output=folder / "out", engine=engine, **options)
    except InvalidInputError as error:
        return tuple(map(str, error.findings))
    report = json.loads((folder / "out" / "report.json").read_text())
    data = [content_of(Path(location.data)) for location in result.locations]
    beside = [path.read_text() for path in sorted((folder / "out").rglob("*.json")) if path.name != "report.json"]
    rejected = (folder / "out" / "rejected.csv").read_text()
    return ({key: value for key, value in report.items() if not key.startswith("engine")}, data, beside, rejected)


def content_of(data: Path) -> Any:
    """The bytes of CSV; of Parquet the schema and the rows, which another library's reader has to see as well."""
    if data.suffix == ".csv":
        return data.read_bytes()
    table = parquet.read_table(data)
    return [(field.name, str(field.type)) for field in table.schema], table.to_pylist()


def assert_same(paths: Sequence[Path], folder: Path, **options: Any) -> None:
    """Both engines leave the same."""
    kernels = outcome(paths, "kernels", folder, **options)
    assert kernels == outcome(paths, "duckdb", folder, **options)


@given(examples())
@settings(max_examples=deep(15), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_kernels_prepare_as_the_reference_engine(example: Example) -> None:
    with tempfile.TemporaryDirectory() as name, small_pieces():
        folder = Path(name)
        assert_same(written(example, folder), folder, schema=schema(example.fields), **example.options)


PIECES = ("a", "b", ",", ",", ",", '"', '""', '"a"', "\n", "\n", "\r\n", "\r", " ", "é", "#", "'")
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=6)
ODD_BYTES = st.sampled_from([b"", b"", b"", b"\xff", b"\0", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf"])


@given(lines=LINES, ends=st.sampled_from(["\n", "\r\n"]), odd=ODD_BYTES, is_ended=st.booleans(), is_marked=st.booleans())
@settings(max_examples=deep(30), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_csv_is_read_as_the_reference_engine_reads_it(
    lines: list[str], ends: str, odd: bytes, is_ended: bool, is_marked: bool
) -> None:
    fields = ("id:UNIQUE_ID", "x:STRING:X", "y:STRING:Y")
    with tempfile.TemporaryDirectory() as name, small_pieces():
        folder = Path(name)
        regular = ["1,2,3", '"1","2 ""x""","3"', "é,,"]
        text = ends.join(["id,x,y", *regular, *lines, *regular]) + (ends if is_ended else "")
        content = text.encode()
        middle = len(content) // 2
        path = folder / "raw.csv"
        path.write_bytes((b"\xef\xbb\xbf" if is_marked else b"") + content[:middle] + odd + content[middle:])
        assert_same([path], folder, schema=schema(fields), file_format="csv")


@given(st.lists(st.one_of(st.text(max_size=9).map(str.encode), st.binary(max_size=4)), max_size=6).map(b"".join))
@settings(deadline=None)
def test_bytes_are_utf8_where_python_reads_them(content: bytes) -> None:
    try:
        content.decode()
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    text = numpy.frombuffer(content + bytes(plain_csv.BLOCK), numpy.uint8)
    assert plain_csv.is_utf8(text.ctypes.data, len(content)) == is_text


def test_every_pair_and_many_threes_of_bytes_are_told_from_utf8() -> None:
    firsts = [0x41, 0x80, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5, 0xFF]
    others = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for content in itertools.chain(itertools.product(firsts, others), itertools.product(firsts, others, others, others)):
        text = numpy.frombuffer(bytes(content) + bytes(plain_csv.BLOCK), numpy.uint8)
        assert plain_csv.is_utf8(text.ctypes.data, len(content)) == (
            bytes(content).decode(errors="ignore").encode() == bytes(content)
        )


QUOTED = st.text(alphabet='ab",\r #é', max_size=70)


@given(
    rows=st.lists(st.tuples(QUOTED, QUOTED), max_size=12), ends=st.sampled_from(["\n", "\r\n"]), quoting=st.sampled_from([0, 1])
)
@settings(max_examples=deep(12), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_values_come_through_whatever_their_quotes(rows: list[tuple[str, str]], ends: str, quoting: Any) -> None:
    fields = ("id:UNIQUE_ID", "x:STRING:X", "y:STRING")
    with tempfile.TemporaryDirectory() as name, small_pieces():
        path = Path(name) / "raw.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator=ends, quoting=quoting)
            writer.writerow(["id", "x", "y"])
            writer.writerows((number, *row) for number, row in enumerate(rows))
        assert_same([path], Path(name), schema=schema(fields), file_format="csv")


def test_the_nasty_files_are_prepared_alike(cases: Path, tmp_path: Path) -> None:
    fields = ("customerid:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")
    for path in sorted(one for one in (cases / "files").rglob("*") if one.is_file()):
        for given_schema in (schema(fields), None):
            assert_same([path], tmp_path, schema=given_schema, file_format="csv")


def test_types_that_are_not_text_are_read_as_the_reference_engine_writes_them(tmp_path: Path) -> None:
    table = pyarrow.table(
        {"id": [1, 2, None], "zip": [2139.0, None, 98101.5], "born": pyarrow.array([1, 2, 3], pyarrow.date32())}
    )
    parquet.write_table(table, tmp_path / "raw.parquet")
    fields = ("id:UNIQUE_ID", "zip:ADDRESS_POSTALCODE:Zip", "born:DATE:Birth")
    assert_same([tmp_path / "raw.parquet"], tmp_path, schema=schema(fields))


@pytest.mark.parametrize("kind", [pyarrow.string(), pyarrow.large_string(), pyarrow.string_view(), "dictionary"])
def test_every_layout_of_text_in_parquet_is_read(kind: Any, tmp_path: Path) -> None:
    texts = pyarrow.array(["a", None, "b\0c", " ", "a", "é" * 20])
    column = texts.dictionary_encode() if kind == "dictionary" else texts.cast(kind)
    parquet.write_table(pyarrow.table({"id": [*"123456"], "x": column}), tmp_path / "raw.parquet")
    assert_same([tmp_path / "raw.parquet"], tmp_path, schema=schema(("id:UNIQUE_ID", "x:STRING:X")), hash=True)


def test_text_that_is_no_text_is_refused_alike(tmp_path: Path) -> None:
    broken = pyarrow.Array.from_buffers(pyarrow.string(), 1, pyarrow.array([b"\xff"]).buffers())
    parquet.write_table(pyarrow.table({"id": ["1"], "x": broken}), tmp_path / "raw.parquet")
    assert_same([tmp_path / "raw.parquet"], tmp_path, schema=schema(("id:UNIQUE_ID", "x:STRING:X")))
