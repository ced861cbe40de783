"""The versions in `migrations/` lead to the very tables that the code names, on both databases, from whatever was there."""

from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from mandorla.domain.errors import MandorlaError
from mandorla.store import job_queue, records
from mandorla.store.database import METADATA, connect, transaction
from mandorla.store.migrating import LATEST, open_database, version_of
from mandorla.store.objects import tables
from mandorla.store.upgrading import upgrade

# METADATA knows the tables of the modules that were imported.
TABLES = (records.RECORDS, job_queue.JOBS, tables)


def test_versions_lead_to_the_tables_of_the_code(database_url: str) -> None:
    database = open_database(database_url)
    with transaction(database, writes=False) as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), METADATA) == []
        assert version_of(connection) == LATEST
    database.dispose()


def test_a_database_from_before_versions_keeps_what_it_holds(database_url: str) -> None:
    database = connect(database_url)
    METADATA.create_all(database)
    kept = {"kind": "Thing", "account_id": "1" * 12, "key": "k", "parent": "", "document": "{}"}
    with transaction(database, writes=True) as connection:
        connection.execute(sa.insert(METADATA.tables["records"]).values(**kept))
    upgrade(database)
    with transaction(database, writes=False) as connection:
        [row] = connection.execute(sa.select(METADATA.tables["records"])).mappings()
        assert dict(row) == kept
    database.dispose()


def test_programs_that_open_it_at_once_upgrade_it_once(database_url: str) -> None:
    faults: list[Exception] = []

    def open_it() -> None:
        try:
            open_database(database_url).dispose()
        except Exception as error:  # noqa: BLE001  # whatever it is, the test is to see it
            faults.append(error)

    threads = [Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'newer.sqlite'}"
    database = open_database(url)
    with transaction(database, writes=True) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MandorlaError, match="9999"):
        upgrade(database)
    database.dispose()
