"""The domain's records: one table for all kinds, each row a frozen dataclass under its kind, owner and key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Index, String, Table, Text, delete, func, insert, select, update

from mandorla.domain.errors import ConflictError, NotFoundError
from mandorla.domain.record import Record
from mandorla.store.database import METADATA, decode, encode

AnyRecord = TypeVar("AnyRecord", bound=Record)
Condition = ColumnElement[bool]

# Keys are compared byte by byte on both databases, so that a page ends where the next begins.
KEY = String(1024).with_variant(String(1024, collation="C"), "postgresql")

RECORDS = Table(
    "records",
    METADATA,
    Column("kind", String(64), primary_key=True),
    Column("account_id", String(12), primary_key=True),
    Column("key", KEY, primary_key=True),
    Column("parent", KEY, nullable=False),
    Column("document", Text, nullable=False),
)
Index("records_by_key", RECORDS.c.kind, RECORDS.c.key)
Index("records_by_parent", RECORDS.c.kind, RECORDS.c.parent, RECORDS.c.key)


@dataclass(frozen=True, slots=True)
class Records:
    """The records as one transaction sees them; what it changes is kept when the transaction is."""

    connection: Connection

    def add(self, record: Record) -> None:
        """Keep a new record; ConflictError if the owner has one of that kind and key."""
        kind = type(record)
        if self.find(kind, record.account_id, record.key) is not None:
            raise ConflictError(f"{words_of(kind)} {record.key!r} already exists.")
        self.connection.execute(insert(RECORDS).values(**row_of(record)))

    def put(self, record: Record) -> None:
        """Keep a record in place of the one of the same kind, owner and key, if there is one."""
        values = row_of(record)
        at = place(type(record), record.account_id, record.key)
        changed = self.connection.execute(
            update(RECORDS).where(*at).values(document=values["document"], parent=values["parent"])
        )
        if not changed.rowcount:
            self.connection.execute(insert(RECORDS).values(**values))

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self.connection.execute(delete(RECORDS).where(*place(type(record), record.account_id, record.key)))

    def find(self, kind: type[AnyRecord], account_id: str, key: str) -> AnyRecord | None:
        """The owner's record of that kind and key."""
        return self.first(kind, place(kind, account_id, key))

    def get(self, kind: type[AnyRecord], account_id: str, key: str) -> AnyRecord:
        """The owner's record of that kind and key; NotFoundError in the same words for what is not there or another's."""
        record = self.find(kind, account_id, key)
        if record is None:
            raise NotFoundError(f"{words_of(kind)} {key!r} was not found.")
        return record

    def find_anywhere(self, kind: type[AnyRecord], key: str) -> AnyRecord | None:
        """The record of that kind and key, whoever owns it. Only for keys that are unique over all accounts."""
        return self.first(kind, (RECORDS.c.kind == kind.__name__, RECORDS.c.key == key))

    def first(self, kind: type[AnyRecord], where: Iterable[Condition]) -> AnyRecord | None:
        """The first record that a condition holds for."""
        row = self.connection.execute(select(RECORDS.c.document).where(*where).limit(1)).scalar()
        return None if row is None else decode(kind, row)

    def owned_by(self, kind: type[AnyRecord], account_id: str, *, after: str = "", limit: int | None = None) -> list[AnyRecord]:
        """The owner's records in the order of their keys, from behind a key on."""
        return self.listed(kind, (RECORDS.c.account_id == account_id,), after, limit)

    def children(self, kind: type[AnyRecord], parent: str, *, after: str = "", limit: int | None = None) -> list[AnyRecord]:
        """The records below a parent in the order of their keys, whoever owns them."""
        return self.listed(kind, (RECORDS.c.parent == parent,), after, limit)

    def everyones(self, kind: type[AnyRecord]) -> list[AnyRecord]:
        """All records of a kind, whoever owns them. For what the server sees to by itself."""
        return self.listed(kind, (), "", None)

    def listed(self, kind: type[AnyRecord], where: Iterable[Condition], after: str, limit: int | None) -> list[AnyRecord]:
        """A page of records."""
        ordered = select(RECORDS.c.document).where(RECORDS.c.kind == kind.__name__, RECORDS.c.key > after, *where)
        rows = self.connection.execute(ordered.order_by(RECORDS.c.key).limit(limit)).scalars()
        return [decode(kind, row) for row in rows]

    def count(self, kind: type[Record], account_id: str) -> int:
        """How many records of a kind an owner has."""
        at = (RECORDS.c.kind == kind.__name__, RECORDS.c.account_id == account_id)
        return self.connection.execute(select(func.count()).select_from(RECORDS).where(*at)).scalar_one()


def place(kind: type[Record], account_id: str, key: str) -> tuple[Condition, ...]:
    """The condition that holds for one row at most."""
    return RECORDS.c.kind == kind.__name__, RECORDS.c.account_id == account_id, RECORDS.c.key == key


def row_of(record: Record) -> dict[str, str]:
    """A record as a row."""
    return {
        "kind": type(record).__name__,
        "account_id": record.account_id,
        "key": record.key,
        "parent": record.parent,
        "document": encode(record),
    }


def words_of(kind: type[Record]) -> str:
    """A class's name as it is said.

    >>> from mandorla.domain.account import Credential
    >>> words_of(Credential)
    'Credential'
    """
    return "".join(f" {letter.lower()}" if letter.isupper() and at else letter for at, letter in enumerate(kind.__name__))
