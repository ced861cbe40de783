"""Schema mapping to the key fields of a table: which columns, read how, stand for which match key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mandorla.domain.schema_mapping import (
    GROUP_ORDER,
    IDENTIFIER_MATCH_KEYS,
    AttributeType,
    InputField,
    SchemaMapping,
    kind_of,
)
from mandorla.normalize import NORMALIZERS, Profile, plain_text
from mandorla.normalize.hashing import HASHED, digest_expression
from mandorla.normalize.normalizer import Normalizer, RowCountry
from mandorla.normalize.sql_trees import exp


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField:
    """One value of a match key in a row: a column, or the columns of a group joined by single spaces.

    `slot` is what ONE_TO_ONE pairs by: the sub-type, else the group's or the field's name. `in_digests` says that some
    field of the match key, on either side, is hashed; then all of them are compared as digests.
    """

    match_key: str
    slot: str
    columns: tuple[str, ...]
    normalizer: Normalizer
    hashed: bool = False
    in_digests: bool = False

    def raw(self) -> exp.Expression:
        """The value as it stands in the row."""
        columns = [exp.column(column, quoted=True) for column in self.columns]
        if len(columns) == 1:
            return columns[0]
        filled = [exp.Nullif(this=exp.Trim(this=column), expression=exp.Literal.string("")) for column in columns]
        # What is missing is left out; without `safe`, sqlglot would make the whole NULL.
        joined = exp.ConcatWs(expressions=[exp.Literal.string(" "), *filled], safe=True, coalesce=True)
        return exp.Nullif(this=joined, expression=exp.Literal.string(""))

    def part(self, raw: exp.Expression, country: RowCountry) -> exp.Expression:
        """What the field adds to a key: a digest where its match key is compared in digests, else the normalized value.

        NULL identifies nobody.
        """
        normalized = self.normalizer.expression(raw, country)
        return digest_expression(normalized) if self.in_digests and not self.hashed else normalized


def key_fields(mapping: SchemaMapping, profile: Profile, *, strict_grouping: bool = False) -> tuple[KeyField, ...]:
    """The key fields of a table, in the order of its mapping.

    `strict_grouping` leaves sub-types that no group joins as they are, as Entity Resolution's API text says; without it
    every field is normalized by its type.
    """
    return tuple(
        key_field(group, profile, strict_grouping=strict_grouping)
        for group in grouped(mapping.mapped_input_fields)
        if group[0].match_key
    )


def grouped(fields: tuple[InputField, ...]) -> Iterator[tuple[InputField, ...]]:
    """Fields that share a group name together, every other field alone; a group stands where its first field does."""
    seen = set()
    for field in fields:
        if field.group_name is None:
            yield (field,)
        elif field.group_name not in seen:
            seen.add(field.group_name)
            order = GROUP_ORDER[kind_of(field.type)]
            members = [one for one in fields if one.group_name == field.group_name]
            yield tuple(sorted(members, key=lambda one: order.index(one.type) if one.type in order else -1))


def key_field(group: tuple[InputField, ...], profile: Profile, *, strict_grouping: bool) -> KeyField:
    """The key field that one field, or the fields of one group, make."""
    first = group[0]
    assert first.match_key is not None
    is_joined = first.group_name is not None
    attribute_type = kind_of(first.type) if is_joined else first.type
    normalizer = NORMALIZERS[profile][attribute_type]
    is_lone_part = not is_joined and attribute_type is not kind_of(attribute_type)
    if strict_grouping and profile is Profile.ENTITY_RESOLUTION and is_lone_part:
        normalizer = plain_text.TRIMMED
    if attribute_type is AttributeType.STRING and first.match_key == "MAID":
        normalizer = plain_text.CASE_FOLDED  # Amazon Ads: "MAID values are treated as case-insensitive"
    is_hashed = first.hashed and first.match_key not in IDENTIFIER_MATCH_KEYS
    return KeyField(
        match_key=first.match_key,
        slot=first.sub_type or first.group_name or first.field_name,
        columns=tuple(field.field_name for field in group),
        normalizer=HASHED if is_hashed else normalizer,
        hashed=is_hashed,
        in_digests=is_hashed,
    )
