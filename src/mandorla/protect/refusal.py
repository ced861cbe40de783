"""Why a query may not run: a code, and a sentence from which the analyst can mend it. It never holds a value of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from mandorla.domain.errors import MandorlaError


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reasoned no. `check` names the file in `protect/checks` (or `parsing`, `names`) that gave it."""

    check: str
    sentence: str


class RefusedError(MandorlaError):
    """The query may not run. It carries every refusal, so that the analyst mends the query once."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(dict.fromkeys(refusals))
        super().__init__("\n".join(refusal.sentence for refusal in self.refusals))
