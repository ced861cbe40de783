"""A schema mapping proposed from names and values, and how sure each column's proposal is.

A column's name says what it should hold, the shapes of its first values whether it does. A type that has a shape (an e-mail
address, a UUID) can be told from values alone; a name or a city cannot.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mandorla.domain.schema_mapping import AttributeType as Type
from mandorla.domain.schema_mapping import InputField
from mandorla.normalize.country import region_of
from mandorla.normalize.hashing import DIGEST

SAMPLE_ROWS = 1000
# Below this a column is left out: mapping a wrong column costs more than leaving out a right one.
LEAST_CONFIDENCE = 0.5
NAME_AND_SHAPE, SHAPE_ALONE, NAME_ALONE, NAME_AGAINST_SHAPE = 0.95, 0.7, 0.8, 0.3

# Whose it is, before the name of the thing itself.
WHOSE = (
    "(home|work|office|business|personal|private|billing|bill|shipping|ship|mailing|residential|primary|secondary|main"
    "|customer|contact|user|person|member|subscriber)?"
)
# What a column's name, in lower case and without anything but letters and digits, says of it; the first that fits counts.
# The match keys are the guide's own.
NAMES: tuple[tuple[str, Type, str | None], ...] = (
    (WHOSE + r"e?mail(address|addr|id)?", Type.EMAIL_ADDRESS, "Email"),
    (r"(first|given|fore)name|fname|first", Type.NAME_FIRST, "FirstName"),
    (r"(last|family|sur)name|lname|last", Type.NAME_LAST, "LastName"),
    (r"middle(name|initial)?|mname", Type.NAME_MIDDLE, "MiddleName"),
    (r"(full|customer|contact|person)?name", Type.NAME, "Name"),
    (WHOSE + r"(phone|mobilephone|cellphone|mobile|cell|tel|telephone|msisdn)(number|no|num|nr)?", Type.PHONE, "Phone"),
    (WHOSE + r"(zip|zipcode|postal|postalcode|postcode|plz)", Type.ADDRESS_POSTALCODE, "Postal"),
    (WHOSE + r"(city|town|locality)", Type.ADDRESS_CITY, "City"),
    (WHOSE + r"(state|province|region|statecode|stateprovince)", Type.ADDRESS_STATE, "State"),
    (WHOSE + r"(country|countrycode|nation)", Type.ADDRESS_COUNTRY, "Country"),
    (WHOSE + r"(address|addr|street|streetaddress|addressline1?|address1|street1)", Type.ADDRESS, "Address"),
    (r"maid|idfa|gaid|adid|aaid|mobileadid|mobileadvertisingid|advertisingid|deviceid", Type.STRING, "MAID"),
    (r"(liveramp|lr|ramp)(id)?|rampid|liverampid|lrp", Type.STRING, "LRP"),
    (r"experian(id)?|exp", Type.STRING, "EXP"),
    (r"merkle(id)?|mkl", Type.STRING, "MKL"),
    (WHOSE + r"(birthdate|dateofbirth|dob|birthday)", Type.DATE, "DateOfBirth"),
)
ID_NAMES = (
    r"(customer|user|person|member|record|row|unique|client|subscriber|profile|identity|household|account|contact)(id|key|number|no)",
    r"uid|uuid|guid|id|key|primarykey|pk",
    r".*id",
)
MAID_NAMES = frozenset({"MAID", "LRP", "EXP", "MKL"})

# What values of a type look like; a type without a shape (a city) looks like anything.
SHAPES: Mapping[tuple[Type, str | None], re.Pattern[str]] = {
    (Type.EMAIL_ADDRESS, "Email"): re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    (Type.STRING, "MAID"): re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
    (Type.PHONE, "Phone"): re.compile(r"[+(]?[0-9][0-9 ().\-/]{5,18}[0-9]"),
    (Type.ADDRESS_POSTALCODE, "Postal"): re.compile(
        r"[0-9]{3,7}|[0-9]{5}-[0-9]{4}|[0-9]{3}-[0-9]{4}|(?=.*[0-9])[A-Za-z0-9]{2,4} ?[A-Za-z0-9]{3}"
    ),
    (Type.DATE, "DateOfBirth"): re.compile(r"[0-9]{1,4}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,4}"),
}
# Shapes that nothing else has, so that they tell a type without a name.
TELLING = ((Type.EMAIL_ADDRESS, "Email"), (Type.STRING, "MAID"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedField:
    """A field and how sure we are of it, from 0 to 1."""

    field: InputField
    confidence: float


def proposed_field(name: str, values: Sequence[str | None]) -> ProposedField | None:
    """What a column seems to hold, by its name and its first values; None if nothing tells.

    >>> proposed_field("email", ["ann@example.com"])
    ProposedField(field=InputField(field_name='email', type=<AttributeType.EMAIL_ADDRESS: 'EMAIL_ADDRESS'>, \
match_key='Email', group_name=None, sub_type=None, hashed=False), confidence=0.95)
    >>> proposed_field("notes", ["called on Monday"]) is None
    True
    """
    filled = [value.strip() for value in values if value and value.strip()]
    kind = kind_by_name(name)
    hashed = share(filled, DIGEST.pattern.replace("a-f", "a-fA-F")) >= 0.8
    if kind is None:
        kind = next((one for one in TELLING if share(filled, SHAPES[one].pattern) >= 0.8), None)
        if kind is None:
            return None
        confidence = SHAPE_ALONE
    else:
        confidence = confidence_of(kind, filled, hashed=hashed)
    hashed = hashed and kind[1] not in MAID_NAMES
    field = InputField(field_name=name, type=kind[0], match_key=kind[1], hashed=hashed)
    return ProposedField(field=field, confidence=confidence)


def kind_by_name(name: str) -> tuple[Type, str | None] | None:
    """The type and match key that a column's name speaks of.

    >>> kind_by_name("home_phone_2"), kind_by_name("colour")
    ((<AttributeType.PHONE: 'PHONE'>, 'Phone'), None)
    """
    plain = re.sub("sha-?256|hashed|hash", "", name.lower()).strip("_- ")
    bare = re.sub("[^a-z0-9]+", "", re.sub("[_ -]?[0-9]$", "", plain))
    return next(((kind, match_key) for pattern, kind, match_key in NAMES if re.fullmatch(pattern, bare)), None)


def confidence_of(kind: tuple[Type, str | None], filled: Sequence[str], *, hashed: bool) -> float:
    """How sure the name is, once the values are looked at."""
    if hashed:
        return NAME_AND_SHAPE
    if not filled:
        return NAME_ALONE
    if kind[0] is Type.ADDRESS_COUNTRY:
        known = sum(region_of(value) is not None for value in filled) / len(filled)
        return NAME_AND_SHAPE if known >= 0.8 else NAME_AGAINST_SHAPE
    if kind not in SHAPES:
        return NAME_ALONE
    # Dirty columns are the rule: half of the values in shape is still the type that the name says.
    return NAME_AND_SHAPE if share(filled, SHAPES[kind].pattern) >= 0.5 else NAME_AGAINST_SHAPE


def share(values: Sequence[str], pattern: str) -> float:
    """How many of the values have a shape, from 0 to 1."""
    return sum(re.fullmatch(pattern, value) is not None for value in values) / len(values) if values else 0.0


def id_candidates(columns: Sequence[str]) -> list[str]:
    """The columns whose names speak of a unique id, the likeliest first.

    >>> id_candidates(["email", "order_id", "customer_id"])
    ['customer_id', 'order_id']
    """
    bare = {column: re.sub("[^a-z0-9]+", "", column.lower()) for column in columns}
    ranked = [column for pattern in ID_NAMES for column in columns if re.fullmatch(pattern, bare[column])]
    return list(dict.fromkeys(column for column in ranked if kind_by_name(column) is None))


def id_confidence(rows: int, filled: int, different: int, *, by_name: bool) -> float:
    """How sure a column is the unique id, by how full it is and how different its values are.

    >>> id_confidence(1000, 1000, 1000, by_name=True), id_confidence(1000, 1000, 400, by_name=True)
    (0.95, 0.8)
    """
    if rows == 0:
        return NAME_ALONE if by_name else 0.0
    is_full, is_unique = filled >= 0.99 * rows, different >= 0.99 * filled
    if by_name:
        return (NAME_AND_SHAPE if is_unique else NAME_ALONE) if is_full else LEAST_CONFIDENCE
    return 0.6 if is_full and is_unique else 0.0
