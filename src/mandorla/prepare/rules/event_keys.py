"""The guide: "Event table(s) must have a reference that is mapped to a unique key corresponding to every single row in the
identity population table", in "a column … of datatype string".
"""

from collections.abc import Iterator, Sequence

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.checking_queries import filled_counts, keys_without_row
from mandorla.engines.source_files import SourceFile, type_of_column
from mandorla.prepare.rules.data_table import DataTable

MISSING, UNKNOWN, TYPE = "EVENT_KEY_MISSING", "EVENT_KEY_UNKNOWN", "EVENT_KEY_TYPE"

# The name that AMC gives the column by which it joins events with people.
CUSTOMER_USER_ID = "customer_user_id"


def key_of_events(file: SourceFile, mapping: SchemaMapping) -> str | None:
    """The foreign key of a file that holds events rather than people: it has a key, and no column that identifies."""
    identifying = {field.field_name.lower() for field in mapping.mapped_input_fields if field.match_key}
    columns = {column.lower(): column for column in file.columns}
    if identifying & columns.keys():
        return None
    return columns.get(CUSTOMER_USER_ID) or columns.get(mapping.unique_id.field_name.lower())


def findings(events: DataTable, key: str, identities: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Event rows without a person. `identities` are the attached identity tables, each with its unique id."""
    where = events.where(key)
    column_type = type_of_column(events.file, key)
    if column_type is not None and column_type != "string":
        what = f"the foreign key is of type {column_type}; it must be a string, like the unique id that it names"
        yield Finding(code=TYPE, where=where, what=what, mend="write the column as text")
    rows, [filled] = filled_counts(events.engine, events.table.name, [key])
    if rows - filled:
        what = f"{rows - filled:,} of {rows:,} events name nobody"
        yield Finding(
            code=MISSING, where=where, what=what, mend="write the unique id of whoever caused the event", severity="warning"
        )
    if identities:
        unknown, different = keys_without_row(events.engine, events.table.name, key, identities)
        if unknown:
            what = f"{unknown:,} of {rows:,} events name {different:,} ids that have no row in the identity table"
            mend = "bring these people's rows too, or write the key as the identity table does, letter for letter"
            yield Finding(code=UNKNOWN, where=where, what=what, mend=mend)
