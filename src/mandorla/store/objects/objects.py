"""Objects: the current bytes under a bucket and a key, and everything that is said of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from mandorla.store.database import decode, encode
from mandorla.store.objects.listing import Page, page_of
from mandorla.store.objects.stored_object import Description, StoredObject
from mandorla.store.objects.tables import OBJECTS
from mandorla.store.objects.uses import hold, release


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects as one transaction sees them: who finds and then puts in the same one has no rival in between."""

    connection: Connection

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """The object of that key."""
        document = self.connection.execute(select(OBJECTS.c.document).where(*place(bucket, key))).scalar()
        return None if document is None else decode(StoredObject, document)

    def put(self, stored: StoredObject) -> None:
        """Name settled contents; what had the key before is replaced. Contents may be another object's too."""
        replaced = self.find(stored.bucket, stored.key)
        hold(self.connection, stored.contents)
        if replaced is None:
            self.connection.execute(insert(OBJECTS).values(bucket=stored.bucket, key=stored.key, document=encode(stored)))
            return
        self.rewrite(stored)
        release(self.connection, replaced.contents, now=stored.modified_at)

    def describe(self, stored: StoredObject, description: Description) -> None:
        """Say other things of the same bytes: tags can change without the object's time."""
        self.rewrite(replace(stored, description=description))

    def rewrite(self, stored: StoredObject) -> None:
        """Change the row of an object."""
        self.connection.execute(update(OBJECTS).where(*place(stored.bucket, stored.key)).values(document=encode(stored)))

    def remove(self, bucket: str, key: str, *, now: datetime) -> StoredObject | None:
        """Forget an object; None if there is none."""
        stored = self.find(bucket, key)
        if stored is not None:
            self.connection.execute(delete(OBJECTS).where(*place(bucket, key)))
            release(self.connection, stored.contents, now=now)
        return stored

    def page(self, bucket: str, *, limit: int, prefix: str = "", after: str = "", delimiter: str = "") -> Page[StoredObject]:
        """Objects and common prefixes in the order of their keys' bytes, from behind a key or common prefix on."""

        def read(where: list[Any], count: int) -> list[StoredObject]:  # Any: conditions are SQLAlchemy's
            query = select(OBJECTS.c.document).where(OBJECTS.c.bucket == bucket, *where).order_by(OBJECTS.c.key).limit(count)
            return [decode(StoredObject, document) for document in self.connection.execute(query).scalars()]

        return page_of(read, OBJECTS.c.key, limit=limit, prefix=prefix, after=after, delimiter=delimiter)

    def below(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """All objects whose key begins so, page by page."""
        after: str | None = ""
        while after is not None:
            page = self.page(bucket, limit=1000, prefix=prefix, after=after)
            yield from page.items
            after = page.next_after

    def is_empty(self, bucket: str) -> bool:
        """Whether the bucket has no object."""
        return self.connection.execute(select(OBJECTS.c.key).where(OBJECTS.c.bucket == bucket).limit(1)).scalar() is None


def place(bucket: str, key: str) -> tuple[Any, ...]:  # Any: conditions are SQLAlchemy's
    """The condition that holds for one row at most."""
    return OBJECTS.c.bucket == bucket, OBJECTS.c.key == key
