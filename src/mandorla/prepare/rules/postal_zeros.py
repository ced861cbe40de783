"""A ZIP code that passed through a spreadsheet has lost its leading zero: Amazon's tool leaves four digits out ("6160")."""

from collections.abc import Iterator, Sequence

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType, SchemaMapping
from mandorla.engines.checking_queries import codes_of_countries
from mandorla.engines.engine import Engine
from mandorla.prepare.rules.data_table import DataTable

CODE = "POSTAL_ZERO_LOST"
# The countries whose codes have five digits, the first of which may be a zero.
FIVE_DIGITS = ("DE", "ES", "FR", "IT", "US")
# A column of whole numbers has no zeros to lose from the front, one of decimal numbers a point besides. Nothing fits that
# begins with so many digits as a whole code has.
WHOLE = 5
SHORT = r"^[0-9]{3,4}(\.0+|-[0-9]{4})?$"


def findings(data: DataTable) -> Iterator[Finding]:
    """Columns with codes of three or four digits in rows of such countries."""
    if data.mapping is not None:
        yield from lost_zeros(data.engine, data.table.name, data.mapping, data.country, f"{data.file.path}, ")


def lost_zeros(engine: Engine, table: str, mapping: SchemaMapping, country: str, place: str = "") -> Iterator[Finding]:
    """The same of an attached table, whichever files it is made of."""
    columns = coded_columns(mapping)
    counts = codes_of_countries(engine, table, mapping, country, columns=columns, pattern=SHORT, countries=FIVE_DIGITS)
    return findings_of_zeros(columns, counts, place)


def coded_columns(mapping: SchemaMapping) -> list[str]:
    """The columns with postal codes that can be looked at."""
    fields = mapping.mapped_input_fields
    return [field.field_name for field in fields if field.type is AttributeType.ADDRESS_POSTALCODE and not field.hashed]


def findings_of_zeros(columns: Sequence[str], counts: Sequence[int], place: str = "") -> Iterator[Finding]:
    """A warning for each column in which so many codes are too short, where any is."""
    for column, count in zip(columns, counts, strict=True):
        if count:
            what = f"{count:,} postal codes have three or four digits; their leading zeros are lost, and they match nothing"
            mend = "export the column as text, with five digits"
            yield Finding(code=CODE, where=f"{place}column '{column}'", what=what, mend=mend, severity="warning")
