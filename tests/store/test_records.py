"""Records on both databases: kept as they are, found by owner and key, read in pages, and never half written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from mandorla.domain.errors import ConflictError, NotFoundError
from mandorla.domain.registered_schema import RegisteredSchema
from mandorla.domain.schema_mapping import AttributeType, InputField
from mandorla.domain.tags import Tags
from mandorla.store.database import committed, is_worth_another_try, transaction
from mandorla.store.migrating import open_database
from mandorla.store.records import Records
from tests.postgres import new_database

OWNER, OTHER = "111122223333", "444455556666"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(database_url: str) -> Iterator[Engine]:
    """An open database."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def tags(arn: str, **values: str) -> Tags:
    """A record that is quickly made."""
    return Tags(account_id=OWNER, resource_arn=arn, tags=values)


def test_a_record_comes_back_as_it_was(database: Engine) -> None:
    fields = (InputField(field_name="Größe", type=AttributeType.UNIQUE_ID), InputField(field_name="b", type=AttributeType.MAID))
    times = {"created_at": NOW, "updated_at": NOW}
    schema = RegisteredSchema(
        account_id=OWNER, schema_name="s", schema_arn="arn", description="", mapped_input_fields=fields, **times
    )
    with transaction(database, writes=True) as connection:
        Records(connection).add(schema)
    with transaction(database, writes=False) as connection:
        assert Records(connection).get(RegisteredSchema, OWNER, "s") == schema


def test_another_owner_finds_nothing(database: Engine) -> None:
    with transaction(database, writes=True) as connection:
        Records(connection).add(tags("mine"))
    with transaction(database, writes=False) as connection:
        assert Records(connection).find(Tags, OTHER, "mine") is None
        with pytest.raises(NotFoundError):
            Records(connection).get(Tags, OTHER, "mine")


def test_what_exists_cannot_be_added_again(database: Engine) -> None:
    with transaction(database, writes=True) as connection:
        Records(connection).add(tags("again"))
    with pytest.raises(ConflictError), transaction(database, writes=True) as connection:
        Records(connection).add(tags("again"))


def test_what_meets_another_transaction_is_done_again(database: Engine) -> None:
    times = []

    def once_more(connection: Connection) -> int:
        seen = Records(connection).find(Tags, OWNER, "counted")
        count = int(seen.tags["count"]) if seen else 0
        times.append(count)
        # SQLite lets one writer in at a time; elsewhere another one comes in between, once.
        if database.dialect.name != "sqlite" and len(times) == 1:
            with transaction(database, writes=True) as other:
                Records(other).put(tags("counted", count=str(count + 1)))
        Records(connection).put(tags("counted", count=str(count + 1)))
        return count + 1

    assert committed(database, once_more) == len(times)
    assert times == ([0] if database.dialect.name == "sqlite" else [0, 1])


def test_who_only_reads_is_never_refused(postgres_url: str) -> None:
    # A deposit joins a batch that is closed while it is on its way, and a report reads both: no order of the three would have
    # shown that, so PostgreSQL refuses the last one that is serializable.
    database = open_database(new_database(postgres_url))
    with transaction(database, writes=True) as connection:
        connection.exec_driver_sql("CREATE TABLE batch AS SELECT 1 AS number")
        connection.exec_driver_sql("CREATE TABLE deposits (batch int)")
    with transaction(database, writes=False) as reporting:
        with transaction(database, writes=True) as depositing:
            [batch] = depositing.exec_driver_sql("SELECT number FROM batch").one()
            with transaction(database, writes=True) as closing:
                closing.exec_driver_sql("UPDATE batch SET number = number + 1")
            assert reporting.exec_driver_sql("SELECT number FROM batch").scalar_one() == batch + 1
            depositing.exec_driver_sql(f"INSERT INTO deposits VALUES ({batch})")
        assert reporting.exec_driver_sql("SELECT * FROM deposits").all() == []
    database.dispose()


def test_what_raises_leaves_nothing_behind(database: Engine) -> None:
    def half_of_it() -> None:
        with transaction(database, writes=True) as connection:
            Records(connection).add(tags("halfway"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_of_it()
    with transaction(database, writes=False) as connection:
        assert Records(connection).find(Tags, OWNER, "halfway") is None


@settings(max_examples=20, deadline=None)
@given(keys=st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5), max_size=12))
def test_pages_follow_one_another_without_gap_or_repeat(database: Engine, keys: set[str]) -> None:
    with transaction(database, writes=True) as connection:
        records = Records(connection)
        for old in records.owned_by(Tags, OTHER):
            records.remove(old)
        for key in keys:
            records.add(Tags(account_id=OTHER, resource_arn=key, tags={}))
        seen: list[str] = []
        while page := records.owned_by(Tags, OTHER, after=seen[-1] if seen else "", limit=3):
            seen += [record.key for record in page]
    assert seen == sorted(keys, key=lambda key: key.encode())


def count_up(url: str, times: int) -> None:
    """Read a number, add one, write it: lost updates show in the sum."""
    engine = open_database(url)
    for _ in range(times):
        done = False
        while not done:
            try:
                with transaction(engine, writes=True) as connection:
                    records = Records(connection)
                    number = int(records.get(Tags, OWNER, "counter").tags["n"])
                    records.put(tags("counter", n=str(number + 1)))
                done = True
            except Exception as error:
                if not is_worth_another_try(error):
                    raise
    engine.dispose()


def test_processes_that_read_and_write_at_once_lose_no_update(database: Engine, database_url: str) -> None:
    with transaction(database, writes=True) as connection:
        Records(connection).add(tags("counter", n="0"))
    spawned = get_context("spawn")
    workers = [spawned.Process(target=count_up, args=(database_url, 25)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    with transaction(database, writes=False) as connection:
        assert Records(connection).get(Tags, OWNER, "counter").tags == {"n": "75"}
