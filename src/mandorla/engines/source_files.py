"""Files of identity data as people have them: which format they really are, and which columns they hold.

What cannot be read is refused here with a finding; nothing is guessed from a file's name alone.
"""

import csv
import difflib
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow
from pyarrow import parquet

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.engines.foreign_formats import foreign_format

FileFormat = Literal["csv", "parquet"]
HEADER_BYTES = 1 << 20
PARQUET_MAGIC = b"PAR1"
GZIP_MAGIC = b"\x1f\x8b"
# What else separates values in files that are called CSV.
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", "\x01": "the control character 1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file: its path, its format, and the names of its columns in order. A nameless last column is left out.

    `headers` are the names in the file itself, where `columns` are mended ones.
    """

    path: Path
    file_format: FileFormat
    columns: tuple[str, ...]
    nameless_columns: int = 0
    headers: tuple[str, ...] = ()

    def header_of(self, column: str) -> str:
        """What the file itself calls a column."""
        return self.headers[self.columns.index(column)] if self.headers else column

    @property
    def is_gzipped(self) -> bool:
        """True of a gzipped CSV file, whatever its name."""
        with self.path.open("rb") as stream:
            return self.file_format == "csv" and stream.read(2) == GZIP_MAGIC


def source_files(paths: Sequence[Path]) -> tuple[SourceFile, ...]:
    """The files that the paths name, folders opened; InvalidInputError with a finding for each that cannot be read."""
    findings: list[Finding] = []
    files = opened_files(listed_files(paths, findings), findings)
    if findings:
        raise InvalidInputError(findings)
    return tuple(files)


def listed_files(paths: Sequence[Path], findings: list[Finding]) -> list[Path]:
    """The paths of all files, folders opened. A folder in which none is gets a finding."""
    listed: list[Path] = []
    for path in paths:
        try:
            found = list(data_files(path))
        except OSError as error:
            findings.append(unreadable(path, error))
            continue
        listed += found
        if not found:
            what = "the folder holds no file; names that begin with _ or . are passed over"
            findings.append(Finding(code="FOLDER_EMPTY", where=str(path), what=what, mend="check the path"))
    return listed


def opened_files(paths: Sequence[Path], findings: list[Finding]) -> list[SourceFile]:
    """The files that can be opened; the others get a finding."""
    files: list[SourceFile] = []
    for path in paths:
        try:
            files.append(opened(path))
        except InvalidInputError as error:
            findings += error.findings
        except OSError as error:
            findings.append(unreadable(path, error))
    return files


def data_files(path: Path) -> Iterator[Path]:
    """The file itself, or a folder's files, sub-folders too, without what Spark and others leave beside the data.

    Glue reads a table's location recursively and passes over names that begin with an underscore or a dot.
    """
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(("_", ".")) for part in inside):
            yield file


def opened(path: Path) -> SourceFile:
    """The file's format and columns, read from its first bytes."""
    if not path.is_file():
        raise InvalidInputError([missing(str(path))])
    with path.open("rb") as stream:
        start = stream.read(4)
    if not start:
        raise refused("FILE_EMPTY", path, "the file has no bytes at all", "export it again, or leave it out")
    if start == PARQUET_MAGIC:
        return opened_parquet(path)
    if path.suffix.lower() in {".parquet", ".pq"}:
        what = "the file is called .parquet but does not begin like one"
        raise refused("NOT_PARQUET", path, what, "rename it to .csv if it is one, or export it as Parquet")
    return opened_csv(path, is_gzipped=start[:2] == GZIP_MAGIC)


def opened_parquet(path: Path) -> SourceFile:
    """A Parquet file's columns, from its footer."""
    try:
        schema = parquet.read_schema(path)
    except (pyarrow.ArrowException, OSError):
        what = "the Parquet file's footer cannot be read; it is cut off or damaged"
        raise refused("PARQUET_BROKEN", path, what, "copy or export the file again") from None
    findings = [
        Finding(
            code="COLUMN_NESTED",
            where=f"{path}, column '{field.name}'",
            what="the column holds lists or structures",
            mend="write one plain column for each value",
        )
        for field in schema
        if pyarrow.types.is_nested(field.type)
    ]
    if findings:
        raise InvalidInputError(findings)
    if not schema.names:
        raise refused("FILE_EMPTY", path, "the Parquet file has no columns", "export it again, or leave it out")
    return SourceFile(path=path, file_format="parquet", columns=checked_names(path, schema.names))


def opened_csv(path: Path, *, is_gzipped: bool) -> SourceFile:
    """A CSV file's columns, from its first line."""
    try:
        with gzip.open(path) if is_gzipped else path.open("rb") as stream:
            start = stream.read(HEADER_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise gzip_broken(path) from None
    foreign = foreign_format(start)
    if foreign is not None:
        what, mend = foreign
        raise refused("NOT_CSV", path, f"the file is {what}, and neither CSV in UTF-8 nor Parquet", mend)
    header = header_of(path, start.decode("utf-8-sig", errors="replace"))
    nameless = len(header) - len(strip_nameless(header))
    names = checked_names(path, header[: len(header) - nameless])
    return SourceFile(path=path, file_format="csv", columns=names, nameless_columns=nameless)


def header_of(path: Path, text: str) -> list[str]:
    """The first line's fields, if they can be the names of columns."""
    try:
        header = next((row for row in csv.reader(io.StringIO(text, newline="")) if row), None)
    except csv.Error:
        what = "the first line is no list of column names: one of them has more than 131,072 characters"
        raise refused("NO_HEADER", path, what, "put a line with the column names first") from None
    if header is None:
        raise refused("FILE_EMPTY", path, "the file holds nothing but empty lines", "export it again, or leave it out")
    if not any(name.strip() for name in header):
        raise refused("NO_HEADER", path, "the first line names no column", "put a line with the column names first")
    mark = next((mark for mark in DELIMITERS if mark in header[0]), None)
    if len(header) == 1 and mark is not None:
        what = f"only one column was found: the values are separated by {DELIMITERS[mark]}, not by commas"
        raise refused("DELIMITER", path, what, "export the file with commas")
    if any("@" in name or name.replace(".", "").isdigit() for name in header):
        what = "the first line holds values, not column names"
        raise refused("NO_HEADER", path, what, "put a line with the column names first")
    if any("\ufffd" in name for name in header):
        what = "the first line holds bytes that are not UTF-8"
        raise refused("ENCODING", path, what, "save the file as UTF-8")
    return header


def strip_nameless(header: Sequence[str]) -> Sequence[str]:
    """The names without the nameless columns that a trailing comma makes.

    >>> strip_nameless(["id", "email", ""])
    ['id', 'email']
    """
    end = len(header)
    while end and not header[end - 1].strip():
        end -= 1
    return header[:end]


def checked_names(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The names, if each stands once and none is empty."""
    findings = [
        Finding(
            code="HEADER_EMPTY",
            where=f"{path}, column {place}",
            what="the column has no name",
            mend="give it a name or remove the column",
        )
        for place, name in enumerate(names, start=1)
        if not name.strip()
    ]
    folded = [name.strip().lower() for name in names]
    findings += [
        Finding(
            code="HEADER_DUPLICATE",
            where=f"{path}, column '{name}'",
            what=f"{folded.count(name)} columns have this name",
            mend="rename all but one, for example with _2",
        )
        for name in dict.fromkeys(folded)
        if name and folded.count(name) > 1
    ]
    if findings:
        raise InvalidInputError(findings)
    return tuple(names)


def type_of_column(file: SourceFile, column: str) -> str | None:
    """The type of a Parquet column ("string", "int64", …); None for CSV, where all is text."""
    if file.file_format == "csv":
        return None
    column_type = parquet.read_schema(file.path).field(file.header_of(column)).type
    if pyarrow.types.is_dictionary(column_type):
        column_type = column_type.value_type
    is_text = pyarrow.types.is_string(column_type) or pyarrow.types.is_large_string(column_type)
    return "string" if is_text or pyarrow.types.is_string_view(column_type) else str(column_type)


def missing_columns_of(file: SourceFile, columns: Sequence[str]) -> list[Finding]:
    """A finding for each column that a file should have and does not."""
    return [
        missing_column(f"{file.path}, column '{column}'", column, file.columns)
        for column in columns
        if column not in file.columns
    ]


def missing_column(where: str, column: str, columns: Sequence[str]) -> Finding:
    """The finding for a mapped column that a file lacks, with the column that may be meant."""
    in_other_case = [one for one in columns if one.lower() == column.lower()]
    if in_other_case:
        what = f"the header is '{in_other_case[0]}'; all column headers must be in lowercase"
        mend = "rename the column, or let mandorla prepare do it"
        return Finding(code="HEADER_CASE", where=where, what=what, mend=mend)
    near = difflib.get_close_matches(column, columns, n=1)
    mend = f"did you mean '{near[0]}'?" if near else "check the header line, and the schema mapping's fieldName"
    what = "the schema mapping names this column, and the file does not have it"
    return Finding(code="COLUMN_MISSING", where=where, what=what, mend=mend)


def missing(paths: str) -> Finding:
    """The finding for a path at which nothing stands."""
    return Finding(code="FILE_MISSING", where=paths, what="there is no such file", mend="check the path")


def unreadable(path: Path, error: OSError) -> Finding:
    """The finding for a file that the system does not let us read."""
    what = f"it cannot be read: {(error.strerror or type(error).__name__).lower()}"
    return Finding(code="FILE_UNREADABLE", where=str(path), what=what, mend="check the path, and who may read it")


def gzip_broken(path: Path) -> InvalidInputError:
    """The refusal of a gzip file that ends early or is damaged."""
    return refused("GZIP_BROKEN", path, "the gzip data ends early or is damaged", "copy or compress the file again")


def refused(code: str, where: Path | str, what: str, mend: str) -> InvalidInputError:
    """A refusal with one finding."""
    return InvalidInputError([Finding(code=code, where=str(where), what=what, mend=mend)])
