"""Entity Resolution's user guide rejects a record whose unique id is not specified; ids are compared byte by byte."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.engines.column_statistics import id_counts
from mandorla.prepare.rules.data_table import DataTable

MISSING, CASE = "UNIQUE_ID_MISSING", "UNIQUE_ID_CASE"


def findings(data: DataTable) -> Iterator[Finding]:
    """Rows without an id, and ids that differ only in case."""
    if data.mapping is None:
        return
    column = data.mapping.unique_id.field_name
    counts = id_counts(data.engine, data.table.name, column, DEFAULT_LIMITS.rows_per_unique_key)
    where = f"{data.file.path}, column '{column}'"
    if counts.without:
        what = f"{counts.without} rows have no unique id and take no part"
        yield Finding(code=MISSING, where=where, what=what, mend="give each row its key", severity="warning")
    if counts.equal_but_for_case:
        what = f"{counts.equal_but_for_case} ids are equal to another but for their case; they are different ids"
        yield Finding(code=CASE, where=where, what=what, mend="write each id one way", severity="warning")
