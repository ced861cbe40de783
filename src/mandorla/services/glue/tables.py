"""Tables of the catalogue: columns, a location, and how its files are read."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.domain.glue_table import GlueTable
from mandorla.services.call import Call, Operations
from mandorla.services.glue.catalogue import find_table
from mandorla.services.glue.databases import database_of, forget_table, require_own_catalog
from mandorla.services.paging import paged

# Members of TableInput that hold times; nobody reads them, and a definition is kept as plain JSON.
TIMES = frozenset({"last_access_time", "last_analyzed_time"})


def table_of(call: Call, database_name: str, name: str) -> GlueTable:
    """A table of the caller's."""
    database_of(call, database_name)
    table = find_table(call.records, call.account_id, database_name, name)
    if table is None:
        raise NotFoundError(f"Entity Not Found: table {name} in database {database_name}.")
    return table


def create_table(
    call: Call,
    *,
    database_name,
    name=None,
    table_input=None,
    catalog_id=None,
    partition_indexes=(),
    transaction_id=None,
    open_table_format_input=None,
) -> Any:
    """A table over files that need not be there yet."""
    require_own_catalog(call, catalog_id)
    if table_input is None or open_table_format_input is not None:
        raise MandorlaError("Only tables described by TableInput are served here; open table formats are not.")
    keep_table(call, database_name, table_input)
    return {}


def keep_table(call: Call, database_name: str, table_input: Mapping[str, Any]) -> GlueTable:
    """A new table of a definition; ConflictError if there is one of that name."""
    database = database_of(call, database_name)
    name = table_input["name"].lower()
    if find_table(call.records, call.account_id, database.name, name) is not None:
        raise ConflictError(f"Table {name} already exists in database {database.name}.")
    table = GlueTable(
        account_id=call.account_id,
        database_name=database.name,
        name=name,
        definition=definition_of(table_input),
        created_at=call.now,
        updated_at=call.now,
    )
    call.records.add(table)
    return table


def definition_of(table_input: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as it is kept; two columns of one name are refused."""
    columns = [column["name"].lower() for column in (table_input.get("storage_descriptor") or {}).get("columns") or ()]
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise MandorlaError(f"The column {repeated[0]!r} stands twice. Name each column once.")
    return {name: value for name, value in table_input.items() if name not in TIMES}


def get_table(
    call: Call,
    *,
    database_name,
    name,
    catalog_id=None,
    transaction_id=None,
    query_as_of_time=None,
    audit_context=None,
    include_status_details=None,
    attributes_to_get=(),
) -> Any:
    """A table."""
    require_own_catalog(call, catalog_id)
    return {"table": shown(table_of(call, database_name, name))}


def get_tables(
    call: Call,
    *,
    database_name,
    expression=None,
    catalog_id=None,
    next_token=None,
    max_results=None,
    transaction_id=None,
    query_as_of_time=None,
    audit_context=None,
    resource_share_type=None,
    include_status_details=None,
    attributes_to_get=(),
) -> Any:
    """The tables of a database whose names the regular expression matches."""
    require_own_catalog(call, catalog_id)
    database = database_of(call, database_name)
    read = partial(tables_in, call, database.name, pattern_of(expression))
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda table: table.key, largest=100)
    return {"table_list": [shown(table) for table in page], "next_token": token}


def pattern_of(expression: str | None) -> re.Pattern[str]:
    """Glue's expression: a regular expression in which a lone `*` stands for anything.

    >>> bool(pattern_of("cust*").fullmatch("customers"))
    True
    """
    try:
        return re.compile(re.sub(r"(?<![.\])])\*", ".*", expression or ".*"))
    except re.error as error:
        raise MandorlaError("Expression is not a regular expression.") from error


def tables_in(call: Call, database_name: str, pattern: re.Pattern[str], after: str, limit: int) -> list[GlueTable]:
    """A page of a database's tables."""
    every = call.records.children(GlueTable, f"{call.account_id}/{database_name}", after=after)
    return [table for table in every if pattern.fullmatch(table.name)][:limit]


def update_table(
    call: Call,
    *,
    database_name,
    name=None,
    table_input=None,
    catalog_id=None,
    skip_archive=None,
    transaction_id=None,
    version_id=None,
    view_update_action=None,
    force=None,
    update_open_table_format_input=None,
) -> Any:
    """Describe a table anew."""
    require_own_catalog(call, catalog_id)
    if table_input is None:
        raise MandorlaError("UpdateTable needs TableInput.")
    table = table_of(call, database_name, table_input["name"])
    changed = replace(table, definition=definition_of(table_input), updated_at=call.now, version=table.version + 1)
    call.records.put(changed)
    return {}


def delete_table(call: Call, *, database_name, name, catalog_id=None, transaction_id=None) -> Any:
    """Forget a table and its partitions; its data stays where it lies."""
    require_own_catalog(call, catalog_id)
    forget_table(call, table_of(call, database_name, name))
    return {}


def batch_delete_table(call: Call, *, database_name, tables_to_delete, catalog_id=None, transaction_id=None) -> Any:
    """Forget several tables; those that are not there are listed."""
    require_own_catalog(call, catalog_id)
    errors = []
    for name in tables_to_delete:
        table = find_table(call.records, call.account_id, database_name, name)
        if table is None:
            detail = {"error_code": "EntityNotFoundException", "error_message": "Table not found"}
            errors.append({"table_name": name, "error_detail": detail})
        else:
            forget_table(call, table)
    return {"errors": errors}


def shown(table: GlueTable) -> dict[str, Any]:
    """A table as Glue shows it."""
    return {
        **table.definition,
        "name": table.name,
        "database_name": table.database_name,
        "create_time": table.created_at,
        "update_time": table.updated_at,
        "catalog_id": table.account_id,
        "version_id": str(table.version),
        "is_registered_with_lake_formation": False,
    }


OPERATIONS: Operations = {
    "CreateTable": create_table,
    "GetTable": get_table,
    "GetTables": get_tables,
    "UpdateTable": update_table,
    "DeleteTable": delete_table,
    "BatchDeleteTable": batch_delete_table,
}
