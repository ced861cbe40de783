"""Single characters that rules spell out, fold or drop."""

import unicodedata

# RENAME_SPECIAL_CHARS of Entity Resolution's glossary; Amazon Ads' name rule spells out the same six.
SPELLED_OUT = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "æ": "ae"})


def convert_accent(value: str) -> str:
    """CONVERT_ACCENT as Amazon's sample library does it: å becomes aa, other letters part from their accents.

    The accents stay behind as combining characters; every rule that converts accents removes those later.

    >>> convert_accent("Åse José").encode("ascii", "ignore")
    b'Ase Jose'
    >>> convert_accent("åse")
    'aase'
    """
    return unicodedata.normalize("NFD", value.replace("å", "aa"))
