"""NAME and its parts: lower case letters only, with a profile's own idea of accents and digits."""

from __future__ import annotations

import re

from mandorla.normalize.characters import SPELLED_OUT, convert_accent
from mandorla.normalize.normalizer import Normalizer, RowCountry, is_ascii, lower, or_null, without
from mandorla.normalize.sql_trees import exp

REJECTS = "no letter that the rule keeps"


def amazon_ads(value: str, _country: str) -> str | None:
    """Amazon's uploader: lower, ß ä ö ü ø æ spelled out, everything outside a-z and 0-9 dropped, so José is jos.

    >>> amazon_ads("Müller-José", "DE")
    'muellerjos'
    """
    return re.sub("[^a-z0-9]+", "", value.lower().translate(SPELLED_OUT)) or None


def amazon_ads_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`amazon_ads` for ASCII."""
    return or_null(without(lower(column), "[^a-z0-9]+"))


def entity_resolution(value: str, _country: str) -> str | None:
    """Entity Resolution's glossary: trim, lower, fold accents, then drop everything outside a-z, digits too.

    >>> entity_resolution("  José 3rd ", "US")
    'joserd'
    """
    return re.sub("[^a-z]+", "", convert_accent(value.lower())) or None


def entity_resolution_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`entity_resolution` for ASCII."""
    return or_null(without(lower(column), "[^a-z]+"))


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_name",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    swift_when=is_ascii,
    usual="^ *([0-9A-Za-z]+) *$",
    of_usual=lower,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_name",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    swift_when=is_ascii,
    usual="^ *([A-Za-z]+) *$",
    of_usual=lower,
    rejects=REJECTS,
)
