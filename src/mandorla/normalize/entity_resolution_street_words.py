"""The words that Entity Resolution's address rule shortens: its glossary's maps and its sample library's country maps.

The country maps share most of their words with Amazon Ads' tables (`street_words.py`); here stands what differs.
"""

from mandorla.normalize.street_words import (
    DEFAULT_STREET_SUFFIXES,
    DIRECTIONS,
    ES_STREET_PREFIXES,
    FR_STREET_DESIGNATORS,
    IT_STREET_PREFIXES,
    NUMBER_INDICATORS,
    US_STREET_SUFFIXES,
    US_SUB_BUILDINGS,
    words_of,
)


def lower_words_of(*tables: dict[str, str]) -> dict[str, str]:
    """`words_of` in lower case, words that only stand for themselves left out.

    >>> lower_words_of({"AVE": "AVENUE"})
    {'avenue': 'ave'}
    """
    return {word.lower(): short.lower() for word, short in words_of(*tables).items() if word != short}


# RENAME_WORDS of the glossary, with its "bouled".
DEFAULT_WORDS = lower_words_of(DEFAULT_STREET_SUFFIXES) | {"str.": "strasse"}

# RENAME_DELIMITERS, RENAME_DIRECTIONS and RENAME_NUMBERS of the glossary.
DELIMITERS = {",": " ", ".": " ", "[": " ", "]": " ", "/": " ", "-": " ", "#": " number "}
DIRECTION_WORDS = {word: short for word, short in lower_words_of(DIRECTIONS).items() if word != "so"}
NUMBER_WORDS = {word: short for word, short in lower_words_of(NUMBER_INDICATORS).items() if word != "#"}

# The sample library also writes Spain's abbreviations without their dot.
ES_WITHOUT_DOT = {
    word.rstrip("."): entry
    for word, entry in lower_words_of(ES_STREET_PREFIXES).items()
    if word.endswith(".") and word not in {"cl.", "ctrin."}
}

# The library files Great Britain's words under `uk`, but a British country normalizes to `gb`: they are never asked.
WORDS_BY_COUNTRY = {
    "US": lower_words_of(US_STREET_SUFFIXES, {s: w for s, w in US_SUB_BUILDINGS.items() if s != "KEY"})
    | {"boulevard": "blvd", "route": "rt"},
    "IT": lower_words_of(IT_STREET_PREFIXES) | {"v": "via"},
    "FR": lower_words_of(FR_STREET_DESIGNATORS),
    "ES": ES_WITHOUT_DOT | lower_words_of(ES_STREET_PREFIXES),
}
del WORDS_BY_COUNTRY["US"]["mdw"]
