"""The guide: "up to 25 columns (24 identity columns and a single column containing the unique ID)"; and names that Entity
Resolution's output keeps for itself.
"""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.prepare.rules.data_table import DataTable

COUNT, RESERVED = "COLUMNS_BEYOND_LIMIT", "COLUMN_RESERVED"

# Entity Resolution's user guide, troubleshooting: a column of such a name fails.
RESERVED_NAMES = frozenset(
    {"emailaddress", "inputsourcearn", "matchrule", "matchid", "hashingprotocol", "confidencelevel", "source"}
)


def findings(data: DataTable) -> Iterator[Finding]:
    """Too many mapped columns, and names that the output needs."""
    most = DEFAULT_LIMITS.columns_per_schema_mapping
    if len(data.fields) > most:
        what = f"{len(data.fields)} columns are mapped; Amazon's guide allows {most}, the id among them"
        mend = "split the table into several locations with a schema mapping each: mandorla prepare does it"
        yield Finding(code=COUNT, where=str(data.file.path), what=what, mend=mend, severity="warning")
    for field in data.fields:
        if field.field_name.lower() in RESERVED_NAMES:
            what = "Entity Resolution's output has a column of its own with this name"
            yield Finding(code=RESERVED, where=data.where(field.field_name), what=what, mend="rename the column")
