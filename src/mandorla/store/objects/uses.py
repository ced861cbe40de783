"""Who names a content: counted, so that a copy costs no bytes, and the last name's end is seen."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Float, Integer, bindparam, case, cast, delete, insert, select, update

from mandorla.store.objects.contents import Content
from mandorla.store.objects.tables import CONTENT_USES

# Databases bound how many values a statement may have.
MOST_VALUES = 500


def hold(connection: Connection, contents: Iterable[Content]) -> None:
    """Something names these contents from now on."""
    added = Counter(content.content_id for content in contents)
    known = known_ids(connection, added)
    new = [{"content_id": content_id, "uses": uses} for content_id, uses in added.items() if content_id not in known]
    if new:
        connection.execute(insert(CONTENT_USES), new)
    change(connection, {content_id: uses for content_id, uses in added.items() if content_id in known}, unused_since=None)


def release(connection: Connection, contents: Iterable[Content], *, now: datetime) -> None:
    """Something names these contents no more."""
    taken = Counter(content.content_id for content in contents)
    change(connection, {content_id: -uses for content_id, uses in taken.items()}, unused_since=now.timestamp())


def change(connection: Connection, differences: dict[str, int], *, unused_since: float | None) -> None:
    """Count up or down; what is left without a use is marked with the time."""
    if not differences:
        return
    uses = CONTENT_USES.c.uses + bindparam("difference", type_=Integer)
    statement = (
        update(CONTENT_USES)
        .where(CONTENT_USES.c.content_id == bindparam("of"))
        .values(uses=uses, unused_since=case((uses <= 0, cast(bindparam("since"), Float)), else_=None))
    )
    rows = [{"of": content_id, "difference": number, "since": unused_since} for content_id, number in differences.items()]
    connection.execute(statement, rows)


def known_ids(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Those of the ids that something names, or named lately."""
    listed, known = list(ids), set[str]()
    for start in range(0, len(listed), MOST_VALUES):
        where = CONTENT_USES.c.content_id.in_(listed[start : start + MOST_VALUES])
        known.update(connection.execute(select(CONTENT_USES.c.content_id).where(where)).scalars())
    return frozenset(known)


def take_unused(connection: Connection, *, before: datetime) -> list[str]:
    """Some contents that nothing has named since then. They are forgotten here; their bytes are the caller's to remove."""
    where = (CONTENT_USES.c.uses <= 0, CONTENT_USES.c.unused_since < before.timestamp())
    found = list(connection.execute(select(CONTENT_USES.c.content_id).where(*where).limit(MOST_VALUES)).scalars())
    if found:
        connection.execute(delete(CONTENT_USES).where(CONTENT_USES.c.content_id.in_(found)))
    return found
