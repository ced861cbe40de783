"""The guide: "All column headers must be in lowercase." """

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.data_table import DataTable

CODE = "HEADER_CASE"


def findings(data: DataTable) -> Iterator[Finding]:
    """One finding a header that is not in lower case."""
    for column in data.file.columns:
        if column != column.lower():
            yield Finding(
                code=CODE,
                where=f"{data.file.path}, column '{column}'",
                what="all column headers must be in lowercase",
                mend=f"rename it to '{column.lower()}', or let mandorla prepare do it",
            )
