"""The guide: of "more than 25 rows with the same unique key value, only 25 rows will be considered"."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.engines.column_statistics import id_counts
from mandorla.prepare.rules.data_table import DataTable

CODE = "ROWS_BEYOND_LIMIT"


def findings(data: DataTable) -> Iterator[Finding]:
    """How many rows of how many ids are beyond the limit."""
    if data.mapping is None:
        return
    column = data.mapping.unique_id.field_name
    most = DEFAULT_LIMITS.rows_per_unique_key
    counts = id_counts(data.engine, data.table.name, column, most)
    if counts.rows_beyond:
        ids = "1 id has" if counts.ids_beyond == 1 else f"{counts.ids_beyond:,} ids have"
        what = f"{ids} more than {most} rows; {counts.rows_beyond:,} rows will be ignored"
        mend = "collapse them into wide rows: mandorla prepare --collapse"
        where = f"{data.file.path}, column '{column}'"
        yield Finding(code=CODE, where=where, what=what, mend=mend, severity="warning")
