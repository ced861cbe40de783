"""The guide: "consolidate the data without any duplicate rows within the same table"."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.engines.checking_queries import repeated_rows
from mandorla.prepare.rules.data_table import DataTable

CODE = "ROWS_DUPLICATE"


def findings(data: DataTable) -> Iterator[Finding]:
    """Rows that are equal to an earlier one in every column."""
    if data.mapping is None:
        return
    count = repeated_rows(data.engine, data.table.name, data.file.columns)
    if count:
        what = f"{count:,} rows repeat an earlier row in every column"
        mend = "leave each in once, or let mandorla prepare do it"
        yield Finding(code=CODE, where=str(data.file.path), what=what, mend=mend, severity="warning")
