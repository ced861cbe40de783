"""A finding: one thing that is wrong (or doubtful) with an input, where it is, and how to mend it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`code` is stable and upper case; `where` names file, row, column or JSON path, and never a person's value.

    >>> print(Finding(code="HEADER_CASE", where="customers.csv, column 'Email'",
    ...               what="the header is not in lower case", mend="rename it to 'email'"))
    HEADER_CASE  customers.csv, column 'Email'  the header is not in lower case  rename it to 'email'
    """

    code: str
    where: str
    what: str
    mend: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.code}  {self.where}  {self.what}  {self.mend}"

    def as_json(self) -> dict[str, str]:
        """The finding as `mandorla check --json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "what": self.what,
            "mend": self.mend,
        }
