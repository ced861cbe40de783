"""Types without a rule of their own (STRING, DATE, UNIQUE_ID, IPv4, IPv6): the value as it stands, trimmed.

`none`, the profile without normalization, treats every type so.
"""

from __future__ import annotations

import re

from mandorla.normalize.normalizer import Normalizer, RowCountry, is_printable, lower, or_null, without
from mandorla.normalize.sql_trees import exp


def trimmed(value: str, _country: str) -> str | None:
    """The value without white space around it.

    >>> trimmed("  A 1 ", ""), trimmed("  ", "")
    ('A 1', None)
    """
    return value.strip() or None


def trimmed_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`trimmed` for printable ASCII, where white space is the space."""
    return or_null(exp.Trim(this=column.copy()))


def case_folded(value: str, _country: str) -> str | None:
    """The value trimmed, in lower case: hexadecimal writings of one thing.

    >>> case_folded(" FE80::1 ", "")
    'fe80::1'
    """
    return value.strip().lower() or None


def case_folded_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`case_folded` for printable ASCII."""
    return or_null(lower(exp.Trim(this=column.copy())))


def digits(value: str, _country: str) -> str | None:
    """The digits of a country calling code.

    >>> digits("+44", "")
    '44'
    """
    return re.sub("[^0-9]+", "", value) or None


def digits_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`digits`, for every value."""
    return or_null(without(column, "[^0-9]+"))


TRIMMED = Normalizer(
    function_name="trimmed_text",
    reference=trimmed,
    swift=trimmed_swift,
    swift_when=is_printable,
    usual="^ *([!-~]+) *$",
    rejects="only white space",
)
CASE_FOLDED = Normalizer(
    function_name="case_folded_text",
    reference=case_folded,
    swift=case_folded_swift,
    swift_when=is_printable,
    usual="^ *([!-~]+) *$",
    of_usual=lower,
    rejects="only white space",
)
DIGITS = Normalizer(
    function_name="digits_of_text", reference=digits, swift=digits_swift, swift_when=is_printable, rejects="no digits"
)
