"""The files' headers, mended: lower case, nothing around them, and only the characters that a schema mapping takes."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import FILE_NUMBER, ROW_NUMBER
from mandorla.engines.source_files import SourceFile, checked_names

# Columns that every attached table has besides its own.
RESERVED = frozenset({FILE_NUMBER, ROW_NUMBER})


def mended(file: SourceFile) -> SourceFile:
    """The file under mended column names; InvalidInputError if two of them come out alike."""
    return replace(file, columns=checked_names(file.path, [mended_name(name) for name in file.columns]), headers=file.columns)


def mended_name(name: str) -> str:
    """A column's name as the guide and Entity Resolution's service model want it.

    >>> mended_name(" E-Mail (private)")
    'e-mail _private_'
    """
    return re.sub(r"[^a-z0-9_\- ]+", "_", name.strip().lower())


def findings_of_headers(files: Sequence[SourceFile]) -> Iterator[Finding]:
    """What was mended, one warning for each file."""
    for file in files:
        changed = [header for header, column in zip(file.headers, file.columns, strict=True) if header != column]
        if changed:
            yield Finding(
                code="HEADERS_MENDED",
                where=f"{file.path}, column{'s' if len(changed) > 1 else ''} {', '.join(map(repr, changed))}",
                what="written in lower case, as all column headers must be",
                mend="call them so in your own queries too",
                severity="warning",
            )


def check_columns(files: Sequence[SourceFile], mapping: SchemaMapping) -> None:
    """InvalidInputError names every mapped column that a file does not have, or that has a name which we need ourselves."""
    findings = [missing_column(file, column) for file in files for column in mapping.column_names if column not in file.columns]
    findings += [reserved_column(column) for column in mapping.column_names if column in RESERVED]
    if findings:
        raise InvalidInputError(findings)


def reserved_column(column: str) -> Finding:
    """The finding for a mapped column under whose name rows are numbered."""
    what = "the name is taken: rows are numbered under it"
    mend = "rename the column, in the files and in the schema mapping"
    return Finding(code="COLUMN_RESERVED", where=f"column '{column}'", what=what, mend=mend)


def missing_column(file: SourceFile, column: str) -> Finding:
    """The finding for a mapped column that a file lacks, with the column that may be meant."""
    near = difflib.get_close_matches(column, file.columns, n=1)
    return Finding(
        code="COLUMN_MISSING",
        where=f"{file.path}, column '{column}'",
        what="the schema mapping names this column, and the file does not have it",
        mend=f"did you mean '{near[0]}'?" if near else "check the header line, and the schema mapping's fieldName",
    )


def findings_of_unmapped(files: Sequence[SourceFile], mapping: SchemaMapping) -> Iterator[Finding]:
    """Columns that stay behind. What no mapping reads helps no match, and would carry persons' values along unhashed."""
    unmapped = dict.fromkeys(column for file in files for column in file.columns if column not in mapping.column_names)
    for column in unmapped:
        yield Finding(
            code="COLUMN_LEFT_OUT",
            where=f"column '{column}'",
            what="the schema mapping does not name the column, so it is not in the output",
            mend="map it if it identifies people; keep other data in a table of its own",
            severity="warning",
        )
