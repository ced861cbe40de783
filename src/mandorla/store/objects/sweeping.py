"""Removes bytes that nothing names: those whose last name is gone, and what a killed process left half done."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from mandorla.store.database import is_worth_another_try, transaction
from mandorla.store.objects.contents import Contents
from mandorla.store.objects.uses import known_ids, take_unused

# Whoever found an object has so long to open its bytes; what is open is read to its end, however long that takes.
GRACE_OF_READERS = timedelta(minutes=15)

# An upload renews its file's time with every write, and names its bytes right after the last one.
GRACE_OF_WRITERS = timedelta(hours=1)


def sweep(database: Engine, contents: Contents, *, now: datetime, grace: timedelta = GRACE_OF_READERS) -> int:
    """Remove some contents that lost their last name a while ago; says how many. Names are gone before bytes are."""
    try:
        with transaction(database, writes=True) as connection:
            unused = take_unused(connection, before=now - grace)
    except OperationalError as error:
        if not is_worth_another_try(error):
            raise
        return 0  # it met another transaction; there will be another sweep
    for content_id in unused:
        contents.discard(content_id)
    return len(unused)


def clear_leftovers(database: Engine, contents: Contents, *, now: datetime, grace: timedelta = GRACE_OF_WRITERS) -> int:
    """Remove what was begun and never named, at a start; says how many contents that were."""
    before = (now - grace).timestamp()
    contents.forget_incoming(before)
    removed = 0
    for ids in contents.settled_before(before):
        with transaction(database, writes=False) as connection:  # the ids were read first: whoever names one has done so
            known = known_ids(connection, ids)
        for content_id in set(ids) - known:
            contents.discard(content_id)
            removed += 1
    return removed
