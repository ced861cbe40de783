"""A schema mapping: which columns of a table identify a person, and as what.

The names are those of `CreateSchemaMapping` in Entity Resolution's service model (`mappedInputFields` becomes
`mapped_input_fields`). Reading one from JSON is `from_json`; what is wrong with a mapping, `findings_of`, says all at once.
"""

from dataclasses import dataclass
from enum import StrEnum


class AttributeType(StrEnum):
    """Every value of SchemaAttributeType in Entity Resolution's service model."""

    NAME = "NAME"
    NAME_FIRST = "NAME_FIRST"
    NAME_MIDDLE = "NAME_MIDDLE"
    NAME_LAST = "NAME_LAST"
    ADDRESS = "ADDRESS"
    ADDRESS_STREET1 = "ADDRESS_STREET1"
    ADDRESS_STREET2 = "ADDRESS_STREET2"
    ADDRESS_STREET3 = "ADDRESS_STREET3"
    ADDRESS_CITY = "ADDRESS_CITY"
    ADDRESS_STATE = "ADDRESS_STATE"
    ADDRESS_POSTALCODE = "ADDRESS_POSTALCODE"
    ADDRESS_COUNTRY = "ADDRESS_COUNTRY"
    PHONE = "PHONE"
    PHONE_COUNTRYCODE = "PHONE_COUNTRYCODE"
    PHONE_NUMBER = "PHONE_NUMBER"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    UNIQUE_ID = "UNIQUE_ID"
    DATE = "DATE"
    STRING = "STRING"
    PROVIDER_ID = "PROVIDER_ID"
    IPV4 = "IPV4"
    IPV6 = "IPV6"
    MAID = "MAID"


# The kind that the sub-types of a group add up to, and the order in which a group joins them. Entity Resolution's rule
# recommendation notebook joins names as first, middle, last and addresses as streets, city, state, postal code, country.
# GUESS: a phone is country code, then number; seeing one grouped phone in a job's output would settle it.
GROUP_ORDER = {
    AttributeType.NAME: (AttributeType.NAME_FIRST, AttributeType.NAME_MIDDLE, AttributeType.NAME_LAST),
    AttributeType.ADDRESS: (
        AttributeType.ADDRESS_STREET1,
        AttributeType.ADDRESS_STREET2,
        AttributeType.ADDRESS_STREET3,
        AttributeType.ADDRESS_CITY,
        AttributeType.ADDRESS_STATE,
        AttributeType.ADDRESS_POSTALCODE,
        AttributeType.ADDRESS_COUNTRY,
    ),
    AttributeType.PHONE: (AttributeType.PHONE_COUNTRYCODE, AttributeType.PHONE_NUMBER),
}

# The guide's own match keys for identifiers of other parties; their columns are typed STRING there.
IDENTIFIER_MATCH_KEYS = frozenset({"MAID", "LRP", "EXP", "MKL"})


def kind_of(attribute_type: AttributeType) -> AttributeType:
    """The type itself, or the whole that a sub-type is a part of.

    >>> kind_of(AttributeType.NAME_LAST).value
    'NAME'
    >>> kind_of(AttributeType.EMAIL_ADDRESS).value
    'EMAIL_ADDRESS'
    """
    for whole, parts in GROUP_ORDER.items():
        if attribute_type in parts:
            return whole
    return attribute_type


@dataclass(frozen=True, slots=True, kw_only=True)
class InputField:
    """One column of a table (`field_name`) and what it holds. `hashed` says its values are SHA-256 hex already."""

    field_name: str
    type: AttributeType
    match_key: str | None = None
    group_name: str | None = None
    sub_type: str | None = None
    hashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaMapping:
    """The body of CreateSchemaMapping: a name, and the fields in their order."""

    schema_name: str
    mapped_input_fields: tuple[InputField, ...]

    @property
    def unique_id(self) -> InputField:
        """The field that names a row; `schema_payload` refuses a mapping without exactly one."""
        [field] = [field for field in self.mapped_input_fields if field.type is AttributeType.UNIQUE_ID]
        return field

    @property
    def country(self) -> InputField | None:
        """The field that names each row's country, if there is a raw one."""
        for field in self.mapped_input_fields:
            if field.type is AttributeType.ADDRESS_COUNTRY and not field.hashed:
                return field
        return None

    @property
    def deletion_mark(self) -> InputField | None:
        """The field whose value true deletes a record, if there is one.

        Entity Resolution's user guide: an optional column DELETE of type STRING without a match key; true deletes the record,
        false or nothing keeps it.
        """
        for field in self.mapped_input_fields:
            if field.field_name.upper() == "DELETE" and field.type is AttributeType.STRING and not field.match_key:
                return field
        return None

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns of the table that the mapping reads."""
        return tuple(field.field_name for field in self.mapped_input_fields)
