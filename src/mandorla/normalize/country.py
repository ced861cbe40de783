"""ADDRESS_COUNTRY: which country a text names; it is a match key, and it steers phones, addresses and postal codes."""

from __future__ import annotations

import re

import phonenumbers

from mandorla.normalize.characters import convert_accent
from mandorla.normalize.normalizer import Normalizer, RowCountry, lower, matches, upper
from mandorla.normalize.sql_trees import exp

REJECTS = "no letter that the rule keeps"

# Every region that libphonenumber knows: ISO 3166 alpha-2 and a few reserved codes.
REGIONS = frozenset(phonenumbers.SUPPORTED_REGIONS)

# The 21 names of Amazon's sample library, and other words that people write for the nine countries of Amazon Ads.
LIBRARY_NAMES = {
    "canada": "CA",
    "france": "FR",
    "germany": "DE",
    "greatbritain": "GB",
    "unitedkingdom": "GB",
    "italy": "IT",
    "spain": "ES",
    "unitedstates": "US",
    "unitedstatesofamerica": "US",
    "mexico": "MX",
    "netherlands": "NL",
    "india": "IN",
    "japan": "JP",
    "australia": "AU",
    "saudiarabia": "SA",
    "unitedarabemirates": "AE",
    "turkey": "TR",
    "sweden": "SE",
    "belgium": "BE",
    "poland": "PL",
    "singapore": "SG",
}
OTHER_NAMES = {
    "usa": "US",
    "uk": "GB",
    "gbr": "GB",
    "can": "CA",
    "fra": "FR",
    "deu": "DE",
    "esp": "ES",
    "ita": "IT",
    "jpn": "JP",
    "ind": "IN",
    "england": "GB",
    "deutschland": "DE",
    "espana": "ES",
    "italia": "IT",
}


def letters_of(value: str) -> str:
    """Lower case, accents folded, letters and digits only."""
    return re.sub("[^a-z0-9]+", "", convert_accent(value.lower()))


def region_of(value: str) -> str | None:
    """The ISO code of the country that a text names, or None where it names none that we know.

    >>> region_of(" usa "), region_of("United Kingdom"), region_of("de"), region_of("Atlantis")
    ('US', 'GB', 'DE', None)
    """
    name = letters_of(value)
    if name.upper() in REGIONS:
        return name.upper()
    return LIBRARY_NAMES.get(name) or OTHER_NAMES.get(name)


def amazon_ads(value: str, _country: str) -> str | None:
    """The ISO code in lower case, or the letters of a name that we do not know.

    GUESS: Amazon's uploader has no rule for countries; connectors send the two-letter code. Its hashing help page would tell.

    >>> amazon_ads("United States", ""), amazon_ads("Atlantis!", "")
    ('us', 'atlantis')
    """
    return (region_of(value) or letters_of(value)).lower() or None


def entity_resolution(value: str, _country: str) -> str | None:
    """Amazon's sample library: a name of its list becomes its code, everything else keeps its letters.

    >>> entity_resolution("México", ""), entity_resolution("USA", "")
    ('mx', 'usa')
    """
    name = letters_of(value)
    return LIBRARY_NAMES.get(name, name).lower() or None


def region_reference(value: str, default: str) -> str | None:
    """What `region_expression` computes: the country that the value names, else the table's."""
    return region_of(value) or default


def region_swift(column: exp.Expression, _default: RowCountry) -> exp.Expression:
    """The code itself, where the value is a code already."""
    return upper(column)


def is_code(column: exp.Expression, _default: RowCountry) -> exp.Expression:
    """True of a two-letter code that stands alone."""
    codes = "|".join(sorted(REGIONS))
    return matches(column, f"^({codes}|{codes.lower()})$")


def code_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """Both rules, where the value is a code already."""
    return lower(column)


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_country",
    reference=amazon_ads,
    swift=code_swift,
    swift_when=is_code,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_country",
    reference=entity_resolution,
    swift=code_swift,
    swift_when=is_code,
    rejects=REJECTS,
)
# Not a match key value: the country in which the row's other fields are read.
REGION = Normalizer(
    function_name="region_of_country",
    reference=region_reference,
    swift=region_swift,
    swift_when=is_code,
    rejects="not a country that we know; the default country is used",
)
