"""A row that cannot be split into the header's fields would be lost or shifted: it is named with its line and the reason."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.data_table import DataTable

CODE = "ROW_UNREADABLE"
NAMED = 10


def findings(data: DataTable) -> Iterator[Finding]:
    """The first rows one by one, the others as a number."""
    rejected = data.table.rejected_rows
    for row in rejected[:NAMED]:
        where = f"{data.file.path}, line {row.place}"
        yield Finding(code=CODE, where=where, what=row.reason, mend="mend the line, or leave it out")
    if len(rejected) > NAMED:
        what = f"{len(rejected) - NAMED} more rows cannot be read"
        yield Finding(code=CODE, where=str(data.file.path), what=what, mend="mend the lines, or export the file again")
