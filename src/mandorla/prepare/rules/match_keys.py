"""The guide: "Assign a "Match key" to each input field to enable field comparison." """

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType
from mandorla.prepare.rules.payload import CREATE_SCHEMA_MAPPING, Payload, fields_of

CODE = "MATCH_KEY_MISSING"
# The id names a row, a country may be there to read others by, and a text or a date may be no more than an attribute.
FREE = frozenset({AttributeType.UNIQUE_ID, AttributeType.ADDRESS_COUNTRY, AttributeType.STRING, AttributeType.DATE})


def findings(payload: Payload) -> Iterator[Finding]:
    """Fields that identify and that no rule can name."""
    if payload.kind != CREATE_SCHEMA_MAPPING:
        return
    for number, field in enumerate(fields_of(payload)):
        if field.get("type") in set(AttributeType) - FREE and not field.get("matchKey"):
            what = "the field has no match key, so no rule can compare it"
            where = payload.where(f"mappedInputFields[{number}]")
            yield Finding(code=CODE, where=where, what=what, mend='add one, such as "matchKey": "Email"', severity="warning")
