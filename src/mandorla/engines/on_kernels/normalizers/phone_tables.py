"""What libphonenumber knows of a country, as numbers and tables that the phone kernel reads."""

from functools import cache

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata

from mandorla.engines.on_kernels.normalizers.digit_automata import UnknownPatternError, automaton
from mandorla.engines.on_kernels.normalizers.numbering import COUNTRIES, country_number
from mandorla.engines.on_kernels.normalizers.tables import (
    CALLING_CODES,
    ENTITY_PREFIXES,
    PHONES,
    Block,
    bytes_table,
)
from mandorla.normalize.phone_number import (
    MAY_BEGIN_WITH_CALLING_CODE,
    PREFIXES,
    general_pattern,
    metadata_of,
    national_shape,
)

# The numbers of a country's table, as distances in bytes: its calling code and that as text, the trunk digit, the distances
# of the patterns (of the country itself, of all countries under its calling code), sets of lengths, and the flags below.
(
    CALLING_CODE_LENGTH,
    CALLING_CODE_TEXT,
    TRUNK,
    OWN_SHAPE,
    GENERAL_SHAPE,
    POSSIBLE_LENGTHS,
    STRIPPED_LENGTHS,
    TOO_LONG_LENGTHS,
    MAIN_COUNTRY,
    BEGINNINGS,
    IS_NATIONAL_FIRST,
    IS_AMERICAN,
) = range(0, 96, 8)
NO_TRUNK = -1
MOST_DIGITS = 31

# What national numbers are stripped of, as libphonenumber writes it: the trunk digit, and beginnings (of three digits) at
# which there is more to it.
TRUNK_RULES: dict[str | None, tuple[int, tuple[str, ...]]] = {
    None: (NO_TRUNK, ()),
    "0": (0, ()),
    "1": (1, ()),
    "0|180020": (0, ("180",)),
    "(183[12])|0": (0, ("183",)),
    r"(000[2569]\d{4,6})$|(?:(?:003768)0?)|0": (0, ("000", "003")),
}
# What one dials before another country's number, and beginnings (of two or three digits) that may be it.
DIALLING_RULES: dict[str | None, tuple[str, ...]] = {
    "00": ("00",),
    "010": ("010",),
    "011": ("011",),
    "0[09]": ("00", "09"),
    r"0[0-3]\d": ("00", "01", "02", "03"),
    "001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011": ("001", "14"),
}
# What a beginning may mean: another rule than the trunk digit's, or another country.
STRIPS_MORE, DIALS_ABROAD = 1, 2
# A pattern that begins so takes every number of ten digits from 2 on.
AMERICAN_SHAPE = r"[2-9]\d{9}|"

table_of = cache(automaton)


def add_phones(block: Block) -> None:
    """Lay out each country's table, the country of each calling code, and Entity Resolution's prefixes."""
    for code, prefix in PREFIXES.items():
        block.set(ENTITY_PREFIXES, country_number(code), len(prefix) | int.from_bytes(prefix.encode(), "little") << 8)
    code_countries = np.zeros(1000, dtype=np.int64)
    tables: dict[str, int] = {}
    for country in COUNTRIES:
        calling_code = phonenumbers.country_code_for_region(country) if country else 0
        main = phonenumbers.region_code_for_country_code(calling_code) if calling_code else ""
        for code in (main, country):
            if calling_code and code not in tables:
                tables[code] = add_country(block, metadata_of(calling_code, code), code, tables.get(main))
        if calling_code and tables[main]:
            block.set(PHONES, country_number(country), tables[country])
            first, last = int(f"{calling_code:<03}"), int(str(calling_code).ljust(3, "9"))
            code_countries[first : last + 1] = tables[main]
    block.set(CALLING_CODES, 0, block.add(code_countries))


def add_country(block: Block, metadata: PhoneMetadata, country: str, main: int | None) -> int:
    """The distance of a country's table; 0 where its numbers have a rule that only the library knows."""
    own, general = national_shape(metadata), general_pattern(metadata.country_code).pattern
    try:
        shapes = [block.add(bytes_table(table_of(pattern))) for pattern in (own, general)]
    except UnknownPatternError:
        return 0
    if metadata.national_prefix_for_parsing not in TRUNK_RULES or metadata.international_prefix not in DIALLING_RULES:
        return 0
    trunk, strip_more = TRUNK_RULES[metadata.national_prefix_for_parsing]
    abroad = DIALLING_RULES[metadata.international_prefix]
    begins = [
        STRIPS_MORE * f"{digits:03}".startswith(strip_more) | DIALS_ABROAD * f"{digits:03}".startswith(abroad)
        for digits in range(1000)
    ]
    assert metadata.general_desc is not None
    possible, local = metadata.general_desc.possible_length, metadata.general_desc.possible_length_local_only
    too_long = [length for length in range(MOST_DIGITS + 1) if length > possible[-1] and length not in local]
    prefix = str(metadata.country_code)
    numbers = {
        CALLING_CODE_LENGTH: len(prefix),
        CALLING_CODE_TEXT: int.from_bytes(prefix.encode(), "little"),
        TRUNK: trunk,
        OWN_SHAPE: shapes[0],
        GENERAL_SHAPE: shapes[1],
        POSSIBLE_LENGTHS: set_of(possible),
        STRIPPED_LENGTHS: set_of([*possible, *too_long]),
        TOO_LONG_LENGTHS: set_of(too_long),
        BEGINNINGS: block.add(bytes_table(bytes(begins))),
        IS_NATIONAL_FIRST: int(country in MAY_BEGIN_WITH_CALLING_CODE),
        IS_AMERICAN: int(prefix == "1" and own.startswith(AMERICAN_SHAPE)),
    }
    numbers[MAIN_COUNTRY] = block.length if main is None else main
    return block.add(np.array([numbers[place] for place in sorted(numbers)], dtype=np.int64))


def set_of(lengths: list[int] | tuple[int, ...]) -> int:
    """Lengths as bits.

    >>> set_of([1, 3])
    10
    """
    return sum(1 << length for length in set(lengths))
