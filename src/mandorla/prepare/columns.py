"""Schema mapping to output columns: what each is read from, how it is normalized and written, and what the new mapping says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mandorla.domain.schema_mapping import (
    GROUP_ORDER,
    IDENTIFIER_MATCH_KEYS,
    AttributeType,
    InputField,
    SchemaMapping,
    kind_of,
)
from mandorla.engines.preparation_queries import PreparedValue, Writing
from mandorla.match.keys import grouped, key_field
from mandorla.normalize import NORMALIZERS, Profile
from mandorla.normalize.phone_number import AMAZON_ADS as PHONE_OF_AMAZON_ADS

# Identifiers are never hashed. Nor is the country:
# GUESS: it tells phones, addresses and postal codes how to be read, two letters hide nobody, and Amazon's uploader hashes
# e-mails, phones, names, addresses, cities, states and postal codes only. A collaboration that wants it hashed settles it.
NEVER_HASHED = frozenset(
    {AttributeType.UNIQUE_ID, AttributeType.MAID, AttributeType.PROVIDER_ID, AttributeType.ADDRESS_COUNTRY}
)
# Types that may hold anything: what has a match key is there to identify a person, what has none is an attribute.
HASHED_WITH_MATCH_KEY = frozenset({AttributeType.STRING, AttributeType.DATE, AttributeType.IPV4, AttributeType.IPV6})
PHONE_PARTS = frozenset(GROUP_ORDER[AttributeType.PHONE])


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """A column before any collapse: the field that describes it in the output, and the value that it holds.

    Columns of one `bundle` belong together (the parts of one address) and stay together in `family` 1, 2, …: a column
    `address_2` is of family 2.
    """

    field: InputField
    value: PreparedValue
    bundle: str
    family: int

    @property
    def name(self) -> str:
        """The column's name in the output."""
        return self.field.field_name


def lowered(mapping: SchemaMapping) -> SchemaMapping:
    """The mapping with its column names in lower case, as the guide wants headers."""
    fields = tuple(replace(field, field_name=field.field_name.strip().lower()) for field in mapping.mapped_input_fields)
    return replace(mapping, mapped_input_fields=fields)


def column_plans(mapping: SchemaMapping, profile: Profile, *, hashing: bool) -> tuple[ColumnPlan, ...]:
    """Every column of the output but the unique id, in the mapping's order.

    The fields of a group become one column: digests of parts could never be joined, and what is normalized apart and joined
    afterwards is not what matching makes of the raw parts.
    """
    names = set(mapping.column_names)
    plans = []
    for group in grouped(mapping.mapped_input_fields):
        if group[0].type is AttributeType.UNIQUE_ID:
            continue
        for members, field in output_fields(group, names):
            plans.append(column_plan(members, field, profile, hashing=hashing))
    return tuple(plans)


def output_fields(group: tuple[InputField, ...], names: set[str]) -> Iterator[tuple[tuple[InputField, ...], InputField]]:
    """The fields of the output that a field or a group becomes, each with the fields that it is read from."""
    first = group[0]
    if first.group_name is None:
        yield group, first
        return
    others = names - {field.field_name for field in group}
    name = re.sub("[^a-z0-9_]+", "_", first.group_name.lower())
    joined = replace(first, field_name=f"{name}_group" if name in others else name, type=kind_of(first.type), group_name=None)
    yield group, joined
    for field in group:
        if field.type is AttributeType.ADDRESS_COUNTRY:
            # It goes on telling the row's other fields in which country they are read.
            alone = replace(field, group_name=None, match_key=None, sub_type=None)
            yield (alone,), alone


def column_plan(members: tuple[InputField, ...], field: InputField, profile: Profile, *, hashing: bool) -> ColumnPlan:
    """One column: its value, and its field as the new mapping has it."""
    keyed = tuple(replace(member, match_key=member.match_key or member.field_name) for member in members)
    source = key_field(keyed, profile, strict_grouping=False)
    digests = hashing and not field.hashed and is_hashed_by_us(field)
    is_phone = NORMALIZERS[profile][field.type] is PHONE_OF_AMAZON_ADS and not field.hashed
    writing = Writing.DIGEST if digests else Writing.PHONE if is_phone else Writing.PLAIN
    stem, family = stem_and_family(field.field_name)
    return ColumnPlan(
        field=replace(field, hashed=field.hashed or digests),
        value=PreparedValue(source=source, writing=writing),
        bundle=bundle_of(field, stem),
        family=family,
    )


def is_hashed_by_us(field: InputField) -> bool:
    """True of what tells who a person is; identifiers of other parties stay as they are."""
    if field.type in NEVER_HASHED or field.match_key in IDENTIFIER_MATCH_KEYS:
        return False
    return field.type not in HASHED_WITH_MATCH_KEY or field.match_key is not None


def stem_and_family(name: str) -> tuple[str, int]:
    """A column's name without its number, and the number.

    >>> stem_and_family("address_2"), stem_and_family("address"), stem_and_family("line_1")
    (('address', 2), ('address', 1), ('line', 1))
    """
    found = re.fullmatch(r"(.+)_([1-9][0-9]{0,3})", name)
    return (found[1], int(found[2])) if found else (name, 1)


def bundle_of(field: InputField, stem: str) -> str:
    """What a column belongs together with: the parts of a name or an address, a country code and a number; else itself."""
    kind = kind_of(field.type)
    if kind in (AttributeType.NAME, AttributeType.ADDRESS) or field.type in PHONE_PARTS:
        return kind.value
    return stem
