"""Text read straight from Parquet's pages, beside what PyArrow reads from them."""

import random
from pathlib import Path

import duckdb
import pyarrow
import pytest
from pyarrow import parquet

from mandorla.engines.on_kernels import column_chunks
from mandorla.engines.on_kernels.column_chunks import page_batches, places_of
from mandorla.engines.on_kernels.page_headers import UnknownPageError
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, parquet_pieces
from mandorla.engines.source_files import opened

ROWS = 3_000
WRITTEN = {
    "as PyArrow writes": {},
    "uncompressed": {"compression": "none"},
    "snappy, pages of the second version": {"compression": "snappy", "data_page_version": "2.0"},
    "zstd, pages of the second version": {"compression": "zstd", "data_page_version": "2.0"},
    "many pages": {"compression": "zstd", "data_page_size": 200},
    "no dictionaries": {"compression": "zstd", "use_dictionary": False, "data_page_size": 500},
    "dictionaries that end early": {"compression": "zstd", "dictionary_pagesize_limit": 300, "data_page_size": 300},
    "several row groups, no statistics": {"row_group_size": 700, "write_statistics": False},
}


def people(rows: int, seed: int = 3) -> pyarrow.Table:
    """Columns of every kind: all there, some there, none there, few values, long and short ones."""
    draw = random.Random(seed)
    words = ["", "a", "Ann", "twelve bytes", "thirteen byte", "München, Größe", "x" * 400]
    columns = {
        "id": pyarrow.array([f"row-{number:09}" for number in range(rows)]),
        "few": pyarrow.array([draw.choice([None, "US", "DE"]) for _ in range(rows)]),
        "words": pyarrow.array([draw.choice([None, *words]) for _ in range(rows)]),
        "own": pyarrow.array([None if draw.random() < 0.5 else draw.choice(words) + str(draw.random()) for _ in range(rows)]),
        "runs": pyarrow.array(sorted([None, "one", "two"][number % 3] or "" for number in range(rows)) or [""]),
        "nothing": pyarrow.nulls(rows, pyarrow.string()),
        "large": pyarrow.array([str(draw.random()) for _ in range(rows)], pyarrow.large_string()),
    }
    fields = [pyarrow.field(name, column.type, nullable=name != "id") for name, column in columns.items()]
    return pyarrow.table(list(columns.values()), schema=pyarrow.schema(fields))


def read_pages(path: Path, rows_per_batch: int) -> pyarrow.Table:
    """The table as kernels read it."""
    metadata = parquet.read_metadata(path)
    names = parquet.read_schema(path).names
    batches = []
    for group in range(metadata.num_row_groups):
        places = places_of(metadata, group, names)
        assert places is not None
        for arrays in page_batches(path, metadata, group, places, rows_per_batch):
            for array in arrays:
                array.validate(full=True)
            batches.append([as_text(array) for array in arrays])
    return pyarrow.table([pyarrow.chunked_array(column) for column in zip(*batches, strict=True)], names=names)


def as_text(array: pyarrow.Array) -> pyarrow.Array:
    plain = array.dictionary_decode() if pyarrow.types.is_dictionary(array.type) else array
    return plain.cast(pyarrow.string())


def assert_same(read: pyarrow.Table, written: pyarrow.Table) -> None:
    for name in written.column_names:
        assert read[name].to_pylist() == written[name].to_pylist(), name


@pytest.mark.parametrize("rows_per_batch", [1, 64, 1_000, 1 << 17])
@pytest.mark.parametrize("options", WRITTEN.values(), ids=WRITTEN)
def test_pages_hold_what_pyarrow_reads(options: dict[str, object], rows_per_batch: int, tmp_path: Path) -> None:
    rows = ROWS if rows_per_batch > 1 else 200
    written = people(rows)
    parquet.write_table(written, tmp_path / "people.parquet", **options)
    assert_same(read_pages(tmp_path / "people.parquet", rows_per_batch), written)


@pytest.mark.parametrize("codec", ["zstd", "snappy", "uncompressed"])
@pytest.mark.parametrize("version", ["V1", "V2"])
def test_what_duckdb_writes_is_read(codec: str, version: str, tmp_path: Path) -> None:
    written = people(ROWS)
    path = tmp_path / "people.parquet"
    with duckdb.connect() as connection:
        connection.register("people", written)
        connection.execute(f"COPY people TO '{path}' (FORMAT parquet, CODEC {codec}, PARQUET_VERSION {version})")
    names, metadata = written.column_names, parquet.read_metadata(path)
    readable = [name for name in names if places_of(metadata, 0, [name]) is not None]
    assert "few" in readable
    for name in readable:
        [arrays] = page_batches(path, metadata, 0, places_of(metadata, 0, [name]) or [], 1 << 17)
        assert as_text(arrays[0]).to_pylist() == written[name].to_pylist(), name


def test_what_is_laid_out_otherwise_is_pyarrows_to_read(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    table = people(100).select(["id", "own"])
    written = {"use_dictionary": False, "column_encoding": {"id": "DELTA_BYTE_ARRAY", "own": "PLAIN"}}
    parquet.write_table(table, path, **written)
    assert places_of(parquet.read_metadata(path), 0, ["id"]) is None
    assert places_of(parquet.read_metadata(path), 0, ["own"]) is not None
    [piece] = parquet_pieces(opened(path), table.column_names, 0, 0)
    assert pyarrow.Table.from_batches(piece.batches(ROWS_PER_BATCH)).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("options", [WRITTEN["as PyArrow writes"], WRITTEN["many pages"], WRITTEN["uncompressed"]])
def test_a_damaged_page_is_refused_and_nothing_is_read_beyond_it(options: dict[str, object], tmp_path: Path) -> None:
    path, damaged = tmp_path / "people.parquet", tmp_path / "damaged.parquet"
    written = people(300).select(["few", "words", "own"])
    parquet.write_table(written, path, **options)
    metadata, content = parquet.read_metadata(path), path.read_bytes()
    places = places_of(metadata, 0, written.column_names)
    assert places is not None
    last = metadata.row_group(0).column(2)
    end = last.data_page_offset + last.total_compressed_size
    draw = random.Random(11)
    refused = 0
    for _ in range(400):
        changed = bytearray(content)
        for _ in range(draw.choice([1, 1, 4])):
            changed[draw.randrange(4, min(end, len(content) - 8))] = draw.choice([0, 1, 127, 128, 255, draw.randrange(256)])
        damaged.write_bytes(changed)
        try:
            for arrays in page_batches(damaged, metadata, 0, places, 100):
                for array in arrays:
                    array.validate()
        except UnknownPageError:
            refused += 1
    assert refused


def test_a_large_file_is_let_go_behind_its_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = people(ROWS)
    parquet.write_table(written, tmp_path / "people.parquet", row_group_size=500)
    told: list[str] = []
    advise = column_chunks.advise
    monkeypatch.setattr(column_chunks, "LARGE_FILE_BYTES", 1)
    monkeypatch.setattr(column_chunks, "advise", lambda *arguments: (told.append(arguments[-1]), advise(*arguments)))
    assert_same(read_pages(tmp_path / "people.parquet", 1_000), written)
    assert told == ["POSIX_FADV_WILLNEED", "POSIX_FADV_DONTNEED"] * (ROWS // 500)
