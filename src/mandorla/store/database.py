"""The database: SQLite in a file, or PostgreSQL, under one dialect of code. A transaction that ended is on the disk."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

Value = TypeVar("Value")

METADATA = MetaData()

# PostgreSQL's "serialization_failure" and "deadlock_detected": nothing was done, and the same work may be tried again.
TRY_AGAIN = frozenset({"40001", "40P01"})


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file`, or `postgresql://…`, whatever its tables.

    Transactions are serializable on both: SQLite lets one writer in at a time, PostgreSQL refuses what would not have come
    out the same one after the other.
    """
    location = make_url(url)
    if location.get_backend_name() == "postgresql":
        location = location.set(drivername="postgresql+psycopg")
        engine = create_engine(location, isolation_level="SERIALIZABLE", pool_size=8, max_overflow=32)
    else:
        if location.database:
            Path(location.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            location,
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=32,
            connect_args={"check_same_thread": False, "timeout": 60},
        )
        event.listen(engine, "connect", prepare_sqlite)
        engine = engine.execution_options(turn_to_write=Lock())
    return engine


def prepare_sqlite(connection: Any, _: object) -> None:  # Any: the driver's own connection, sqlite3.Connection
    """Write-ahead log, and a sync at every commit: what was answered survives the power's end, not only the process's."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=60000"):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """One transaction: all of it or nothing. A writer takes SQLite's write lock at once, so that it never has to give way."""
    with turn_to_write(engine) if writes else nullcontext(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def turn_to_write(engine: Engine) -> AbstractContextManager[object]:
    """What the threads of one process queue for before they write.

    SQLite lets one in and has the others look again after ever longer sleeps, so that some wait a second for a lock that was
    free all the time. PostgreSQL needs none of it.
    """
    turn: AbstractContextManager[object] = engine.get_execution_options().get("turn_to_write", nullcontext())
    return turn


def is_worth_another_try(error: Exception) -> bool:
    """Whether two transactions met and this one only has to be run again."""
    cause = getattr(error, "orig", None)
    return isinstance(error, OperationalError) and getattr(cause, "sqlstate", None) in TRY_AGAIN


def encode(value: object) -> str:
    """A record as JSON, the same text for the same value."""
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: type[Value], document: str) -> Value:
    """A record from its JSON. Fields that it has gained since have their defaults."""
    return msgspec.json.decode(document, type=kind, strict=False)
