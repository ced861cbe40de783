"""Filter patterns: the words that a line must hold, each by itself or in quotes. Any other kind of pattern is refused."""

import re

from mandorla.domain.errors import MandorlaError

# CloudWatch Logs user guide, filter pattern syntax: a term of other characters than letters, digits and "_" stands in quotes.
TERM = re.compile(r'\s*(?:(?P<word>\w+)|"(?P<phrase>(?:[^"\\]|\\.)+)")(?=\s|$)')


def terms_of(pattern: str) -> tuple[str, ...]:
    """What a line must hold, all of it and in the same writing; none for the empty pattern, which every line fits.

    >>> terms_of('FAILED "\\\\"status\\\\": x"')
    ('FAILED', '"status": x')
    """
    found, place = [], 0
    while pattern[place:].strip():
        term = TERM.match(pattern, place)
        if term is None:
            raise MandorlaError(
                "filterPattern is read here as words, and phrases in double quotes, that a message must all hold. "
                "Patterns of JSON or of columns, regular expressions and terms with ? or - before them are not served."
            )
        found.append(term["word"] or re.sub(r"\\(.)", r"\1", term["phrase"]))
        place = term.end()
    return tuple(found)
