"""The body of CreateSchemaMapping, read from JSON: a schema mapping, or everything that is wrong with it at once."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS, Limits
from mandorla.domain.model_names import model_name
from mandorla.domain.schema_mapping import (
    GROUP_ORDER,
    IDENTIFIER_MATCH_KEYS,
    AttributeType,
    InputField,
    SchemaMapping,
    kind_of,
)

# Entity Resolution's service model: the patterns of EntityName and AttributeName.
ENTITY_NAME = re.compile(r"[a-zA-Z_0-9-]{1,255}")
ATTRIBUTE_NAME = re.compile(r"[a-zA-Z_0-9\- ]{1,255}")

MEMBERS = {
    "fieldName": str,
    "type": str,
    "matchKey": str,
    "groupName": str,
    "subType": str,
    "hashed": bool,
}
JSON_NAMES = {str: "a string", bool: "a boolean (true or false, without quotes)"}
MAPPING_MEMBERS = frozenset({"schemaName", "description", "mappedInputFields", "tags"})


def schema_mapping_from(payload: object, where: str = "schema mapping", limits: Limits = DEFAULT_LIMITS) -> SchemaMapping:
    """The mapping that a payload describes. InvalidInputError carries every finding.

    >>> fields = [{"fieldName": "id", "type": "UNIQUE_ID"}, {"fieldName": "mail", "type": "EMAIL_ADDRESS", "matchKey": "Email"}]
    >>> schema_mapping_from({"schemaName": "s", "mappedInputFields": fields}).unique_id.field_name
    'id'
    """
    findings = [*findings_of_members(payload, where)]
    if findings:
        raise InvalidInputError(findings)
    assert isinstance(payload, Mapping)
    fields = tuple(input_field(member) for member in payload["mappedInputFields"])
    findings = [*findings_of_fields(fields, where, limits)]
    if findings:
        raise InvalidInputError(findings)
    return SchemaMapping(schema_name=payload["schemaName"], mapped_input_fields=fields)


def checked_fields(
    members: Sequence[Mapping[str, str | bool]], where: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[InputField, ...]:
    """The fields that an API request gives under our names. InvalidInputError carries every finding."""
    fields = tuple(input_field({model_name(name): value for name, value in member.items()}) for member in members)
    findings = [*findings_of_fields(fields, where, limits)]
    if findings:
        raise InvalidInputError(findings)
    return fields


def input_field(member: Mapping[str, str | bool]) -> InputField:
    """One element of mappedInputFields; empty names count as absent."""
    return InputField(
        field_name=str(member["fieldName"]),
        type=AttributeType(str(member["type"])),
        match_key=str(member.get("matchKey", "")) or None,
        group_name=str(member.get("groupName", "")) or None,
        sub_type=str(member.get("subType", "")) or None,
        hashed=bool(member.get("hashed", False)),
    )


def findings_of_members(payload: object, where: str) -> Iterator[Finding]:
    """What is wrong with the JSON members by themselves."""
    if not isinstance(payload, Mapping):
        yield wrong("SCHEMA_SHAPE", where, "the payload is not a JSON object", "give the body of CreateSchemaMapping")
        return
    name = payload.get("schemaName")
    if not isinstance(name, str) or not ENTITY_NAME.fullmatch(name):
        what = "schemaName is missing or holds other characters than letters, digits, _ and -"
        yield wrong("SCHEMA_NAME", f"{where}, schemaName", what, "name the mapping, for example customers-v1")
    for member in sorted(set(payload) - MAPPING_MEMBERS):
        yield wrong("MEMBER_UNKNOWN", f"{where}, {member}", "no such member", likely_member(member, MAPPING_MEMBERS))
    fields = payload.get("mappedInputFields")
    if not isinstance(fields, Sequence) or isinstance(fields, str):
        what = "mappedInputFields is missing or is not a list"
        yield wrong("SCHEMA_SHAPE", where, what, "list the columns, one object each")
        return
    for place, field in enumerate(fields):
        yield from findings_of_member(field, f"{where}, mappedInputFields[{place}]")


def findings_of_member(field: object, where: str) -> Iterator[Finding]:
    """What is wrong with one element of mappedInputFields by itself."""
    if not isinstance(field, Mapping):
        yield wrong("SCHEMA_SHAPE", where, "the element is not a JSON object", "write {fieldName, type, matchKey}")
        return
    for member in sorted(set(field) - set(MEMBERS)):
        yield wrong("MEMBER_UNKNOWN", f"{where}.{member}", "no such member", likely_member(member, MEMBERS))
    for member, json_type in MEMBERS.items():
        if member in field and not isinstance(field[member], json_type):
            code = "HASHED_NOT_BOOLEAN" if member == "hashed" else "MEMBER_TYPE"
            mend = f"write {JSON_NAMES[json_type]}"
            yield wrong(code, f"{where}.{member}", f"{member} must be {JSON_NAMES[json_type]}", mend)
    for member in ("fieldName", "matchKey", "groupName", "subType"):
        value = field.get(member)
        if isinstance(value, str) and (value or member == "fieldName") and not ATTRIBUTE_NAME.fullmatch(value):
            what = f"{member} may hold letters, digits, _, - and spaces, at most 255"
            yield wrong("NAME_PATTERN", f"{where}.{member}", what, "rename it, and put real names where {{…}} stands")
    for member in ("fieldName", "type"):
        if member not in field:
            yield wrong("MEMBER_MISSING", where, f"{member} is missing", f"add {member}")
    value = field.get("type")
    if isinstance(value, str) and value not in AttributeType.__members__:
        near = difflib.get_close_matches(value, AttributeType.__members__, n=1, cutoff=0.4)
        mend = f"use {near[0]}" if near else "use one of " + ", ".join(AttributeType.__members__)
        yield wrong("TYPE_UNKNOWN", f"{where}.type", "there is no such attribute type", mend)


def findings_of_fields(fields: Sequence[InputField], where: str, limits: Limits) -> Iterator[Finding]:
    """What is wrong with the fields among one another."""
    unique_ids = [field.field_name for field in fields if field.type is AttributeType.UNIQUE_ID]
    if len(unique_ids) != 1:
        what = f"{len(unique_ids)} fields have the type UNIQUE_ID"
        yield wrong("UNIQUE_ID_COUNT", where, what, "give exactly one field, the row's key, the type UNIQUE_ID")
    if not limits.mapped_input_fields_minimum <= len(fields) <= limits.mapped_input_fields:
        what = f"{len(fields)} fields are mapped; {limits.mapped_input_fields_minimum} to {limits.mapped_input_fields} may be"
        yield wrong("FIELD_COUNT", where, what, "map the id and the columns that identify, and leave the rest out")
    for name, count in Counter(field.field_name.lower() for field in fields).items():
        if count > 1:
            yield wrong("FIELD_DUPLICATE", f"{where}, '{name}'", "the column is mapped more than once", "map it once")
    for match_key in dict.fromkeys(field.match_key for field in fields if field.match_key):
        kinds = {comparable_kind(field.type) for field in fields if field.match_key == match_key}
        if len(kinds) > 1:
            what = f"the fields of match key '{match_key}' hold different things: {', '.join(sorted(kinds))}"
            yield wrong("MATCH_KEY_MIXED", where, what, "give each kind a match key of its own")
    for group_name in dict.fromkeys(field.group_name for field in fields if field.group_name):
        group = [field for field in fields if field.group_name == group_name]
        yield from findings_of_group(group_name, group, where)
    for field in fields:
        if field.hashed and (field.match_key in IDENTIFIER_MATCH_KEYS or field.type is AttributeType.MAID):
            what = "mobile ad, LiveRamp, Experian and Merkle ids are never hashed"
            yield wrong("IDENTIFIER_HASHED", f"{where}, '{field.field_name}'", what, "bring the plain ids, hashed false")


def findings_of_group(group_name: str, group: Sequence[InputField], where: str) -> Iterator[Finding]:
    """What is wrong with the fields of one group."""
    place = f"{where}, group '{group_name}'"
    kinds = {kind_of(field.type) for field in group}
    if len(kinds) > 1 or not kinds <= set(GROUP_ORDER):
        what = "a group joins the parts of one name, one address or one phone number; this one mixes others in"
        yield wrong("GROUP_MIXED", place, what, "group only NAME_…, ADDRESS_… or PHONE_… fields with each other")
    if len({field.match_key for field in group}) > 1:
        yield wrong("GROUP_MATCH_KEYS", place, "its fields have different match keys", "give them the same match key")
    if any(field.hashed for field in group):
        # GUESS: digests of parts cannot be joined into the whole; no source says what the service does with them.
        what = "a hashed field cannot be joined with others"
        yield wrong("GROUP_HASHED", place, what, "hash the joined value instead, or take the fields out of the group")


def comparable_kind(attribute_type: AttributeType) -> str:
    """What may share a match key: types without a rule of their own are all one kind.

    >>> comparable_kind(AttributeType.STRING), comparable_kind(AttributeType.PHONE_NUMBER)
    ('OTHER', 'PHONE')
    """
    kind = kind_of(attribute_type)
    return kind.value if kind in GROUP_ORDER or kind is AttributeType.EMAIL_ADDRESS else "OTHER"


def likely_member(member: object, members: Mapping[str, object] | frozenset[str]) -> str:
    """What the writer of an unknown member may have meant."""
    near = difflib.get_close_matches(str(member), list(members), n=1)
    return f"did you mean {near[0]}?" if near else "remove it; known are " + ", ".join(sorted(members))


def wrong(code: str, where: str, what: str, mend: str) -> Finding:
    """A finding that is an error."""
    return Finding(code=code, where=where, what=what, mend=mend)
