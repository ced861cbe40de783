"""The small integers by which kernels know normalizers and countries, and the answer that a kernel may leave open."""

from mandorla.normalize import ALL_NORMALIZERS
from mandorla.normalize.phone_number import PREFIXES, SWIFT_COUNTRIES
from mandorla.normalize.postal_code import SHAPES
from mandorla.normalize.region_codes import CODE_OF_NAME
from mandorla.normalize.street_words import WORDS_BY_COUNTRY

# The reference has to be asked; whatever stands in the room for the answer means nothing.
UNDECIDED = -1

TRIMMED, CASE_FOLDED, DIGITS = 0, 1, 2
ADS_NAME, ENTITY_NAME = 3, 4
ADS_CITY, ENTITY_CITY = 5, 6
ADS_STATE, ENTITY_STATE = 7, 8
ADS_COUNTRY, ENTITY_COUNTRY = 9, 10
ADS_POSTAL_CODE, ENTITY_POSTAL_CODE = 11, 12
ADS_EMAIL, ENTITY_EMAIL = 13, 14
ADS_PHONE, ENTITY_PHONE = 15, 16
ADS_ADDRESS, ENTITY_ADDRESS = 17, 18

NUMBERS = {
    "trimmed_text": TRIMMED,
    "case_folded_text": CASE_FOLDED,
    "digits_of_text": DIGITS,
    "amazon_ads_name": ADS_NAME,
    "entity_resolution_name": ENTITY_NAME,
    "amazon_ads_city": ADS_CITY,
    "entity_resolution_city": ENTITY_CITY,
    "amazon_ads_state": ADS_STATE,
    "entity_resolution_state": ENTITY_STATE,
    "amazon_ads_country": ADS_COUNTRY,
    "entity_resolution_country": ENTITY_COUNTRY,
    "amazon_ads_postal_code": ADS_POSTAL_CODE,
    "entity_resolution_postal_code": ENTITY_POSTAL_CODE,
    "amazon_ads_email_address": ADS_EMAIL,
    "entity_resolution_email_address": ENTITY_EMAIL,
    "amazon_ads_phone_number": ADS_PHONE,
    "entity_resolution_phone_number": ENTITY_PHONE,
    "amazon_ads_address": ADS_ADDRESS,
    "entity_resolution_address": ENTITY_ADDRESS,
}

# Normalizers that run once a column or once a table, not once a row, and the one that kernels do before they come here.
WITHOUT_A_KERNEL = frozenset({"hashed_value", "region_of_country", "readable_phone_number"})

assert ALL_NORMALIZERS.keys() == NUMBERS.keys() | WITHOUT_A_KERNEL

# Every country that any rule treats in a way of its own; "" is a row without a country.
COUNTRIES: tuple[str, ...] = tuple(dict.fromkeys(["", *SWIFT_COUNTRIES, *PREFIXES, *WORDS_BY_COUNTRY, *CODE_OF_NAME, *SHAPES]))
OTHER_COUNTRY = len(COUNTRIES)


def country_number(code: str) -> int:
    """The number of an ISO 3166 code; countries without a rule of their own share the last one.

    >>> country_number(""), country_number("US"), country_number("BR") == country_number("ZA") == OTHER_COUNTRY
    (0, 1, True)
    """
    return COUNTRIES.index(code) if code in COUNTRIES else OTHER_COUNTRY
