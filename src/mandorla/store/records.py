"""The domain's records: one table for all kinds, each row a frozen dataclass under its kind, owner and key."""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from mandorla.domain.errors import ConflictError, NotFoundError
from mandorla.domain.record import Record
from mandorla.store.database import METADATA, decode, encode

AnyRecord = TypeVar("AnyRecord", bound=Record)

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

# Statements are made once: making one takes several times as long as SQLite needs to answer it.
# A parameter of an UPDATE's condition must not be called as a column, so all of them are "the_…".
OF_KIND = RECORDS.c.kind == bindparam("the_kind")
OF_ACCOUNT = RECORDS.c.account_id == bindparam("the_account_id")
AT_KEY = RECORDS.c.key == bindparam("the_key")

FIND = select(RECORDS.c.document).where(OF_KIND, OF_ACCOUNT, AT_KEY)
FIND_ANYWHERE = select(RECORDS.c.document).where(OF_KIND, AT_KEY).limit(1)
COUNT = select(func.count()).select_from(RECORDS).where(OF_KIND, OF_ACCOUNT)
ADD = insert(RECORDS)
CHANGE = update(RECORDS).where(OF_KIND, OF_ACCOUNT, AT_KEY)
REMOVE = delete(RECORDS).where(OF_KIND, OF_ACCOUNT, AT_KEY)

EVERYONES = (
    select(RECORDS.c.document)
    .where(OF_KIND, RECORDS.c.key > bindparam("after"))
    .order_by(RECORDS.c.key)
    .limit(bindparam("most", type_=Integer))
)
OWNED_BY = EVERYONES.where(OF_ACCOUNT)
CHILDREN = EVERYONES.where(RECORDS.c.parent == bindparam("the_parent"))
# All there are, for a page without a limit.
ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Records:
    """The records as one transaction sees them; what it changes is kept when the transaction is."""

    connection: Connection

    def add(self, record: Record) -> None:
        """Keep a new record; ConflictError if the owner has one of that kind and key."""
        kind = type(record)
        if self.find(kind, record.account_id, record.key) is not None:
            raise ConflictError(f"{words_of(kind)} {record.key!r} already exists.")
        self.connection.execute(ADD, row_of(record))

    def put(self, record: Record) -> None:
        """Keep a record in place of the one of the same kind, owner and key, if there is one."""
        row = row_of(record)
        at = place(type(record), record.account_id, record.key)
        changed = self.connection.execute(CHANGE, {**at, "document": row["document"], "parent": row["parent"]})
        if not changed.rowcount:
            self.connection.execute(ADD, row)

    def remove(self, record: Record) -> None:
        """Forget a record."""
        self.connection.execute(REMOVE, place(type(record), record.account_id, record.key))

    def find(self, kind: type[AnyRecord], account_id: str, key: str) -> AnyRecord | None:
        """The owner's record of that kind and key."""
        return self.first(kind, FIND, place(kind, account_id, key))

    def get(self, kind: type[AnyRecord], account_id: str, key: str) -> AnyRecord:
        """The owner's record of that kind and key; NotFoundError in the same words for what is not there or another's."""
        record = self.find(kind, account_id, key)
        if record is None:
            raise NotFoundError(f"{words_of(kind)} {key!r} was not found.")
        return record

    def find_anywhere(self, kind: type[AnyRecord], key: str) -> AnyRecord | None:
        """The record of that kind and key, whoever owns it. Only for keys that are unique over all accounts."""
        return self.first(kind, FIND_ANYWHERE, {"the_kind": kind.__name__, "the_key": key})

    def first(self, kind: type[AnyRecord], statement: Select[str], at: dict[str, str]) -> AnyRecord | None:
        """The first record that a statement finds."""
        row = self.connection.execute(statement, at).scalar()
        return None if row is None else decode(kind, row)

    def owned_by(self, kind: type[AnyRecord], account_id: str, *, after: str = "", limit: int | None = None) -> list[AnyRecord]:
        """The owner's records in the order of their keys, from behind a key on."""
        return self.listed(kind, OWNED_BY, {"the_account_id": account_id, "after": after}, limit)

    def children(self, kind: type[AnyRecord], parent: str, *, after: str = "", limit: int | None = None) -> list[AnyRecord]:
        """The records below a parent in the order of their keys, whoever owns them."""
        return self.listed(kind, CHILDREN, {"the_parent": parent, "after": after}, limit)

    def everyones(self, kind: type[AnyRecord]) -> list[AnyRecord]:
        """All records of a kind, whoever owns them. For what the server sees to by itself."""
        return self.listed(kind, EVERYONES, {"after": ""}, None)

    def listed(
        self, kind: type[AnyRecord], statement: Select[str], where: dict[str, str], limit: int | None
    ) -> list[AnyRecord]:
        """A page of records."""
        page = {**where, "the_kind": kind.__name__, "most": ALL if limit is None else limit}
        return [decode(kind, row) for row in self.connection.execute(statement, page).scalars()]

    def count(self, kind: type[Record], account_id: str) -> int:
        """How many records of a kind an owner has."""
        return self.connection.execute(COUNT, {"the_kind": kind.__name__, "the_account_id": account_id}).scalar_one()


def place(kind: type[Record], account_id: str, key: str) -> dict[str, str]:
    """What holds for one row at most, as the statements above call it."""
    return {"the_kind": kind.__name__, "the_account_id": account_id, "the_key": key}


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
