"""How unique ids are written. Entity Resolution's glossary: letters, digits, `_` and `-`, at most 257 characters in an ID
mapping workflow and 38 in a matching workflow.
"""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.limits import DEFAULT_LIMITS
from mandorla.engines.checking_queries import counts_of_patterns, longer_values
from mandorla.prepare.rules.data_table import DataTable

CHARACTERS, LENGTH, NULL_WORD, NUMBER = "UNIQUE_ID_CHARACTERS", "UNIQUE_ID_LENGTH", "UNIQUE_ID_NULL_WORD", "UNIQUE_ID_NUMBER"

# What exports write for nothing; as an id, all such rows would be one person.
NULL_WORDS = r"^(?i:null|\\N|none|nan|n/a|na|nil|undefined|#n/a)$"
# What spreadsheets make of long numbers.
NUMBERS = r"^[0-9]+\.[0-9]+$|^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$"


def findings(data: DataTable) -> Iterator[Finding]:
    """Ids that the service may refuse, and ids that are no ids."""
    if data.mapping is None:
        return
    column = data.mapping.unique_id.field_name
    patterns = [(column, pattern) for pattern in ("[^a-zA-Z0-9_-]", NULL_WORDS, NUMBERS)]
    characters, words, numbers = counts_of_patterns(data.engine, data.table.name, patterns)
    longer = longer_values(data.engine, data.table.name, column, DEFAULT_LIMITS.unique_id_length)
    found = {
        LENGTH: (longer, f"ids have more than {DEFAULT_LIMITS.unique_id_length} characters and take no part", "shorten them"),
        NULL_WORD: (words, "ids are a word for nothing, such as NULL; as ids they would be one person", "leave such rows out"),
        NUMBER: (numbers, "ids look like numbers that a spreadsheet has changed, such as 1.0 or 1e5", "export ids as text"),
        CHARACTERS: (
            characters - words - numbers,
            "ids hold other characters than letters, digits, _ and -",
            "write ids with these alone; the service's documentation names no others",
        ),
    }
    for code, (count, what, mend) in found.items():
        if count > 0:
            yield Finding(code=code, where=data.where(column), what=f"{count:,} {what}", mend=mend, severity="warning")
