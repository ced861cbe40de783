"""What a Parquet file says of itself: its footer, and the headers of its pages, in Thrift's compact protocol.

The fields are those of Apache Parquet's `parquet.thrift`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

# Numbers of parquet.thrift.
BYTE_ARRAY, ZSTD, UTF8 = 6, 6, 0
DATA_PAGE, DICTIONARY_PAGE = 0, 2
PLAIN, RLE, RLE_DICTIONARY = 0, 3, 8
REQUIRED, OPTIONAL = 0, 1
# Types of Thrift's compact protocol.
INT32, INT64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The pages of a column in a row group, as they stand in the file. Those of a dictionary, if it has one, stand first.

    The least and the greatest value may be told.
    """

    begin: int
    rows: int
    size: int
    plain_bytes: int
    dictionary_bytes: int
    least: bytes | None = None
    greatest: bytes | None = None


def data_page_header(rows: int, plain_bytes: int, size: int, encoding: int) -> bytes:
    """What stands before a page of values; their levels are packed."""
    about = struct((1, INT32, rows), (2, INT32, encoding), (3, INT32, RLE), (4, INT32, RLE))
    return struct((1, INT32, DATA_PAGE), (2, INT32, plain_bytes), (3, INT32, size), (5, STRUCT, about))


def dictionary_page_header(values: int, plain_bytes: int, size: int) -> bytes:
    """What stands before a dictionary."""
    about = struct((1, INT32, values), (2, INT32, PLAIN))
    return struct((1, INT32, DICTIONARY_PAGE), (2, INT32, plain_bytes), (3, INT32, size), (7, STRUCT, about))


def footer_of(names: Sequence[str], required: Sequence[bool], groups: Sequence[Sequence[Chunk]]) -> bytes:
    """The file's metadata."""
    root = struct((4, BINARY, b"schema"), (5, INT32, len(names)))
    leaves = [
        struct(
            (1, INT32, BYTE_ARRAY),
            (3, INT32, REQUIRED if one else OPTIONAL),
            (4, BINARY, name.encode()),
            (6, INT32, UTF8),
            (10, STRUCT, struct((1, STRUCT, struct()))),
        )
        for name, one in zip(names, required, strict=True)
    ]
    rows = [chunks[0].rows for chunks in groups]
    return struct(
        (1, INT32, 1),
        (2, LIST, listed(STRUCT, [root, *leaves])),
        (3, INT64, sum(rows)),
        (4, LIST, listed(STRUCT, [group_of(names, chunks) for chunks in groups])),
        (6, BINARY, b"mandorla"),
        # Values are ordered as their type says, by bytes: else nobody may believe the least and the greatest.
        (7, LIST, listed(STRUCT, [struct((1, STRUCT, struct()))] * len(names))),
    )


def group_of(names: Sequence[str], chunks: Sequence[Chunk]) -> bytes:
    """What the metadata say of a row group."""
    columns = [
        struct((2, INT64, chunk.begin), (3, STRUCT, column_of_group(name, chunk)))
        for name, chunk in zip(names, chunks, strict=True)
    ]
    return struct(
        (1, LIST, listed(STRUCT, columns)),
        (2, INT64, sum(chunk.plain_bytes for chunk in chunks)),
        (3, INT64, chunks[0].rows),
        (5, INT64, chunks[0].begin),
        (6, INT64, sum(chunk.size for chunk in chunks)),
    )


def column_of_group(name: str, chunk: Chunk) -> bytes:
    """What the metadata say of a column in a row group."""
    encodings = (PLAIN, RLE) if chunk.dictionary_bytes == 0 else (PLAIN, RLE, RLE_DICTIONARY)
    dictionary = () if chunk.dictionary_bytes == 0 else ((11, INT64, chunk.begin),)
    bounds = () if chunk.least is None else ((12, STRUCT, struct((5, BINARY, chunk.greatest), (6, BINARY, chunk.least))),)
    return struct(
        (1, INT32, BYTE_ARRAY),
        (2, LIST, listed(INT32, [zigzag(one) for one in encodings])),
        (3, LIST, listed(BINARY, [binary(name.encode())])),
        (4, INT32, ZSTD),
        (5, INT64, chunk.rows),
        (6, INT64, chunk.plain_bytes),
        (7, INT64, chunk.size),
        (9, INT64, chunk.begin + chunk.dictionary_bytes),
        *dictionary,
        *bounds,
    )


def struct(*fields: tuple[int, int, Any]) -> bytes:
    """A structure: each field's number, type and value, in the order of the numbers, at most fifteen apart."""
    written, before = b"", 0
    for number, kind, value in fields:
        content = zigzag(value) if kind in (INT32, INT64) else binary(value) if kind == BINARY else value
        written += bytes([(number - before) << 4 | kind]) + content
        before = number
    return written + b"\0"


def listed(kind: int, items: Iterable[bytes]) -> bytes:
    """A list of written values."""
    values = list(items)
    short = bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + varint(len(values))
    return short + b"".join(values)


def binary(text: bytes) -> bytes:
    """Bytes, led by their length."""
    return varint(len(text)) + text


def zigzag(number: int) -> bytes:
    """A number that is not negative, as numbers with a sign are written."""
    return varint(number << 1)


def varint(number: int) -> bytes:
    """A number in as many bytes as it needs, seven bits each, the lowest first.

    >>> varint(300).hex()
    'ac02'
    """
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
