"""ADDRESS_STATE: a region's code where its name is known."""

from __future__ import annotations

import re
from functools import partial

from mandorla.normalize.characters import SPELLED_OUT, convert_accent
from mandorla.normalize.normalizer import (
    Normalizer,
    RowCountry,
    by_country,
    entry_of,
    is_ascii,
    looked_up,
    lower,
    or_null,
    upper,
    without,
)
from mandorla.normalize.region_codes import CODE_OF_NAME
from mandorla.normalize.sql_trees import exp

REJECTS = "no letter that the rule keeps"

# Amazon's sample library has one table for all countries, asked in this order, plus Puerto Rico and a German spelling.
# It replaces inside longer words too, which makes "west virginia" `westva`; here only the whole name is replaced.
ENTITY_RESOLUTION_CODES = {
    name.lower(): code.lower()
    for country in ("ES", "IT", "FR", "DE", "CA", "US")
    for name, code in CODE_OF_NAME[country].items()
} | {"puertorico": "pr", "badenwurttemberg": "bw"}


def amazon_ads(value: str, country: str) -> str | None:
    """Amazon's uploader: a full name becomes its country's code, any other long name its first two letters.

    >>> amazon_ads("West Virginia", "US"), amazon_ads("Québec", "CA"), amazon_ads("Asturias", "ES")
    ('wv', 'qu', 'o')
    """
    name = re.sub("[^A-Z]+", "", value.upper())
    return CODE_OF_NAME.get(country, {}).get(name, name[:2]).lower() or None


def amazon_ads_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`amazon_ads` for ASCII."""
    cases = {code: partial(code_or_start, table) for code, table in CODE_OF_NAME.items()}
    return by_country(column, country, cases, partial(code_or_start, {}))


def code_or_start(table: dict[str, str], column: exp.Expression) -> exp.Expression:
    """The code of a name in the table, else its first two letters; no name in a table is so short that this differs."""
    name = without(upper(column), "[^A-Z]+")
    start = exp.Left(this=name, expression=exp.Literal.number(2))
    return or_null(lower(exp.Coalesce(this=entry_of(name, table), expressions=[start]) if table else start))


def entity_resolution(value: str, _country: str) -> str | None:
    """Amazon's sample library: special letters spelled out, accents folded, a known name becomes its code.

    >>> entity_resolution("West Virginia", "US"), entity_resolution("Île-de-France", "FR")
    ('wv', 'if')
    """
    name = re.sub("[^a-z0-9]+", "", convert_accent(value.lower().translate(SPELLED_OUT)))
    return ENTITY_RESOLUTION_CODES.get(name, name) or None


def entity_resolution_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`entity_resolution` for ASCII."""
    return or_null(looked_up(without(lower(column), "[^a-z0-9]+"), ENTITY_RESOLUTION_CODES))


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_state",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    swift_when=is_ascii,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_state",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    swift_when=is_ascii,
    rejects=REJECTS,
)
