"""A mapped column in which nothing stands brings no match; most often an export went wrong."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.engines.checking_queries import filled_counts
from mandorla.prepare.rules.data_table import DataTable

CODE = "COLUMN_EMPTY"


def findings(data: DataTable) -> Iterator[Finding]:
    """Mapped columns without a single value, in a file that has rows."""
    columns = [field.field_name for field in data.fields]
    rows, filled = filled_counts(data.engine, data.table.name, columns)
    for column, count in zip(columns, filled, strict=True):
        if rows and not count:
            what, mend = "the column is mapped and holds no value at all", "fill it, or leave it out of the schema mapping"
            yield Finding(code=CODE, where=data.where(column), what=what, mend=mend, severity="warning")
