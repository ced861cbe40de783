"""The database: SQLite in a file, or PostgreSQL, under one dialect of code. A transaction that ended is on the disk."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

Value = TypeVar("Value")
Done = TypeVar("Done")

METADATA = MetaData()

# PostgreSQL's "serialization_failure" and "deadlock_detected": nothing was done, and its documentation says to do it again.
# And "unique_violation": who adds a record has looked for it, so another one added it meanwhile, and is seen the next time.
TRY_AGAIN = frozenset({"40001", "40P01", "23505"})
MOST_TRIES = 10


def connect(url: str) -> Engine:
    """An engine for `sqlite:///file`, or `postgresql://…`, whatever its tables.

    Transactions that write are serializable on both: SQLite lets one writer in at a time, PostgreSQL refuses what would not
    have come out the same one after the other.
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
    """One transaction: all of it or nothing. A writer takes SQLite's write lock at once, so that it never has to give way.

    Who only reads sees one moment, and is never refused: PostgreSQL refuses readers too where they are serializable.
    """
    with turn_to_write(engine) if writes else nullcontext(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        elif not writes:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
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
    return isinstance(error, DBAPIError) and getattr(cause, "sqlstate", None) in TRY_AGAIN


def tried(do: Callable[[], Done]) -> Done:
    """What something gives that may be done twice; it is done again where only two transactions met."""
    for tries_left in reversed(range(MOST_TRIES)):
        try:
            return do()
        except Exception as error:
            if not tries_left or not is_worth_another_try(error):
                raise
    raise AssertionError("The last try returns or raises.")


def committed(engine: Engine, do: Callable[[Connection], Done], *, writes: bool = True) -> Done:
    """What something gives that is done in one transaction, which is on the disk by then; tried again like `tried`."""

    def once() -> Done:
        with transaction(engine, writes=writes) as connection:
            return do(connection)

    return tried(once)


def encode(value: object) -> str:
    """A record as JSON, the same text for the same value."""
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: type[Value], document: str) -> Value:
    """A record from its JSON. Fields that it has gained since have their defaults."""
    return msgspec.json.decode(document, type=kind, strict=False)
