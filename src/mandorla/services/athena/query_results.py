"""Results in pages: read from the file that the query wrote, where it lies in the caller's bucket."""

from collections.abc import Iterator
from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.domain.job import Job
from mandorla.engines.result_text import rows_in
from mandorla.services.athena.query_executions import query_of
from mandorla.services.call import Call, Operations
from mandorla.services.paging import key_before, token_after
from mandorla.services.s3.role_access import require_may_in_bucket
from mandorla.services.s3.source_objects import bucket_at
from mandorla.store.objects.stored_object import StoredObject

MOST_ROWS = 1000


def get_query_results(call: Call, *, query_execution_id, next_token=None, max_results=None, query_result_type=None) -> Any:
    """A page of rows, the first of which is the header; a token says at which byte the next page begins."""
    job = query_of(call, query_execution_id)
    if job.status in ("FAILED", "CANCELLED"):
        raise MandorlaError(f"Query did not finish successfully. Final query state: {job.status}")
    if job.status != "SUCCEEDED":
        raise MandorlaError(f"Query has not yet finished. Current state: {job.status}")
    if query_result_type == "DATA_MANIFEST":
        raise MandorlaError("A SELECT has no data manifest. Ask for DATA_ROWS.")
    stored = result_of(call, job)
    start = start_of(next_token, stored)
    page, place = page_from(call, stored, start, min(max_results or MOST_ROWS, MOST_ROWS))
    shown = [{"data": [{} if value is None else {"var_char_value": value} for value in row]} for row in page]
    columns = [shown_column(column) for column in job.results["columns"]]
    return {
        "update_count": 0,
        "result_set": {"rows": shown, "result_set_metadata": {"column_info": columns}},
        "next_token": token_after(str(place)) if place < stored.size else None,
    }


def result_of(call: Call, job: Job) -> StoredObject:
    """The file of the result, as the query wrote it, if the caller may read it."""
    bucket = bucket_at(call.records, job.arguments["output_location"])
    key = job.results["key"]
    require_may_in_bucket(call.records, call.caller, bucket, action="s3:GetObject", key=key, now=call.now)
    stored = call.objects.find(bucket.name, key)
    if stored is None or stored.etag != job.results["etag"]:
        raise MandorlaError(
            "Could not find results: the file in the output location was removed or changed. Run the query again."
        )
    return stored


def start_of(next_token: str | None, stored: StoredObject) -> int:
    """The byte at which a page begins."""
    text = key_before(next_token) or "0"
    if not text.isdecimal() or int(text) > stored.size:
        raise MandorlaError("NextToken is not one that this service gave out. Leave it out to begin with the first page.")
    return int(text)


def page_from(call: Call, stored: StoredObject, start: int, most: int) -> tuple[list[list[str | None]], int]:
    """So many rows from a byte on, and the place behind them."""
    rows: list[list[str | None]] = []
    place = start
    for row, end in rows_of(call.contents.read(stored.contents, start=start, length=stored.size - start)):
        rows.append(row)
        place = start + end
        if len(rows) == most:
            break
    return rows, place


def rows_of(chunks: Iterator[bytes]) -> Iterator[tuple[list[str | None], int]]:
    """The rows in a stream of bytes, each with the place of its end."""
    kept, passed = b"", 0
    for chunk in chunks:
        kept += chunk
        whole = 0
        for row, end in rows_in(kept):
            whole = end
            yield row, passed + end
        kept, passed = kept[whole:], passed + whole


def shown_column(column: dict[str, Any]) -> dict[str, Any]:
    """A column as the metadata tells it."""
    return {
        "catalog_name": "hive",
        "schema_name": "",
        "table_name": "",
        "name": column["name"],
        "label": column["name"],
        "type": column["type"],
        "precision": column["precision"],
        "scale": column["scale"],
        "nullable": "UNKNOWN",
        "case_sensitive": column["type"] in ("varchar", "char", "string"),
    }


OPERATIONS: Operations = {"GetQueryResults": get_query_results}
