"""Bring a database to the tables that this version of the code knows, by the changes in `migrations/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from mandorla.domain.errors import MandorlaError
from mandorla.store.database import transaction
from mandorla.store.migrating import version_of

# Any number will do that nobody else takes in the same database: programs that open it at once upgrade it one after another.
POSTGRESQL_LOCK = 4700_0001


def upgrade(database: Engine) -> None:
    """Run what is missing, all of it or nothing. MandorlaError if a newer version of mandorla has been here."""
    with as_file(files("mandorla.store") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        scripts = ScriptDirectory.from_config(config)
        with alone(database), transaction(database, writes=True) as connection:
            version = version_of(connection)
            if version is not None and version not in {one.revision for one in scripts.walk_revisions()}:
                raise MandorlaError(
                    f"The database is of version {version}, which this mandorla does not know. Use the mandorla that made it, "
                    "or a newer one."
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def alone(database: Engine) -> Iterator[None]:
    """No other program upgrades meanwhile. SQLite's transactions see to it; PostgreSQL's begin with what they see then, so the
    lock is taken before."""
    if database.dialect.name == "sqlite":
        yield
        return
    with database.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": POSTGRESQL_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": POSTGRESQL_LOCK})
