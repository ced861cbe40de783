"""Raw value to match key value: one file an attribute type, free of IO.

Every type has a Python reference, which is the meaning, and an expression for the engines, judged against it. A profile says
whose rules hold: Amazon Ads' (hashes made with Amazon's own tools meet raw rows), Entity Resolution's, or none.
Read `email_address.py` first, then `normalizer.py`.
"""

from enum import StrEnum

from mandorla.domain.schema_mapping import AttributeType as Type
from mandorla.normalize import address, city, country, email_address, name, phone_number, plain_text, postal_code, state
from mandorla.normalize.hashing import HASHED
from mandorla.normalize.normalizer import Normalizer


class Profile(StrEnum):
    """Whose normalization rules hold."""

    AMAZON_ADS = "amazon-ads"
    ENTITY_RESOLUTION = "entity-resolution"
    NONE = "none"


WITHOUT_A_RULE: dict[Type, Normalizer] = {
    Type.UNIQUE_ID: plain_text.TRIMMED,
    Type.DATE: plain_text.TRIMMED,
    Type.STRING: plain_text.TRIMMED,
    Type.PROVIDER_ID: plain_text.TRIMMED,
    Type.IPV4: plain_text.TRIMMED,
    Type.IPV6: plain_text.CASE_FOLDED,
    # Amazon Ads: "MAID values are treated as case-insensitive".
    Type.MAID: plain_text.CASE_FOLDED,
}

AMAZON_ADS: dict[Type, Normalizer] = WITHOUT_A_RULE | {
    Type.NAME: name.AMAZON_ADS,
    Type.NAME_FIRST: name.AMAZON_ADS,
    Type.NAME_MIDDLE: name.AMAZON_ADS,
    Type.NAME_LAST: name.AMAZON_ADS,
    Type.ADDRESS: address.AMAZON_ADS,
    Type.ADDRESS_STREET1: address.AMAZON_ADS,
    Type.ADDRESS_STREET2: address.AMAZON_ADS,
    Type.ADDRESS_STREET3: address.AMAZON_ADS,
    Type.ADDRESS_CITY: city.AMAZON_ADS,
    Type.ADDRESS_STATE: state.AMAZON_ADS,
    Type.ADDRESS_POSTALCODE: postal_code.AMAZON_ADS,
    Type.ADDRESS_COUNTRY: country.AMAZON_ADS,
    Type.PHONE: phone_number.AMAZON_ADS,
    Type.PHONE_NUMBER: phone_number.AMAZON_ADS,
    Type.PHONE_COUNTRYCODE: plain_text.DIGITS,
    Type.EMAIL_ADDRESS: email_address.AMAZON_ADS,
}

ENTITY_RESOLUTION: dict[Type, Normalizer] = WITHOUT_A_RULE | {
    Type.NAME: name.ENTITY_RESOLUTION,
    Type.NAME_FIRST: name.ENTITY_RESOLUTION,
    Type.NAME_MIDDLE: name.ENTITY_RESOLUTION,
    Type.NAME_LAST: name.ENTITY_RESOLUTION,
    Type.ADDRESS: address.ENTITY_RESOLUTION,
    Type.ADDRESS_STREET1: address.ENTITY_RESOLUTION,
    Type.ADDRESS_STREET2: address.ENTITY_RESOLUTION,
    Type.ADDRESS_STREET3: address.ENTITY_RESOLUTION,
    Type.ADDRESS_CITY: city.ENTITY_RESOLUTION,
    Type.ADDRESS_STATE: state.ENTITY_RESOLUTION,
    Type.ADDRESS_POSTALCODE: postal_code.ENTITY_RESOLUTION,
    Type.ADDRESS_COUNTRY: country.ENTITY_RESOLUTION,
    Type.PHONE: phone_number.ENTITY_RESOLUTION,
    Type.PHONE_NUMBER: phone_number.ENTITY_RESOLUTION,
    Type.PHONE_COUNTRYCODE: plain_text.DIGITS,
    Type.EMAIL_ADDRESS: email_address.ENTITY_RESOLUTION,
}

NONE: dict[Type, Normalizer] = dict.fromkeys(Type, plain_text.TRIMMED) | {Type.MAID: plain_text.CASE_FOLDED}

NORMALIZERS: dict[Profile, dict[Type, Normalizer]] = {
    Profile.AMAZON_ADS: AMAZON_ADS,
    Profile.ENTITY_RESOLUTION: ENTITY_RESOLUTION,
    Profile.NONE: NONE,
}

# What an engine offers as functions, so that every expression can ask the reference.
ALL_NORMALIZERS: dict[str, Normalizer] = {
    normalizer.function_name: normalizer
    for normalizer in (
        HASHED,
        country.REGION,
        phone_number.READABLE,
        *(one for table in NORMALIZERS.values() for one in table.values()),
    )
}
