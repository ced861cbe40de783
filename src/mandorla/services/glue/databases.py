"""Databases of the catalogue. Names are folded to lower case, as Hive does."""

from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.domain.glue_table import GlueDatabase, GluePartition, GlueTable
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag


def require_own_catalog(call: Call, catalog_id: str | None) -> None:
    """A catalogue's id is its account's; another's is not the caller's to see."""
    if catalog_id is not None and catalog_id != call.account_id:
        raise NotFoundError(f"Catalog {catalog_id} was not found. Leave CatalogId out to use your own.")


def database_of(call: Call, name: str) -> GlueDatabase:
    """A database of the caller's."""
    database = call.records.find(GlueDatabase, call.account_id, name.lower())
    if database is None:
        raise NotFoundError(f"Database {name} not found.")
    return database


def create_database(call: Call, *, database_input, catalog_id=None, tags=None) -> Any:
    """A database without tables."""
    require_own_catalog(call, catalog_id)
    name = database_input["name"].lower()
    if call.records.find(GlueDatabase, call.account_id, name) is not None:
        raise ConflictError(f"Database {name} already exists.")
    call.records.add(GlueDatabase(account_id=call.account_id, name=name, definition=database_input, created_at=call.now))
    tag(call, call.arn("glue", f"database/{name}"), tags)
    return {}


def get_database(call: Call, *, name, catalog_id=None) -> Any:
    """A database."""
    require_own_catalog(call, catalog_id)
    return {"database": shown(database_of(call, name))}


def get_databases(
    call: Call, *, catalog_id=None, next_token=None, max_results=None, resource_share_type=None, attributes_to_get=()
) -> Any:
    """The account's databases by name."""
    require_own_catalog(call, catalog_id)
    read = partial(owned, call)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=100)
    return {"database_list": [shown(database) for database in page], "next_token": token}


def owned(call: Call, after: str, limit: int) -> list[GlueDatabase]:
    """A page of the account's databases."""
    return call.records.owned_by(GlueDatabase, call.account_id, after=after, limit=limit)


def update_database(call: Call, *, name, database_input, catalog_id=None) -> Any:
    """Say other things of a database; its name stays."""
    require_own_catalog(call, catalog_id)
    database = database_of(call, name)
    if database_input["name"].lower() != database.name:
        raise MandorlaError("A database's name cannot be changed. Create another one.")
    call.records.put(replace(database, definition=database_input))
    return {}


def delete_database(call: Call, *, name, catalog_id=None) -> Any:
    """Forget a database and its tables; their data stays where it lies."""
    require_own_catalog(call, catalog_id)
    database = database_of(call, name)
    for table in call.records.children(GlueTable, f"{call.account_id}/{database.name}"):
        forget_table(call, table)
    call.records.remove(database)
    forget_tags(call, call.arn("glue", f"database/{database.name}"))
    return {}


def forget_table(call: Call, table: GlueTable) -> None:
    """A table is gone, and its partitions and tags with it."""
    for partition in call.records.children(GluePartition, f"{table.account_id}/{table.key}"):
        call.records.remove(partition)
    call.records.remove(table)
    forget_tags(call, call.arn("glue", f"table/{table.key}"))


def shown(database: GlueDatabase) -> dict[str, Any]:
    """A database as Glue shows it."""
    named = {"name": database.name, "create_time": database.created_at, "catalog_id": database.account_id}
    return {**database.definition, **named}


OPERATIONS: Operations = {
    "CreateDatabase": create_database,
    "GetDatabase": get_database,
    "GetDatabases": get_databases,
    "UpdateDatabase": update_database,
    "DeleteDatabase": delete_database,
}
