"""Service models write patterns for Java; this is what they mean, as patterns of Python's."""

import re
import sys
import unicodedata
from functools import cache
from itertools import groupby

# In Java's UTF-16 this is "any character beyond the first plane"; Python has no surrogates to match.
SURROGATE_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"
BEYOND_THE_FIRST_PLANE = r"\U00010000-\U0010FFFF"
CATEGORY = re.compile(r"\\p\{(\w+)\}")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    r"""The pattern as Python reads it. Java's `\w`, `\d` and `\s` mean ASCII.

    >>> bool(compiled(r"[\p{L}\p{Z}_]+").fullmatch("Zoë _")), bool(compiled(r"\w+").fullmatch("Zoë"))
    (True, False)
    """
    translated = CATEGORY.sub(lambda found: ranges_of(found[1]), pattern.replace(SURROGATE_PAIRS, BEYOND_THE_FIRST_PLANE))
    # Python warns of "[[" and "--", which may one day be set operations; escaped they mean the same today.
    translated = re.sub(r"(?<=\[)\[", r"\\[", translated).replace("--", r"-\-")
    return re.compile(translated, re.ASCII)


@cache
def ranges_of(category: str) -> str:
    """A Unicode category, or a group of them by the first letter, as ranges for inside a set.

    >>> print(ranges_of("Nl")[:21])
    \\U000016EE-\\U000016F0
    """
    points = (point for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)).startswith(category))
    runs = ([point for _, point in run] for _, run in groupby(enumerate(points), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"\\U{run[0]:08X}-\\U{run[-1]:08X}" if len(run) > 1 else f"\\U{run[0]:08X}" for run in runs)
