"""ADDRESS_CITY: lower case letters and digits, nothing between them."""

from __future__ import annotations

import re

from mandorla.normalize.characters import convert_accent
from mandorla.normalize.normalizer import Normalizer, RowCountry, is_ascii, lower, or_null, without
from mandorla.normalize.sql_trees import exp

REJECTS = "no letter or digit that the rule keeps"


def amazon_ads(value: str, _country: str) -> str | None:
    """Amazon's uploader: lower, then everything outside a-z and 0-9 dropped, accented letters too.

    >>> amazon_ads("München", "DE")
    'mnchen'
    """
    return re.sub("[^a-z0-9]+", "", value.lower()) or None


def entity_resolution(value: str, _country: str) -> str | None:
    """Amazon's sample library: accents are folded, not dropped.

    >>> entity_resolution("München", "DE")
    'munchen'
    """
    return re.sub("[^a-z0-9]+", "", convert_accent(value.lower())) or None


def swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """Both rules for ASCII."""
    return or_null(without(lower(column), "[^a-z0-9]+"))


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_city", reference=amazon_ads, swift=swift, swift_when=is_ascii, rejects=REJECTS
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_city",
    reference=entity_resolution,
    swift=swift,
    swift_when=is_ascii,
    rejects=REJECTS,
)
