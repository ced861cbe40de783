"""The payloads that fit the synthetic tables: a schema mapping for either side, and rules."""

from typing import Any

Payload = dict[str, Any]  # Any: JSON, as json.dumps takes it.

# Column, type and match key, under the names of the guide's own payload.
FIELDS = (
    ("firstname", "NAME_FIRST", "FirstName"),
    ("lastname", "NAME_LAST", "LastName"),
    ("email", "EMAIL_ADDRESS", "Email"),
    ("email_2", "EMAIL_ADDRESS", "Email"),
    ("phone", "PHONE", "Phone"),
    ("phone_2", "PHONE", "Phone"),
    ("address", "ADDRESS", "Address"),
    ("city", "ADDRESS_CITY", "City"),
    ("state", "ADDRESS_STATE", "State"),
    ("zip", "ADDRESS_POSTALCODE", "Postal"),
    ("country", "ADDRESS_COUNTRY", "Country"),
    ("maid", "STRING", "MAID"),
)

RULES: tuple[Payload, ...] = (
    {"ruleName": "email", "matchingKeys": ["Email"]},
    {"ruleName": "phone", "matchingKeys": ["Phone"]},
    {"ruleName": "name and address", "matchingKeys": ["FirstName", "LastName", "Address", "Postal"]},
    {"ruleName": "maid", "matchingKeys": ["MAID"]},
)


def schema_payload(schema_name: str, id_column: str) -> Payload:
    """The body of CreateSchemaMapping for a table whose unique id is in `id_column`.

    >>> schema_payload("customers", "customerid")["mappedInputFields"][0]
    {'fieldName': 'customerid', 'type': 'UNIQUE_ID'}
    """
    fields: list[Payload] = [{"fieldName": id_column, "type": "UNIQUE_ID"}]
    for column, attribute_type, match_key in FIELDS:
        fields.append({"fieldName": column, "type": attribute_type, "matchKey": match_key, "hashed": False})
    return {"schemaName": schema_name, "mappedInputFields": fields}
