"""Partitions: parts of a table, each with values for its partition keys and files of its own."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.domain.glue_table import GluePartition, GlueTable
from mandorla.services.call import Call, Operations
from mandorla.services.glue.databases import require_own_catalog
from mandorla.services.glue.tables import table_of
from mandorla.services.paging import paged


def keep_partition(call: Call, table: GlueTable, partition_input: dict[str, Any]) -> None:
    """A new partition; ConflictError if those values have one."""
    values = tuple(partition_input.get("values") or ())
    wanted = len(table.definition.get("partition_keys") or ())
    if len(values) != wanted:
        raise MandorlaError(f"The table has {wanted} partition keys, and {len(values)} values were given.")
    partition = GluePartition(
        account_id=call.account_id,
        database_name=table.database_name,
        table_name=table.name,
        values=values,
        definition={name: value for name, value in partition_input.items() if not name.startswith("last_")},
        created_at=call.now,
    )
    if call.records.find(GluePartition, call.account_id, partition.key) is not None:
        raise ConflictError("Partition already exists.")
    call.records.add(partition)


def create_partition(call: Call, *, database_name, table_name, partition_input, catalog_id=None) -> Any:
    """One more partition of a table."""
    require_own_catalog(call, catalog_id)
    keep_partition(call, table_of(call, database_name, table_name), partition_input)
    return {}


def batch_create_partition(call: Call, *, database_name, table_name, partition_input_list, catalog_id=None) -> Any:
    """Several partitions; those that cannot be are listed."""
    require_own_catalog(call, catalog_id)
    table, errors = table_of(call, database_name, table_name), []
    for partition_input in partition_input_list:
        try:
            keep_partition(call, table, partition_input)
        except MandorlaError as error:
            code = "AlreadyExistsException" if isinstance(error, ConflictError) else "InvalidInputException"
            detail = {"error_code": code, "error_message": error.message}
            errors.append({"partition_values": partition_input.get("values"), "error_detail": detail})
    return {"errors": errors}


def get_partition(call: Call, *, database_name, table_name, partition_values, catalog_id=None, audit_context=None) -> Any:
    """The partition of those values."""
    require_own_catalog(call, catalog_id)
    partition = find_partition(call, table_of(call, database_name, table_name), partition_values)
    if partition is None:
        raise NotFoundError("Cannot find partition.")
    return {"partition": shown(partition)}


def find_partition(call: Call, table: GlueTable, values: Sequence[str]) -> GluePartition | None:
    """The partition of a table that has those values."""
    return call.records.find(GluePartition, call.account_id, f"{table.key}/{'/'.join(values)}")


def batch_get_partition(call: Call, *, database_name, table_name, partitions_to_get, catalog_id=None, **others) -> Any:
    """Several partitions. Values that no partition has are left out, as Glue leaves them out: its "UnprocessedKeys" are
    those that it had no time for."""
    require_own_catalog(call, catalog_id)
    table = table_of(call, database_name, table_name)
    found = (find_partition(call, table, one["values"]) for one in partitions_to_get)
    return {"partitions": [shown(one) for one in found if one is not None], "unprocessed_keys": []}


def update_partition(call: Call, *, database_name, table_name, partition_value_list, partition_input, catalog_id=None) -> Any:
    """Describe a partition anew; other values make it another partition."""
    require_own_catalog(call, catalog_id)
    table = table_of(call, database_name, table_name)
    partition = find_partition(call, table, partition_value_list)
    if partition is None:
        raise NotFoundError("Cannot find partition.")
    call.records.remove(partition)
    keep_partition(call, table, {"values": partition_value_list, **partition_input})
    return {}


def batch_delete_partition(call: Call, *, database_name, table_name, partitions_to_delete, catalog_id=None) -> Any:
    """Forget several partitions; those that are not there are listed."""
    require_own_catalog(call, catalog_id)
    table, errors = table_of(call, database_name, table_name), []
    for one in partitions_to_delete:
        partition = find_partition(call, table, one["values"])
        if partition is None:
            detail = {"error_code": "EntityNotFoundException", "error_message": "Cannot find partition."}
            errors.append({"partition_values": one["values"], "error_detail": detail})
        else:
            call.records.remove(partition)
    return {"errors": errors}


def get_partitions(
    call: Call,
    *,
    database_name,
    table_name,
    catalog_id=None,
    expression=None,
    next_token=None,
    segment=None,
    max_results=None,
    exclude_column_schema=None,
    transaction_id=None,
    query_as_of_time=None,
    audit_context=None,
) -> Any:
    """All partitions of a table. An expression that chooses among them is refused rather than ignored."""
    require_own_catalog(call, catalog_id)
    if expression:
        raise MandorlaError("Expression is not served here. Leave it out, and choose among the partitions listed.")
    table = table_of(call, database_name, table_name)
    read = partial(partitions_of, call, f"{call.account_id}/{table.key}")
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=1000)
    return {"partitions": [shown(partition) for partition in page], "next_token": token}


def partitions_of(call: Call, parent: str, after: str, limit: int) -> list[GluePartition]:
    """A page of a table's partitions."""
    return call.records.children(GluePartition, parent, after=after, limit=limit)


def delete_partition(call: Call, *, database_name, table_name, partition_values, catalog_id=None) -> Any:
    """Forget a partition; its data stays where it lies."""
    require_own_catalog(call, catalog_id)
    partition = find_partition(call, table_of(call, database_name, table_name), partition_values)
    if partition is None:
        raise NotFoundError("Cannot find partition.")
    call.records.remove(partition)
    return {}


def shown(partition: GluePartition) -> dict[str, Any]:
    """A partition as Glue shows it."""
    return {
        **partition.definition,
        "values": partition.values,
        "database_name": partition.database_name,
        "table_name": partition.table_name,
        "creation_time": partition.created_at,
        "catalog_id": partition.account_id,
    }


OPERATIONS: Operations = {
    "CreatePartition": create_partition,
    "BatchCreatePartition": batch_create_partition,
    "GetPartition": get_partition,
    "GetPartitions": get_partitions,
    "DeletePartition": delete_partition,
    "BatchGetPartition": batch_get_partition,
    "UpdatePartition": update_partition,
    "BatchDeletePartition": batch_delete_partition,
}
