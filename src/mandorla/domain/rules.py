"""Matching rules: two records match by a rule when all of its matching keys agree; the first rule that matches wins."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Rule:
    """`rule_name` for people and reports; `matching_keys` are match keys of the schema mapping, all of which must agree."""

    rule_name: str
    matching_keys: tuple[str, ...]


class AttributeMatchingModel(StrEnum):
    """How the fields of one match key are compared.

    Entity Resolution's service model: with ONE_TO_ONE the system "can only match attributes if the sub-types are an exact
    match"; with MANY_TO_MANY it "can match attributes across the sub-types of an attribute type".
    """

    ONE_TO_ONE = "ONE_TO_ONE"
    MANY_TO_MANY = "MANY_TO_MANY"


class RecordMatchingModel(StrEnum):
    """How many sources may keep the same target.

    Entity Resolution's user guide: "store only one matching record in the source for each matched record in the target",
    or "store all matching records in the source for each matched record in the target".
    """

    ONE_SOURCE_TO_ONE_TARGET = "ONE_SOURCE_TO_ONE_TARGET"
    MANY_SOURCE_TO_ONE_TARGET = "MANY_SOURCE_TO_ONE_TARGET"
