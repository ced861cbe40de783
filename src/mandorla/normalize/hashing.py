"""SHA-256 of what was normalized, and the digests that a hashed column brings along.

Amazon Ads: SHA-256 of the UTF-8 bytes, lower-case hex, no salt (`9eceb134…` for abc@example.com).
"""

from __future__ import annotations

import hashlib
import re

from mandorla.normalize.normalizer import Normalizer, RowCountry, lower, matches
from mandorla.normalize.sql_trees import exp

# The digest of the empty string stands where somebody hashed an invalid value; it matches nothing.
EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
DIGEST = re.compile("[0-9a-f]{64}")


def digest(value: str) -> str:
    """The SHA-256 of a normalized value, as Amazon Ads writes it.

    >>> digest("abc@example.com")[:16]
    '9eceb13483d7f187'
    """
    return hashlib.sha256(value.encode()).hexdigest()


def digest_expression(normalized: exp.Expression) -> exp.Expression:
    """`digest` of a normalized value, NULL of NULL."""
    return exp.SHA2(this=normalized.copy(), length=exp.Literal.number(256))


def hashed(value: str, _country: str) -> str | None:
    """A value of a hashed column: 64 hex digits in either case, spaces around them ignored; never the empty string's.

    >>> hashed(" 9ECEB13483D7F187EC014FD6D4854D1420CFC634328AF85F51D0323BA8622E21 ", "")[:16]
    '9eceb13483d7f187'
    >>> hashed(EMPTY_DIGEST, "") is None, hashed("abc@example.com", "") is None
    (True, True)
    """
    text = value.strip().lower()
    return text if DIGEST.fullmatch(text) and text != EMPTY_DIGEST else None


def hashed_swift(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """`hashed` where nothing but the digits stands in the value."""
    return exp.Nullif(this=lower(column), expression=exp.Literal.string(EMPTY_DIGEST))


def is_bare_digest(column: exp.Expression, _country: RowCountry) -> exp.Expression:
    """True of exactly 64 hex digits."""
    return matches(column, "^[0-9A-Fa-f]{64}$")


HASHED = Normalizer(
    function_name="hashed_value",
    reference=hashed,
    swift=hashed_swift,
    swift_when=is_bare_digest,
    rejects="not a SHA-256 digest in hex",
)
