"""The catalogue as Athena shows it: `AwsDataCatalog`, which is Glue's."""

from functools import partial
from typing import Any

from mandorla.domain.errors import NotFoundError
from mandorla.domain.glue_table import GlueDatabase, GlueTable
from mandorla.services.athena.work_groups import work_group_of
from mandorla.services.call import Call, Operations
from mandorla.services.glue.tables import pattern_of, tables_in
from mandorla.services.paging import paged
from mandorla.wire.errors import WireError

CATALOGUE = "AwsDataCatalog"


def require_catalogue(name: str) -> None:
    """There is no other catalogue."""
    if name.lower() != CATALOGUE.lower():
        raise NotFoundError(f"Data catalog {name[:100]} was not found. Only {CATALOGUE} is served here.")


def database_of(call: Call, name: str) -> GlueDatabase:
    """A database; MetadataException for one that is not there."""
    found = call.records.find(GlueDatabase, call.account_id, name.lower())
    if found is None:
        raise WireError("MetadataException", f"Database {name} not found.")
    return found


def list_data_catalogs(call: Call, *, next_token=None, max_results=None, work_group=None) -> Any:
    """The one catalogue."""
    work_group_of(call, work_group)
    return {"data_catalogs_summary": [{"catalog_name": CATALOGUE, "type": "GLUE", "status": "CREATE_COMPLETE"}]}


def get_data_catalog(call: Call, *, name, work_group=None) -> Any:
    """The catalogue, which is the account's in Glue."""
    require_catalogue(name)
    parameters = {"catalog-id": call.account_id}
    return {"data_catalog": {"name": CATALOGUE, "type": "GLUE", "parameters": parameters, "status": "CREATE_COMPLETE"}}


def list_databases(
    call: Call, *, catalog_name, next_token=None, max_results=None, work_group=None, attributes_to_get=()
) -> Any:
    """The account's databases by name."""
    require_catalogue(catalog_name)

    def read(after: str, limit: int) -> list[GlueDatabase]:
        return call.records.owned_by(GlueDatabase, call.account_id, after=after, limit=limit)

    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=50)
    return {"database_list": [shown_database(database) for database in page], "next_token": token}


def get_database(call: Call, *, catalog_name, database_name, work_group=None) -> Any:
    """A database."""
    require_catalogue(catalog_name)
    return {"database": shown_database(database_of(call, database_name))}


def list_table_metadata(
    call: Call,
    *,
    catalog_name,
    database_name,
    expression=None,
    next_token=None,
    max_results=None,
    work_group=None,
    attributes_to_get=(),
) -> Any:
    """The tables of a database whose names the regular expression matches."""
    require_catalogue(catalog_name)
    read = partial(tables_in, call, database_of(call, database_name).name, pattern_of(expression))
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda table: table.key, largest=50)
    return {"table_metadata_list": [shown_table(table) for table in page], "next_token": token}


def get_table_metadata(call: Call, *, catalog_name, database_name, table_name, work_group=None) -> Any:
    """A table with its columns."""
    require_catalogue(catalog_name)
    database = database_of(call, database_name)
    table = call.records.find(GlueTable, call.account_id, f"{database.name}/{table_name.lower()}")
    if table is None:
        raise WireError("MetadataException", f"Table {table_name} not found in database {database.name}.")
    return {"table_metadata": shown_table(table)}


def shown_database(database: GlueDatabase) -> dict[str, Any]:
    """A database as Athena shows it."""
    said = {name: database.definition.get(name) or None for name in ("description", "parameters")}
    return {"name": database.name, **said}


def shown_table(table: GlueTable) -> dict[str, Any]:
    """A table as Athena shows it."""
    return {
        "name": table.name,
        "create_time": table.created_at,
        "table_type": table.definition.get("table_type") or "EXTERNAL_TABLE",
        "columns": [{"name": column.name, "type": column.type} for column in table.columns],
        "partition_keys": [
            {"name": key["name"], "type": key.get("type") or "string"} for key in table.definition.get("partition_keys") or ()
        ],
        "parameters": {**table.parameters, **({"location": table.location} if table.location else {})},
    }


OPERATIONS: Operations = {
    "ListDataCatalogs": list_data_catalogs,
    "GetDataCatalog": get_data_catalog,
    "ListDatabases": list_databases,
    "GetDatabase": get_database,
    "ListTableMetadata": list_table_metadata,
    "GetTableMetadata": get_table_metadata,
}
