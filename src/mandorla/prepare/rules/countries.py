"""Amazon Ads' answers to questions: a blank country code signals "the system to not utilize the records"."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.engines.checking_queries import filled_counts, value_counts
from mandorla.normalize.country import region_of
from mandorla.prepare.rules.data_table import DataTable

MISSING, UNKNOWN = "COUNTRY_MISSING", "COUNTRY_UNKNOWN"

# There are 249 countries, each with a few spellings.
SPELLINGS = 5_000


def findings(data: DataTable) -> Iterator[Finding]:
    """Rows that name no country, and names that are no country's."""
    if data.mapping is None or data.mapping.country is None:
        return
    column = data.mapping.country.field_name
    rows, [filled] = filled_counts(data.engine, data.table.name, [column])
    read_as = f"they are read as {data.country} here"
    if rows - filled:
        what, mend = f"{rows - filled:,} of {rows:,} rows name no country; {read_as}", "write the country's two letters"
        yield Finding(code=MISSING, where=data.where(column), what=what, mend=mend, severity="warning")
    named = value_counts(data.engine, data.table.name, column, most=SPELLINGS)
    unknown = filled - sum(times for value, times in named if region_of(value) is not None)
    if unknown:
        what, mend = f"{unknown:,} rows name a country that nobody knows; {read_as}", "write ISO 3166 codes, such as US"
        yield Finding(code=UNKNOWN, where=data.where(column), what=what, mend=mend, severity="warning")
