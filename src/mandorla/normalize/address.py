"""ADDRESS and its street lines: house number and street, its words shortened, written without spaces."""

from __future__ import annotations

import re
from functools import partial

from mandorla.normalize.characters import SPELLED_OUT, convert_accent
from mandorla.normalize.entity_resolution_street_words import (
    DEFAULT_WORDS,
    DELIMITERS,
    DIRECTION_WORDS,
    NUMBER_WORDS,
)
from mandorla.normalize.entity_resolution_street_words import WORDS_BY_COUNTRY as ENTITY_RESOLUTION_WORDS
from mandorla.normalize.normalizer import Normalizer, RowCountry, by_country, entry_of, lower, matches, or_null, upper, without
from mandorla.normalize.sql_trees import exp
from mandorla.normalize.street_words import OTHER_COUNTRIES, WORDS_BY_COUNTRY

REJECTS = "nothing left of the address"

# Commas first, each with one space around it, then C/O, ! and brackets, then white space: the order of Amazon's uploader.
SEPARATORS = re.compile(r"(?:\s?,\s?)+|\bC/O\b|[!\[\](){}]|\s+")
DONE = re.compile("[a-z0-9]+")
NORMALIZED = re.compile(r"[^\s,!\[\](){}A-Z]*")
POUND = re.compile(r"([A-Z]*)#([0-9A-Z\-/]*)")


def amazon_ads(value: str, country: str) -> str | None:
    """Amazon's uploader: upper case, split into tokens, known words shortened, joined without spaces, lower case.

    A value in lower case without anything to split at is taken as normalized already and stays: Amazon's own code would
    split the house numbers of 8938-40scottagegrv a second time.

    >>> amazon_ads("8938-40 S Cottage Grove", "US"), amazon_ads("8938-40scottagegrv", "US")
    ('8938-40scottagegrv', '8938-40scottagegrv')
    >>> amazon_ads("123 Main St, Apartment 4B", "US"), amazon_ads("5 West 4th Street #2-A", "US")
    ('123mainstapt4b', '5w4thstnumber2-a')
    """
    if NORMALIZED.fullmatch(value) and value == value.lower():
        return value or None
    tokens = [token for token in SEPARATORS.split(value.strip().upper()) if token]
    for split in (split_at_dash, split_at_pound):
        tokens = split(tokens)
    words = WORDS_BY_COUNTRY.get(country, OTHER_COUNTRIES)
    return "".join(words.get(token, token) for token in tokens).lower() or None


def split_at_dash(tokens: list[str]) -> list[str]:
    """`12-MAIN` is a number and a word; `12-14` and `NORTH-EAST` stay whole.

    "The dash and the pound rule each go over as many tokens as there were when the rule began."

    >>> split_at_dash(["12-MAIN", "ST"]), split_at_dash(["12-A", "ST", "7-B"])
    (['12', 'MAIN', 'ST'], ['12', 'A', 'ST', '7-B'])
    """
    tokens = list(tokens)
    for place in range(len(tokens)):
        number, dash, word = tokens[place].rpartition("-")
        if dash and number.isnumeric() and word and not word.isnumeric():
            tokens[place : place + 1] = [number, word]
    return tokens


def split_at_pound(tokens: list[str]) -> list[str]:
    """`APT#4` is APT, # and 4; a pound sign on its own stays.

    >>> split_at_pound(["12", "OAK", "APT#4"])
    ['12', 'OAK', 'APT', '#', '4']
    """
    tokens = list(tokens)
    for place in range(len(tokens)):
        last = place
        for found in POUND.finditer(tokens[place]):
            before, after = found.groups()
            if before or after:
                parts = [part for part in (before, "#", after) if part]
                tokens[last : last + 1] = parts
                last += len(parts) - 1
    return tokens


def is_unsplit(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """True of the ASCII characters that no splitting rule looks at, more than one word long, and of one # at the end."""
    return matches(column, r"^ *[0-9A-Za-z.'&]+( *, *| +)[0-9A-Za-z.'&, ]*([ ,]#[0-9A-Za-z]+)? *$")


def amazon_ads_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`amazon_ads` without the splitting rules, but for a pound sign before the last number."""
    cases = {code: partial(shortened, words) for code, words in WORDS_BY_COUNTRY.items()}
    return by_country(column, country, cases, partial(shortened, OTHER_COUNTRIES))


def shortened(words: dict[str, str], column: exp.Expression) -> exp.Expression:
    """The column's words in capitals, each known one shortened, joined without spaces, in lower case."""
    pound_apart = exp.func("replace", upper(column), exp.Literal.string("#"), exp.Literal.string("# "))
    spaced = exp.func("replace", pound_apart, exp.Literal.string(","), exp.Literal.string(" "))
    return or_null(lower(words_looked_up(spaced, words)))


def words_looked_up(text: exp.Expression, words: dict[str, str]) -> exp.Expression:
    """The words between spaces, each known one replaced, joined without spaces. No known word begins with a digit."""
    token = exp.column("token")
    changed = {word: short for word, short in words.items() if word != short}
    is_word = exp.Or(
        this=exp.GTE(this=token, expression=exp.Literal.string("A")),
        expression=exp.EQ(this=token.copy(), expression=exp.Literal.string("#")),
    )
    known = entry_of(exp.Case().when(is_word, token.copy()), changed)
    replaced = exp.Transform(
        this=exp.Split(this=text, expression=exp.Literal.string(" ")),
        expression=exp.Lambda(
            this=exp.Coalesce(this=known, expressions=[token.copy()]), expressions=[exp.to_identifier("token")]
        ),
    )
    return exp.ArrayToString(this=replaced, expression=exp.Literal.string(""))


def entity_resolution(value: str, country: str) -> str | None:
    """Amazon's sample library, whose order of steps the glossary's list leaves open; letters and digits stay.

    >>> entity_resolution("10 Sunset Boulevard, Apt #4", "US"), entity_resolution("3 Müller-Str. 1", "DE")
    ('10sunsetblvdaptnumber4', '3muellerst1')

    A value that is one run of small letters and digits is taken as normalized already and stays: the library would shorten
    a word that it made itself.

    >>> entity_resolution("NØ", "US"), entity_resolution("no", "US")
    ('no', 'no')
    """
    if DONE.fullmatch(value):
        return value
    of_country = ENTITY_RESOLUTION_WORDS.get(country, {})
    text = replace_words(value.strip().lower(), DEFAULT_WORDS, of_country)
    for delimiter, replacement in DELIMITERS.items():
        text = text.replace(delimiter, replacement)
    text = replace_words(text, DIRECTION_WORDS, NUMBER_WORDS).translate(SPELLED_OUT)
    text = replace_words(convert_accent(text), DEFAULT_WORDS, of_country)
    return re.sub("[^a-z0-9]+", "", text) or None


def replace_words(text: str, *tables: dict[str, str]) -> str:
    """Each word between spaces looked up in one table after the other.

    >>> replace_words("10 center place", {"center": "ctr"}, {"ctr": "c"})
    '10 c place'
    """
    words = text.split(" ")
    for table in tables:
        words = [table.get(word, word) for word in words]
    return " ".join(words)


def is_bare(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """True of ASCII letters and digits between spaces, which pass the delimiter step unchanged."""
    return matches(column, "^ *[0-9A-Za-z]+ +[0-9A-Za-z ]*$")


def entity_resolution_swift(column: exp.Expression, country: RowCountry) -> exp.Expression:
    """`entity_resolution` for bare words; all its tables applied in order are one table a country."""
    cases = {code: partial(renamed, all_steps(words)) for code, words in ENTITY_RESOLUTION_WORDS.items()}
    return by_country(column, country, cases, partial(renamed, all_steps({})))


def renamed(words: dict[str, str], column: exp.Expression) -> exp.Expression:
    """The column's words in lower case, each known one renamed, only letters and digits kept."""
    return or_null(without(words_looked_up(lower(column), words), "[^a-z0-9]+"))


def all_steps(of_country: dict[str, str]) -> dict[str, str]:
    """What a word that stands alone becomes in the end."""
    tables = (DEFAULT_WORDS, of_country, DIRECTION_WORDS, NUMBER_WORDS, DEFAULT_WORDS, of_country)
    known = {word for table in tables for word in table if word.isascii() and word.isalnum()}
    ends = {word: convert_accent(replace_words(word, *tables)) for word in sorted(known)}
    return {word: end for word, end in ends.items() if word != end}


AMAZON_ADS = Normalizer(
    function_name="amazon_ads_address",
    reference=amazon_ads,
    swift=amazon_ads_swift,
    swift_when=is_unsplit,
    rejects=REJECTS,
)
ENTITY_RESOLUTION = Normalizer(
    function_name="entity_resolution_address",
    reference=entity_resolution,
    swift=entity_resolution_swift,
    swift_when=is_bare,
    rejects=REJECTS,
)
