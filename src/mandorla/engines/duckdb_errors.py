"""DuckDB's errors that a caller can cause, as refusals in our words; all others are ours, and pass as they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from mandorla.domain.errors import LimitError, MandorlaError
from mandorla.engines.source_files import SourceFile, refused

MEMORY = "The work does not fit into the memory that it may take; allow more with MANDORLA_MEMORY_LIMIT, such as 8GB."
DISK = "The disk has no space left for the work; make room, or set TMPDIR to a folder that has some."
NO_SPACE = ("No space left on device", "max_temp_directory_size")
NOT_UTF8 = "Invalid string encoding found in Parquet file"


@contextmanager
def explained(files: Sequence[SourceFile]) -> Iterator[None]:
    """Raise what DuckDB says of these files, of memory or of the disk as an error of ours."""
    try:
        yield
    except duckdb.Error as error:
        ours = in_our_words(error, files)
        if ours is None:
            raise
        raise ours from None


def in_our_words(error: duckdb.Error, files: Sequence[SourceFile]) -> MandorlaError | None:
    """The error that a caller can do something about; None if it is none."""
    text = str(error)
    if any(sign in text for sign in NO_SPACE):
        return LimitError(DISK)
    if isinstance(error, duckdb.OutOfMemoryException):
        return LimitError(MEMORY)
    parquet = [str(file.path) for file in files if file.file_format == "parquet"]
    if not parquet:
        return None
    named = [path for path in parquet if path in text]
    where = (named or parquet)[0] if named or len(parquet) == 1 else f"one of {len(parquet)} Parquet files"
    if NOT_UTF8 in text:
        mend = "write the column as text, or leave the value out"
        return refused("ENCODING", where, "a value is not text in UTF-8", mend)
    # Damaged pages are errors without a class of their own, or failures to unpack them.
    if type(error) is duckdb.Error or "Failed to read file" in text:
        what = "the Parquet file's data cannot be read; it is damaged"
        return refused("PARQUET_BROKEN", where, what, "copy or export the file again")
    return None
