"""What people take for CSV and is none: told by its first bytes, so that the refusal can say what it is and what to do."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE

UNPACK = "unpack it first; gzip is read as it is"
SAVE_AS_CSV = "save the sheet as CSV (UTF-8), or export Parquet"
EXPORT = "export the data as CSV or Parquet"

# The first bytes of a file, what it is then, and the mend.
BEGINNINGS = (
    (b"PK\x03\x04", "a zip archive, as Excel workbooks are", "unpack it, or " + SAVE_AS_CSV),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", SAVE_AS_CSV),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", UNPACK),
    (b"BZh", "packed with bzip2", UNPACK),
    (b"\xfd7zXZ\x00", "packed with xz", UNPACK),
    (b"\x04\x22\x4d\x18", "packed with lz4", UNPACK),
    (b"\x1f\x8b", "packed with gzip twice", "unpack it once"),
    (b"ARROW1", "an Arrow file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"SQLite format 3\x00", "a SQLite database", EXPORT),
    (b"%PDF", "a PDF", EXPORT),
    (b"\xff\xd8\xff", "a picture", "leave it out"),
    (b"\x89PNG", "a picture", "leave it out"),
    (b"<", "HTML or XML", EXPORT),
    (b"{", "JSON", EXPORT),
    (b"[", "JSON", EXPORT),
)
WIDE_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF32_BE)
WIDE = "text in UTF-16 or UTF-32"
SAVE_AS_UTF8 = "save it as UTF-8"


def foreign_format(start: bytes) -> tuple[str, str] | None:
    """What a file that begins so is, and the mend; None for what may be CSV in UTF-8.

    >>> foreign_format(b"PK\\x03\\x04...")[0], foreign_format("id,email".encode("utf-16-le"))[0], foreign_format(b"id,email")
    ('a zip archive, as Excel workbooks are', 'text in UTF-16 or UTF-32', None)
    """
    text = start.lstrip()
    for first, what, mend in BEGINNINGS:
        if start.startswith(first) or text.startswith(first):
            return what, mend
    return (WIDE, SAVE_AS_UTF8) if start.startswith(WIDE_MARKS) or is_wide(start[:512]) else None


def is_wide(start: bytes) -> bool:
    """True of text without a mark in which every second byte, or more, is zero."""
    return len(start) >= 4 and start.count(0) * 5 >= len(start) * 2
