"""A payload is JSON, and what was copied from a guide often is not: typographic quotes, prose, placeholders for booleans."""

import json
import re
from collections.abc import Iterator

from mandorla.domain.finding import Finding

QUOTES, CHOICE, NOT_JSON = "CURLY_QUOTE", "PLACEHOLDER_CHOICE", "NOT_JSON"
CURLY = re.compile("[\u201c\u201d\u2018\u2019]")
TRUE_OR_FALSE = re.compile(r"\[\s*true\s*\|\s*false\s*\]")


def findings(path: str, text: str) -> Iterator[Finding]:
    """Every curly quote and every true-or-false choice; where these are mended, the place at which JSON ends."""
    for found in CURLY.finditer(text):
        yield Finding(code=QUOTES, where=f"{path}, {place(text, found.start())}", what="a typographic quote", mend='write "')
    for found in TRUE_OR_FALSE.finditer(text):
        what = "a choice that was left in"
        yield Finding(code=CHOICE, where=f"{path}, {place(text, found.start())}", what=what, mend="write true or false")
    mended = TRUE_OR_FALSE.sub("false", CURLY.sub('"', text))
    try:
        json.loads(mended)
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}, column {error.colno}"
        what = f"the text stops being JSON here: {error.msg}"
        yield Finding(code=NOT_JSON, where=where, what=what, mend="take out prose and whatever else is not JSON")
    except RecursionError:
        yield Finding(code=NOT_JSON, where=path, what="the JSON is nested too deeply", mend="write it flat")


def place(text: str, offset: int) -> str:
    """The line and column of an offset, counted from 1.

    >>> place("a\\nbc", 3)
    'line 2, column 2'
    """
    before = text[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"
