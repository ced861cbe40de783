"""libphonenumber's patterns as tables: which digit leads from which state to which, so that a number costs a step a digit.

The patterns are regular expressions over digits with alternatives, classes and counted repeats, and nothing else.
A state is what may still follow, and states that accept the same numbers are one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKENS = re.compile(r"\[([0-9-]+)\]|\\d|[0-9]|\(\?:|[|)?]|\{[0-9]+(?:,[0-9]+)?\}")
# A row of a table: ten states, and in its last place whether a number may end here. State 0 is where nothing can follow.
ROW, ACCEPTS = 16, 15
MOST_STATES = 255


@dataclass(frozen=True, slots=True)
class Repeat:
    """Some digits, or one of several sequences, so many times."""

    item: "str | tuple[Sequence, ...]"
    least: int = 1
    most: int = 1


Sequence = tuple[Repeat, ...]
State = frozenset[Sequence]


class UnknownPatternError(ValueError):
    """A pattern in which stands what no pattern of digits is expected to hold."""


def alternatives_of(pattern: str) -> tuple[Sequence, ...]:
    """What a pattern matches, as sequences of repeats.

    >>> alternatives_of("0[1-3]?|9")
    ((Repeat(item='0', least=1, most=1), Repeat(item='123', least=0, most=1)), (Repeat(item='9', least=1, most=1),))
    """
    tokens = [found[0] for found in TOKENS.finditer(pattern)]
    if "".join(tokens) != pattern:
        raise UnknownPatternError
    unread = iter(tokens)
    alternatives, is_closed = read_alternatives(unread)
    if is_closed:
        raise UnknownPatternError
    return alternatives


def read_alternatives(unread: Iterator[str]) -> tuple[tuple[Sequence, ...], bool]:
    """What stands up to a closing bracket or the end, and whether there was a bracket."""
    done: list[Sequence] = []
    sequence: list[Repeat] = []
    for token in unread:
        if token == ")":
            return (*done, tuple(sequence)), True
        if token == "|":
            done.append(tuple(sequence))
            sequence = []
        elif token == "(?:":
            group, is_closed = read_alternatives(unread)
            if not is_closed:
                raise UnknownPatternError
            sequence.append(Repeat(group))
        elif token[0] in "?{":
            least, _, most = ("0,1" if token == "?" else token[1:-1]).partition(",")
            sequence[-1] = Repeat(sequence[-1].item, int(least), int(most or least))
        else:
            sequence.append(Repeat(digits_of(token)))
    return (*done, tuple(sequence)), False


def digits_of(token: str) -> str:
    """The digits that a class or a digit stands for.

    >>> digits_of("[13-5]"), digits_of("7")
    ('1345', '7')
    """
    allowed = re.compile(token)
    return "".join(digit for digit in "0123456789" if allowed.fullmatch(digit))


def steps(sequence: Sequence) -> Iterator[tuple[str, Sequence]]:
    """Which digits may be read first, each with what may follow it."""
    if not sequence:
        return
    first, rest = sequence[0], sequence[1:]
    if first.least == 0:
        yield from steps(rest)
    if first.most == 0:
        return
    behind = rest if first.most == 1 else (Repeat(first.item, max(first.least - 1, 0), first.most - 1), *rest)
    if isinstance(first.item, str):
        yield first.item, behind
    else:
        for alternative in first.item:
            yield from steps(alternative + behind)


def may_end(sequence: Sequence) -> bool:
    """True if nothing more has to follow."""
    return all(part.least == 0 for part in sequence)


@dataclass(slots=True)
class Automaton:
    """The rows of a table while they are found, and the states that were seen."""

    rows: dict[tuple[int, ...], int] = field(default_factory=lambda: {(0,) * 11: 0})
    numbers: dict[State, int] = field(default_factory=lambda: {frozenset(): 0})

    def number_of(self, state: State) -> int:
        """The number of a state, behind the numbers of all states that it leads to."""
        if state not in self.numbers:
            following: list[set[Sequence]] = [set() for _ in range(10)]
            for sequence in state:
                for digits, behind in steps(sequence):
                    for digit in digits:
                        following[int(digit)].add(behind)
            row = (*(self.number_of(frozenset(then)) for then in following), int(any(map(may_end, state))))
            self.numbers[state] = self.rows.setdefault(row, len(self.rows))
        return self.numbers[state]


def automaton(pattern: str) -> bytes:
    """The table of a pattern, of 16 bytes a state; the byte before it all is the state in which a number begins.

    >>> table = automaton("1[2-4]?")
    >>> step = lambda state, digit: table[16 + 16 * state + digit]
    >>> begin = table[0]
    >>> table[16 + 16 * step(step(begin, 1), 3) + ACCEPTS], step(begin, 5)
    (1, 0)
    """
    found = Automaton()
    begin = found.number_of(frozenset(alternatives_of(pattern)))
    if len(found.rows) > MOST_STATES:
        raise UnknownPatternError
    rows = [bytes(row[:10]) + bytes(5) + bytes([row[10]]) for row in found.rows]
    return bytes([begin]) + bytes(ROW - 1) + b"".join(rows)
