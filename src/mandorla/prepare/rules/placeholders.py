"""The guide: "Replace each user input parameter indicated in {{ }} with your own information." """

import re
from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.json_text import place

CODE = "PLACEHOLDER"
BRACES = re.compile(r"\*?\{\{\s*([A-Za-z_-]{1,60})\s*\}(?:\*?\})?\*?")


def findings(path: str, text: str) -> Iterator[Finding]:
    """Every placeholder that stands in a payload."""
    for found in BRACES.finditer(text):
        what = f"the placeholder {found.group(1)} was left in"
        where = f"{path}, {place(text, found.start())}"
        yield Finding(code=CODE, where=where, what=what, mend="put your own value there")
