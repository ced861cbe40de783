"""Frames of zstd that no compressor wrote: zstd's own decoder reads them, and readers of Parquet the files that hold them."""

import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from mandorla.engines.on_kernels import parquet_pages
from mandorla.engines.on_kernels.packed_digests import MOST_VALUES, VALUE_BYTES, packed_digests, room_of_frame
from mandorla.engines.on_kernels.parquet_pages import ParquetPages
from mandorla.engines.on_kernels.prepared_values import Laid, Written
from mandorla.engines.on_kernels.reading import ROWS_PER_BATCH, parquet_pieces
from mandorla.engines.on_kernels.repeated_values import Repeated
from mandorla.engines.source_files import opened

SIZES = [0, 1, 2, 3, 5, 127, 128, 129, 130, MOST_VALUES, MOST_VALUES + 1, MOST_VALUES + 2, 2 * MOST_VALUES + 1, 30_000]


def frame_of(levels: bytes, digests: Sequence[bytes | None]) -> bytes:
    """The frame of a page."""
    laid, before = Laid(digests), numpy.frombuffer(levels + bytes(16), numpy.uint8)
    values = sum(one is not None for one in digests)
    frame = numpy.empty(room_of_frame(len(levels), values), numpy.uint8)
    size = packed_digests(before.ctypes.data, len(levels), laid.starts, laid.sizes, values, frame.ctypes.data)
    assert size <= len(frame)
    return frame[:size].tobytes()


def page_of(levels: bytes, digests: Sequence[bytes | None]) -> bytes:
    """What stands in a page."""
    return levels + b"".join(b"@\0\0\0" + one.hex().encode() for one in digests if one is not None)


def assert_read(levels: bytes, digests: Sequence[bytes | None]) -> None:
    """The decoder finds what stands in the page, and as much as the frame says."""
    frame, page = frame_of(levels, digests), page_of(levels, digests)
    assert pyarrow.Codec("zstd").decompress(frame, len(page)).to_pybytes() == page
    assert pyarrow.CompressedInputStream(pyarrow.BufferReader(frame), "zstd").read() == page
    assert int.from_bytes(frame[6:10], "little") == len(page)


@pytest.mark.parametrize("values", SIZES)
@pytest.mark.parametrize("level_bytes", [0, 1, 4101])
def test_pages_of_every_size_are_read(values: int, level_bytes: int) -> None:
    draw = random.Random(values)
    assert_read(draw.randbytes(level_bytes), [draw.randbytes(32) for _ in range(values)])


@given(
    levels=st.binary(max_size=40),
    pattern=st.lists(st.one_of(st.none(), st.binary(min_size=32, max_size=32)), max_size=12),
    times=st.sampled_from([1, 1, 20, 700]),
)
@settings(deadline=None)
def test_any_values_are_read(levels: bytes, pattern: list[bytes | None], times: int) -> None:
    assert_read(levels, pattern * times)


def test_a_value_takes_less_than_thirty_three_bytes() -> None:
    digests = [random.Random(5).randbytes(32) for _ in range(30_000)]
    assert len(frame_of(b"", digests)) < 33 * len(digests) < len(digests) * VALUE_BYTES / 2


@pytest.mark.parametrize("rows_per_group", [1, 1000, 10_000])
def test_files_with_numbers_and_without_are_read(rows_per_group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_pages, "ROWS_PER_GROUP", rows_per_group)
    draw = random.Random(rows_per_group)
    few = {False: [b"", b"a", "é".encode() * 40, b"b"], True: [draw.randbytes(32) for _ in range(5)]}
    names = [f"{'digest' if is_digest else 'text'}_{kind}" for is_digest in few for kind in ("own", "few", "mixed", "one")]
    writer = ParquetPages(tmp_path / "file.parquet", ["id", *names], [True] + [False] * len(names))
    expected: dict[str, list[str | None]] = {name: [] for name in ("id", *names)}
    for batch, rows in enumerate((700, 1, 900, 300)):
        kept = numpy.array([draw.random() < 0.8 for _ in range(rows)]) if batch else numpy.ones(rows, numpy.bool_)
        columns = [written([f"{batch}-{row}".encode() for row in range(rows)])]
        for is_digest, values in few.items():
            columns += [
                written([draw.choice([None, draw.randbytes(32)]) for _ in range(rows)], is_digest=is_digest)
                if is_digest
                else written([draw.choice([None, str(draw.random()).encode()]) for _ in range(rows)]),
                numbered([draw.choice([None, *values]) for _ in range(rows)], is_digest=is_digest),
                (numbered if batch % 2 else written)([draw.choice(values) for _ in range(rows)], is_digest=is_digest),
                numbered([draw.choice([None, values[2]]) for _ in range(rows - 1)] + [values[2]], is_digest=is_digest),
            ]
        writer.append(writer.encoded(columns, kept))
        for name, column in zip(expected, columns, strict=True):
            texts = zip(texts_of(column), kept, strict=True)
            expected[name] += [None if text is None else text for text, is_kept in texts if is_kept]
    writer.close()
    assert parquet.read_table(tmp_path / "file.parquet").to_pydict() == expected
    with duckdb.connect() as connection:
        read = connection.read_parquet(str(tmp_path / "file.parquet")).to_arrow_table()
    assert read.to_pydict() == expected
    pieces = parquet_pieces(opened(tmp_path / "file.parquet"), list(expected), 0, 0)
    batches = [batch for piece in pieces for batch in piece.batches(ROWS_PER_BATCH)]
    for place, name in enumerate(expected):
        assert [text for batch in batches for text in batch.column(place).to_pylist()] == expected[name]
    chunks = parquet.read_metadata(tmp_path / "file.parquet").row_group(0)
    assert [chunks.column(place).has_dictionary_page for place in range(3)] == [False, False, True]


def written(values: Sequence[bytes | None], *, is_digest: bool = False) -> Written:
    """A column of values."""
    laid = Laid(values)
    return Written(laid.starts, laid.sizes, None, [laid], is_digest)


def numbered(values: Sequence[bytes | None], *, is_digest: bool) -> Written:
    """A column whose values have numbers; each of them stands there once."""
    column = written(values, is_digest=is_digest)
    known = sorted({value for value in values if value is not None})
    laid = Laid([*known, None])
    numbers = numpy.array([-1 if value is None else known.index(value) for value in values], numpy.int32)
    column.kept.append(laid)
    column.repeated = Repeated(numbers, laid.starts, laid.sizes)
    return column


def texts_of(column: Written) -> list[str | None]:
    """What readers are to find."""
    values = [
        None if size < 0 else pyarrow.foreign_buffer(int(start), int(size)).to_pybytes() if size else b""
        for start, size in zip(column.starts, column.sizes, strict=True)
    ]
    return [value if value is None else value.hex() if column.is_digest else value.decode() for value in values]
