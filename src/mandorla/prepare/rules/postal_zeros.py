"""A ZIP code that passed through a spreadsheet has lost its leading zero: Amazon's tool leaves four digits out ("6160")."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines.checking_queries import counts_of_patterns
from mandorla.prepare.rules.data_table import DataTable

CODE = "POSTAL_ZERO_LOST"
# The countries whose codes have five digits, the first of which may be a zero.
FIVE_DIGITS = frozenset({"US", "DE", "ES", "FR", "IT"})
SHORT = r"^[0-9]{3,4}(-[0-9]{4})?$"


def findings(data: DataTable) -> Iterator[Finding]:
    """Columns with codes of three or four digits."""
    columns = [field.field_name for field in data.fields if field.type is AttributeType.ADDRESS_POSTALCODE and not field.hashed]
    if data.country not in FIVE_DIGITS:
        return
    counts = counts_of_patterns(data.engine, data.table.name, [(column, SHORT) for column in columns])
    for column, count in zip(columns, counts, strict=True):
        if count:
            what = f"{count:,} postal codes have three or four digits; their leading zeros are lost, and they match nothing"
            mend = "export the column as text, with five digits"
            yield Finding(code=CODE, where=data.where(column), what=what, mend=mend, severity="warning")
