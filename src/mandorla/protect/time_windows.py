"""EXTEND_TIME_WINDOW('table', 'P14D', 'P1D') read: the table it names, and by how much its window is longer on each side."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlglot import exp

from mandorla.domain.query_table import QueryTable
from mandorla.protect.names import EXTENSION
from mandorla.protect.refusal import Refusal

# ISO 8601 durations of days, hours, minutes and seconds. GUESS: AMC takes no months or years, whose length varies.
DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")


def place_extensions(tree: exp.Query, tables: Mapping[str, QueryTable]) -> Iterator[Refusal]:
    """Put the named table in place of each EXTEND_TIME_WINDOW of the tree; a refusal where it is written wrongly."""
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.upper() != "EXTEND_TIME_WINDOW":
            continue
        texts = [argument.name for argument in node.expressions if isinstance(argument, exp.Literal) and argument.is_string]
        table = node.parent
        if len(texts) != 3 or len(node.expressions) != 3 or not isinstance(table, exp.Table):
            yield _no("EXTEND_TIME_WINDOW stands in FROM, as EXTEND_TIME_WINDOW('table', 'P14D', 'P1D').")
            continue
        name, before, after = texts
        lengths = [duration_of(before), duration_of(after)]
        if None in lengths:
            yield _no(f"EXTEND_TIME_WINDOW('{name}', …): write durations such as 'P14D' or 'PT12H'.")
        elif name.lower() not in tables:
            yield _no(f"EXTEND_TIME_WINDOW('{name}', …): there is no table of that name in this collaboration.")
        else:
            alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name.lower()))
            named = exp.Table(this=exp.to_identifier(name.lower()), alias=alias)
            named.meta[EXTENSION] = tuple(lengths)
            table.replace(named)


def duration_of(text: str) -> timedelta | None:
    """The length of an ISO 8601 duration, or None where it is not one.

    >>> duration_of("P14D").days, duration_of("a week")
    (14, None)
    """
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _no(sentence: str) -> Refusal:
    return Refusal("time_windows", sentence)
