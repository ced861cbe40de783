"""ADDRESS_POSTALCODE: the characters that count, cut to the country's length, in the country's shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from mandorla.normalize.normalizer import Normalizer, RowCountry, by_country, found, is_ascii, lower, or_null, without
from mandorla.normalize.sql_trees import exp

REJECTS = "not a postal code of its country"


@dataclass(frozen=True, slots=True)
class PostalShape:
    """Characters outside `dropped` are kept, the first `length` of them must fit `pattern`."""

    dropped: str
    length: int
    pattern: str


# Amazon's uploader keeps the case of Canadian and British codes.
SHAPES = {
    "CA": PostalShape("[^0-9A-Za-z]+", 6, "^([A-Za-z][0-9]){3}$"),
    "GB": PostalShape("[^0-9A-Za-z]+", 7, "^([A-Za-z]{1,2}[0-9]{2,3}|[A-Za-z]{1,2}[0-9][A-Za-z][0-9])[A-Za-z]{2}$"),
    "IN": PostalShape("[^0-9]+", 6, "^[0-9]{6}$"),
    "JP": PostalShape("[^0-9]+", 7, "^[0-9]{7}$"),
}
OTHER_COUNTRIES = PostalShape("[^0-9]+", 5, "^[0-9]{5}$")


def amazon_ads(value: str, country: str) -> str | None:
    """Amazon's uploader, by country; a ZIP+4 loses its +4, a code that is too short identifies nobody.

    >>> amazon_ads("75236-9599", "US"), amazon_ads("787-0150", "JP"), amazon_ads("SW1A 1AA", "GB")
    ('75236', '7870150', 'SW1A1AA')
    >>> amazon_ads("6160", "US") is None
    True
    """
    shape = SHAPES.get(country, OTHER_COUNTRIES)
    kept = re.sub(shape.dropped, "", value)[: shape.length]
    return kept if re.match(shape.pattern, kept) else None


def amazon_ads_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`amazon_ads`; its classes are ASCII only, so it is right for every value."""

    cases = {code: partial(fitted, shape) for code, shape in SHAPES.items()}
    return by_country(column, country, cases, partial(fitted, OTHER_COUNTRIES))


def fitted(shape: PostalShape, column: exp.Expression) -> exp.Expression:
    """The characters that a country keeps, if they have its shape."""
    kept = exp.Left(this=without(column, shape.dropped), expression=exp.Literal.number(shape.length))
    return or_null(found(kept, shape.pattern))


def entity_resolution(value: str, _country: str) -> str | None:
    """Amazon's sample library: what stands before the first dash, in lower case letters and digits.

    >>> entity_resolution(" 75236-9599", "US"), entity_resolution("SW1A 1AA", "GB")
    ('75236', 'sw1a1aa')
    """
    return re.sub("[^a-z0-9]+", "", value.lower().partition("-")[0]) or None


def entity_resolution_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`entity_resolution` for ASCII."""
    return or_null(without(lower(column), r"-[\s\S]*$|[^a-z0-9-]+"))


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_postal_code",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    swift_when=is_ascii,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_postal_code",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    swift_when=is_ascii,
    rejects=REJECTS,
)
