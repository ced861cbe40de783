"""Entity Resolution's user guide: the column DELETE holds true for a record to delete, false or nothing for all others."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines.checking_queries import counts_of_patterns, filled_counts
from mandorla.prepare.rules.data_table import DataTable

CODE = "DELETE_MARK"
MARKS = "^(?i:true|false)$"


def findings(data: DataTable) -> Iterator[Finding]:
    """Marks that mean nothing: they would keep a record that somebody wants gone."""
    columns = [
        field.field_name
        for field in data.fields
        if field.field_name.upper() == "DELETE" and field.type is AttributeType.STRING and not field.match_key
    ]
    marks = counts_of_patterns(data.engine, data.table.name, [(column, MARKS) for column in columns])
    _, filled = filled_counts(data.engine, data.table.name, columns)
    for column, good, every in zip(columns, marks, filled, strict=True):
        if every - good:
            what = f"{every - good:,} marks are neither true nor false, and keep their records"
            yield Finding(code=CODE, where=data.where(column), what=what, mend="write true or false")
