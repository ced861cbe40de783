"""What a page is made of: number tiles, bar charts, tables, steps and notes, as values that the template draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# What a colour means: the thing itself, what is fine, what needs a look, what is lost, and what is simply not there.
Tone = Literal["plain", "good", "warning", "bad", "muted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number that one sees first."""

    number: str
    label: str
    note: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Tiles side by side."""

    tiles: tuple[Tile, ...]
    kind: Literal["tiles"] = "tiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two circles true to scale: how many each side has, how many both, and the words beside each figure."""

    left: int
    right: int
    both: int
    left_words: str
    right_words: str
    both_words: str
    kind: Literal["overlap"] = "overlap"

    @property
    def description(self) -> str:
        """The picture in words."""
        sides = f"{count(self.left)} {self.left_words}, {count(self.right)} {self.right_words}"
        return f"{sides}, {count(self.both)} {self.both_words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A piece of a bar: how long it is, in the chart's unit, what it means, and the words that appear when pointed at."""

    value: float
    tone: Tone
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its label, its pieces from left to right, and the figure at its end."""

    label: str
    segments: tuple[Segment, ...]
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Bars under one another. `full` is the value of a bar that fills the width; `description` says it all in words."""

    bars: tuple[Bar, ...]
    full: float
    description: str
    legend: tuple[tuple[Tone, str], ...] = ()
    kind: Literal["bar_chart"] = "bar_chart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under headings; the columns named in `numbers` stand to the right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[str] = frozenset()
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A thing to do, why, and the command that does it."""

    title: str
    why: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """Things to do, in their order."""

    steps: tuple[Step, ...]
    kind: Literal["steps"] = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know: what it is about, what is the matter, how to mend it."""

    tone: Tone
    where: str
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """Notes under one another."""

    notes: tuple[Note, ...]
    kind: Literal["notes"] = "notes"


Block = Tiles | Overlap | BarChart | Table | Steps | Notes


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, a sentence about what follows, and blocks."""

    title: str
    about: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A report: what it is, of what, and its sections."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]


def count(number: float) -> str:
    """A count as people read it.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


def percent(part: float, whole: float) -> str:
    """A share as people read it; small ones never look like none, nor large ones like all.

    >>> percent(1, 3), percent(0, 0), percent(1, 10**6), percent(999_999, 10**6)
    ('33.3%', '–', '<0.1%', '>99.9%')
    """
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < share < 100 else f"{share:.1f}%"


def thinned(rows: Sequence[tuple[str, ...]], most: int, more: str) -> tuple[tuple[str, ...], ...]:
    """The first rows, and a last one that says how many there are besides.

    >>> thinned([("a", "1"), ("b", "2"), ("c", "3")], 2, "others")
    (('a', '1'), ('b', '2'), ('1 others', ''))
    """
    if len(rows) <= most:
        return tuple(rows)
    rest = (f"{count(len(rows) - most)} {more}",)
    return (*rows[:most], rest + ("",) * (len(rows[0]) - 1))
