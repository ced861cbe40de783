"""The guide: "ensure that the header row matches exactly with the column names and are in the same order".

The files of one location are one Glue table: their headers must be the same, in the same order.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mandorla.domain.finding import Finding
from mandorla.engines.source_files import SourceFile

DIFFER, GLUE = "HEADERS_DIFFER", "GLUE_COLUMNS_DIFFER"


def findings(files: Sequence[SourceFile]) -> Iterator[Finding]:
    """The first difference of each file from the first one in its folder."""
    first_in: dict[Path, SourceFile] = {}
    for file in files:
        first = first_in.setdefault(file.path.parent, file)
        if file.file_format == first.file_format:
            yield from differences(file, first.columns, DIFFER, f"in {first.path.name}")


def differences(file: SourceFile, expected: Sequence[str], code: str, place: str) -> Iterator[Finding]:
    """The first column of a file that is not as expected. The order in a Parquet file does not matter: it is read by name."""
    if file.file_format == "parquet":
        for column in expected:
            if column not in file.columns:
                yield differs(code, file, f"the column '{column}' {place} is not in this file")
        return
    for number, (here, there) in enumerate(zip(file.columns, expected, strict=False), start=1):
        if here != there:
            yield differs(code, file, f"column {number} is '{here}' here and '{there}' {place}")
            return
    if len(file.columns) != len(expected):
        yield differs(code, file, f"there are {len(file.columns)} columns here and {len(expected)} {place}")


def differs(code: str, file: SourceFile, what: str) -> Finding:
    """A finding about a header."""
    mend = "give them the same names in the same order: values are read by their place"
    return Finding(code=code, where=f"{file.path}, header", what=what, mend=mend)
