"""The stage of a query: lend the tables' files as the caller may read them, run the query, write its result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mandorla.domain.account import Caller
from mandorla.domain.arn import Arn
from mandorla.domain.errors import MandorlaError, NotFoundError
from mandorla.domain.glue_table import GlueDatabase, GluePartition, GlueTable
from mandorla.engines.catalogue_queries import QueryStoppedError, ResultColumn, run_query
from mandorla.engines.catalogue_statements import Statement, TableName, read_statement, shown
from mandorla.engines.catalogue_tables import AttachableTable, TableFile
from mandorla.engines.result_text import csv_line
from mandorla.engines.source_files import GZIP_MAGIC
from mandorla.jobs.stages import ClaimLostError, Stages, Work
from mandorla.services.glue.catalogue import arns_to_read, find_table
from mandorla.services.iam.authorization import require_caller_may
from mandorla.services.s3.role_access import require_may_in_bucket
from mandorla.services.s3.source_objects import SourceObject, bucket_at, objects_under, split_location
from mandorla.store.objects.objects import Objects
from mandorla.store.objects.receiving import adopt
from mandorla.store.objects.stored_object import Description, StoredObject
from mandorla.store.records import Records

QUERY = "athena-query"


def query(work: Work) -> Mapping[str, Any]:
    """Answer the statement and keep its result; what was found out is its columns, its place and its size."""
    asked = work.job.arguments
    statement = read_statement(asked["query"], database=asked["database"], parameters=asked["parameters"])
    caller = Caller(**{**asked["caller"], "session_policies": tuple(asked["caller"]["session_policies"])})
    output = work.scratch / "result"
    if statement.kind == "query":
        columns, scanned = answer_query(work, caller, statement, output)
    else:
        columns, scanned = answer_about_catalogue(work, caller, statement, output), 0
    return {
        "columns": [asdict(column) for column in columns],
        "data_scanned_in_bytes": scanned,
        **keep_result(work, caller, output, "csv" if statement.kind == "query" else "txt"),
    }


def answer_query(work: Work, caller: Caller, statement: Statement, output: Path) -> tuple[tuple[ResultColumn, ...], int]:
    """Run a query into a file; its columns, and how many bytes its tables have."""
    with work.records() as (records, _):
        found = [found_table(work, records, caller, name) for name in statement.tables]
        lent = [lent_table(work, records, caller, table, number) for number, table in enumerate(found)]
    try:
        result = run_query(
            statement,
            lent,
            database=work.job.arguments["database"],
            folder=work.scratch,
            output=output,
            seconds=work.limits.query_seconds,
            should_stop=lambda: is_stopped(work),
        )
    except QueryStoppedError:
        raise ClaimLostError from None
    return result.columns, sum(file.path.stat().st_size for table in lent for file in table.files)


def is_stopped(work: Work) -> bool:
    """Whether somebody cancelled the query."""
    with work.records() as (_, jobs):
        job = jobs.find(work.job.account_id, work.job.job_id)
    return job is None or job.status != "RUNNING"


def found_table(work: Work, records: Records, caller: Caller, name: TableName) -> GlueTable:
    """A table of the caller's own catalogue, if the caller may see it."""
    database = records.find(GlueDatabase, caller.account_id, name.database)
    table = find_table(records, caller.account_id, name.database, name.name) if database is not None else None
    if table is None:
        code = "SCHEMA_NOT_FOUND" if database is None else "TABLE_NOT_FOUND"
        what = f"Schema {shown(name.database)}" if database is None else f"Table {shown(name.name)}"
        raise NotFoundError(f"{code}: {what} does not exist in AwsDataCatalog.")
    for arn in arns_to_read(table, work.job.region):
        require_caller_may(
            records, caller, action="glue:GetTable", resource=arn, resource_account=caller.account_id, now=work.clock()
        )
    return table


def lent_table(work: Work, records: Records, caller: Caller, table: GlueTable, number: int) -> AttachableTable:
    """A table's objects as files that stay as they are, each asked for before."""
    folder = work.scratch / f"table_{number}"
    folder.mkdir(exist_ok=True)
    files = []
    for place, (values, location) in enumerate(parts_of(records, table)):
        bucket = bucket_at(records, location)
        require_may_in_bucket(records, caller, bucket, action="s3:ListBucket", now=work.clock())
        for count, source in enumerate(objects_under(records, location)):
            require_may_in_bucket(records, caller, bucket, action="s3:GetObject", key=source.key, now=work.clock())
            at = folder / f"{place}_{count}.{ending_of(work, source, table)}"
            files.append(TableFile(path=source.lend(work.contents, at), values=values))
    return AttachableTable(table=table, files=tuple(files))


def parts_of(records: Records, table: GlueTable) -> Iterable[tuple[tuple[str, ...], str]]:
    """The places where a table's files lie, with the values of their partitions. Without partitions it has no rows."""
    if not table.definition.get("partition_keys"):
        if not table.location:
            raise MandorlaError(f"HIVE_INVALID_METADATA: the table {table.key} has no location.")
        return [((), table.location)]
    found = records.children(GluePartition, f"{table.account_id}/{table.key}")
    located = [(one.values, (one.definition.get("storage_descriptor") or {}).get("location") or "") for one in found]
    return [(values, location) for values, location in located if location]


def ending_of(work: Work, source: SourceObject, table: GlueTable) -> str:
    """The name's end tells the reader what is compressed."""
    start = b"".join(work.contents.read(source.stored.contents, start=0, length=min(source.size, 2)))
    return f"{table.file_format}{'.gz' if start == GZIP_MAGIC else ''}"


def answer_about_catalogue(work: Work, caller: Caller, statement: Statement, output: Path) -> tuple[ResultColumn, ...]:
    """Answer SHOW or DESCRIBE from the records."""
    with work.records() as (records, _):
        name, lines = lines_about(work, records, caller, statement)
        output.write_text("".join(csv_line([line]) for line in lines), encoding="utf-8")
    return (ResultColumn(name=name, type="string"),)


def lines_about(work: Work, records: Records, caller: Caller, statement: Statement) -> tuple[str, list[str]]:
    """The name of the one column, and its values."""
    if statement.kind == "show databases":
        require_in_catalogue(work, records, caller, "glue:GetDatabases")
        return "database_name", [one.name for one in records.owned_by(GlueDatabase, caller.account_id)]
    if statement.kind == "show tables":
        require_in_catalogue(work, records, caller, "glue:GetTables", f"database/{statement.database}")
        if records.find(GlueDatabase, caller.account_id, statement.database) is None:
            raise NotFoundError(f"SCHEMA_NOT_FOUND: Schema {shown(statement.database)} does not exist in AwsDataCatalog.")
        return "tab_name", [one.name for one in records.children(GlueTable, f"{caller.account_id}/{statement.database}")]
    table = found_table(work, records, caller, statement.tables[0])
    columns = [(column.name, column.type) for column in table.columns]
    keys = [(one["name"], one.get("type") or "string") for one in table.definition.get("partition_keys") or ()]
    if statement.kind == "show columns":
        return "field", [name for name, _ in (*columns, *keys)]
    return "col_name", list(described(columns, keys))


def described(columns: list[tuple[str, str]], keys: list[tuple[str, str]]) -> Iterator[str]:
    """A table as Hive describes it: names, types and comments in columns of twenty characters."""
    yield from ("\t".join(f"{text:<20}" for text in (*column, "")) for column in (*columns, *keys))
    if keys:
        yield from (
            "\t \t ",
            "# Partition Information\t \t ",
            "# col_name            \tdata_type           \tcomment             ",
        )
        yield from ("\t".join(f"{text:<20}" for text in (*key, "")) for key in keys)


def require_in_catalogue(work: Work, records: Records, caller: Caller, action: str, *resources: str) -> None:
    """The caller may do that with the catalogue."""
    for resource in ("catalog", *resources):
        arn = Arn(service="glue", region=work.job.region, account_id=caller.account_id, resource=resource)
        require_caller_may(
            records, caller, action=action, resource=str(arn), resource_account=caller.account_id, now=work.clock()
        )


def keep_result(work: Work, caller: Caller, output: Path, ending: str) -> Mapping[str, Any]:
    """Put the result into the caller's bucket, if the query is still wanted and the caller may write there."""
    location = work.job.arguments["output_location"]
    bucket_name, prefix = split_location(location)
    key = f"{prefix.lstrip('/')}{work.job.job_id}.{ending}"
    received = adopt(work.contents, output)
    stored = StoredObject(
        bucket=bucket_name,
        key=key,
        contents=(received.content,),
        etag=received.etag,
        modified_at=work.clock(),
        description=Description(headers={"content_type": "text/csv" if ending == "csv" else "text/plain"}),
    )

    def change(records: Records) -> None:
        bucket = bucket_at(records, location)
        if bucket.account_id != caller.account_id:
            raise MandorlaError(f"Unable to verify/create output bucket {bucket_name}. It must be your own.")
        require_may_in_bucket(records, caller, bucket, action="s3:PutObject", key=key, now=work.clock())
        Objects(records.connection).put(stored)

    work.changed(change)
    return {"key": key, "etag": received.etag, "size": received.size}


JOBS: Mapping[str, Stages] = {QUERY: (query,)}
