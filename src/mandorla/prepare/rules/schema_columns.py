"""The guide: "A schema mapping consists of a subset of columns from the given Glue tables." """

from collections.abc import Iterator, Sequence

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.glue_tables import columns_of
from mandorla.prepare.rules.payload import CREATE_SCHEMA_MAPPING, Payload, fields_of

CODE = "COLUMN_NOT_IN_TABLE"


def findings(payloads: Sequence[Payload]) -> Iterator[Finding]:
    """Mapped columns that the Glue table does not have, where one table and one schema mapping were given together."""
    tables = [(payload, columns) for payload in payloads if (columns := columns_of(payload))]
    mappings = [payload for payload in payloads if payload.kind == CREATE_SCHEMA_MAPPING]
    if len(tables) != 1 or len(mappings) != 1:
        return
    [(table, columns)], [mapping] = tables, mappings
    for number, field in enumerate(fields_of(mapping)):
        name = field.get("fieldName")
        if isinstance(name, str) and name not in columns and "{{" not in name:
            what = f"the Glue table in {table.path.name} has no column '{name}'"
            where = mapping.where(f"mappedInputFields[{number}].fieldName")
            yield Finding(code=CODE, where=where, what=what, mend="name a column of the table, letter for letter")
