"""Open a database of this version's tables; `upgrading.py` is loaded only for one that is not yet."""

from importlib import import_module

from sqlalchemy import Connection, Engine, inspect, text

from mandorla.store.database import connect, transaction

# The last change in `migrations/`.
LATEST = "0001"


def open_database(url: str) -> Engine:
    """An engine for a database with this version's tables; they are made or changed where they are not yet.

    MandorlaError if a newer version of mandorla has been here.
    """
    database = connect(url)
    with transaction(database, writes=False) as connection:
        is_latest = version_of(connection) == LATEST
    if not is_latest:
        import_module("mandorla.store.upgrading").upgrade(database)
    return database


def version_of(connection: Connection) -> str | None:
    """The last change that a database has seen; None if it is new, or from before there were versions."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version
