"""Query executions: one run of a query each, queued here and done by a worker (`querying.py`)."""

from dataclasses import asdict
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mandorla.domain.errors import MandorlaError
from mandorla.domain.job import Job
from mandorla.domain.query_execution import QueryExecution
from mandorla.engines.catalogue_statements import read_statement
from mandorla.services.athena.catalogue_metadata import CATALOGUE, require_catalogue
from mandorla.services.athena.querying import QUERY
from mandorla.services.athena.work_groups import ENGINE_VERSION, work_group_of
from mandorla.services.call import Call, Operations
from mandorla.services.paging import paged
from mandorla.services.s3.role_access import require_may_in_bucket
from mandorla.services.s3.source_objects import bucket_at, split_location

ACTIVE = frozenset({"QUEUED", "RUNNING"})
DEFAULT_DATABASE = "default"
SERVED_RESULTS = frozenset({"output_location", "expected_bucket_owner", "encryption_configuration", "acl_configuration"})


def start_query_execution(
    call: Call,
    *,
    query_string,
    client_request_token=None,
    query_execution_context=None,
    result_configuration=None,
    work_group=None,
    execution_parameters=(),
    result_reuse_configuration=None,
    engine_configuration=None,
) -> Any:
    """Queue a query. What it cannot be is said at once; whether its tables are there, when it runs."""
    context = query_execution_context or {}
    require_catalogue(context.get("catalog") or CATALOGUE)
    if engine_configuration:
        raise MandorlaError("EngineConfiguration is for notebooks, which are not served here. Leave it out.")
    group = work_group_of(call, work_group)
    location = output_location(call, (result_configuration or {}), group.output_location)
    arguments = {
        "query": query_string,
        "database": (context.get("database") or DEFAULT_DATABASE).lower(),
        "context": {name: value for name, value in context.items() if value},
        "parameters": [*(execution_parameters or ())],
        "output_location": location,
        "work_group": group.name,
        "caller": asdict(call.caller) | {"session_policies": [*call.caller.session_policies]},
    }
    statement = read_statement(query_string, database=arguments["database"], parameters=arguments["parameters"])
    query_id = call.new_uuid()
    if client_request_token:
        query_id = str(uuid5(NAMESPACE_URL, f"athena/{call.account_id}/{client_request_token}"))
        repeated = call.jobs.find(call.account_id, query_id)
        if repeated is not None:
            return {"query_execution_id": same_request(repeated, arguments)}
    queue(call, query_id, group.name, arguments | {"statement_type": statement.statement_type, "kind": statement.kind})
    return {"query_execution_id": query_id}


def queue(call: Call, query_id: str, work_group: str, arguments: dict[str, Any]) -> None:
    """A job for a query, and a line in the list of queries."""
    subject = call.arn("athena", f"query/{query_id}")
    job = Job(
        account_id=call.account_id,
        job_id=query_id,
        kind=QUERY,
        subject=subject,
        created_at=call.now,
        region=call.region,
        arguments=arguments,
    )
    call.jobs.add(job)
    listed = QueryExecution(
        account_id=call.account_id, query_execution_id=query_id, work_group=work_group, submitted_at=call.now
    )
    call.records.add(listed)


def same_request(repeated: Job, arguments: dict[str, Any]) -> str:
    """The id of a query that was sent before with the same token; another query under it is refused."""
    if any(repeated.arguments.get(name) != value for name, value in arguments.items() if name != "caller"):
        raise MandorlaError("Idempotent parameters do not match: the ClientRequestToken was used for another query.")
    return repeated.job_id


def output_location(call: Call, configuration: dict[str, Any], default: str) -> str:
    """Where the result goes: a folder in a bucket of the caller's that the caller may write to."""
    if set(configuration) - SERVED_RESULTS:
        raise MandorlaError("Of ResultConfiguration only OutputLocation is served here.")
    if (configuration.get("encryption_configuration") or {}).get("encryption_option", "SSE_S3") != "SSE_S3":
        raise MandorlaError("Keys of KMS are not served here. Leave EncryptionConfiguration out.")
    location = configuration.get("output_location") or default
    if not location:
        raise MandorlaError(
            "No output location provided. An output location is required either through the Workgroup result configuration "
            "setting or as an API input."
        )
    bucket, (name, prefix) = bucket_at(call.records, location), split_location(location)
    if bucket.account_id != call.account_id or configuration.get("expected_bucket_owner") not in (None, call.account_id):
        raise MandorlaError(f"Unable to verify/create output bucket {name}. It must be a bucket of account {call.account_id}.")
    key = f"{prefix.rstrip('/')}/".lstrip("/")
    require_may_in_bucket(call.records, call.caller, bucket, action="s3:PutObject", key=f"{key}result", now=call.now)
    return location.rstrip("/") + "/"


def query_of(call: Call, query_execution_id: str) -> Job:
    """A query of the caller's."""
    job = call.jobs.find(call.account_id, query_execution_id)
    if job is None or job.kind != QUERY:
        raise MandorlaError(f"QueryExecution {query_execution_id[:100]} was not found")
    return job


def get_query_execution(call: Call, *, query_execution_id) -> Any:
    """How far a query is, and how it ended."""
    return {"query_execution": shown(call, query_of(call, query_execution_id))}


def batch_get_query_execution(call: Call, *, query_execution_ids) -> Any:
    """Several queries, and the ids that have none."""
    found: list[Any] = []
    missing: list[Any] = []
    for query_id in query_execution_ids:
        try:
            found.append(shown(call, query_of(call, query_id)))
        except MandorlaError as error:
            code = {"error_code": "INVALID_QUERY_EXECUTION_ID", "error_message": error.message}
            missing.append({"query_execution_id": query_id, **code})
    return {"query_executions": found, "unprocessed_query_execution_ids": missing}


def list_query_executions(call: Call, *, next_token=None, max_results=None, work_group=None) -> Any:
    """The ids of the account's queries, the latest first."""
    parent = f"{call.account_id}/{work_group_of(call, work_group).name}"

    def read(after: str, limit: int) -> list[QueryExecution]:
        return call.records.children(QueryExecution, parent, after=after, limit=limit)

    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=50)
    return {"query_execution_ids": [one.query_execution_id for one in page] or None, "next_token": token}


def stop_query_execution(call: Call, *, query_execution_id) -> Any:
    """End a query that waits or runs; one that has ended stays as it is."""
    job = query_of(call, query_execution_id)
    if job.status in ACTIVE:
        call.jobs.cancel(job, now=call.now)
    return {}


def shown(call: Call, job: Job) -> dict[str, Any]:
    """A query as Athena shows it."""
    asked = job.arguments
    return {
        "query_execution_id": job.job_id,
        "query": asked["query"],
        "statement_type": asked["statement_type"],
        "substatement_type": "SELECT" if asked["kind"] == "query" else asked["kind"].upper().replace(" ", "_"),
        "result_configuration": {"output_location": f"{asked['output_location']}{file_name(job)}"},
        "result_reuse_configuration": {"result_reuse_by_age_configuration": {"enabled": False}},
        "query_execution_context": asked["context"],
        "status": status_of(job),
        "statistics": statistics_of(call, job),
        "work_group": asked["work_group"],
        "engine_version": ENGINE_VERSION,
        "execution_parameters": asked["parameters"] or None,
    }


def file_name(job: Job) -> str:
    """The name of a query's result; SHOW and DESCRIBE give plain text."""
    return f"{job.job_id}.{'csv' if job.arguments['kind'] == 'query' else 'txt'}"


def status_of(job: Job) -> dict[str, Any]:
    """The state, and why."""
    error = {"error_category": 2, "error_type": 0, "retryable": False, "error_message": job.error_message}
    reason = "Query cancelled by user" if job.status == "CANCELLED" else job.error_message
    return {
        "state": job.status,
        "state_change_reason": reason or None,
        "submission_date_time": job.created_at,
        "completion_date_time": job.ended_at,
        "athena_error": error if job.status == "FAILED" else None,
    }


def statistics_of(call: Call, job: Job) -> dict[str, Any]:
    """Times and sizes."""
    started = job.started_at or job.ended_at or call.now
    ended = job.ended_at or call.now
    return {
        "engine_execution_time_in_millis": int((ended - started).total_seconds() * 1000),
        "data_scanned_in_bytes": job.results.get("data_scanned_in_bytes", 0),
        "total_execution_time_in_millis": int((ended - job.created_at).total_seconds() * 1000),
        "query_queue_time_in_millis": int((started - job.created_at).total_seconds() * 1000),
        "result_reuse_information": {"reused_previous_result": False},
    }


OPERATIONS: Operations = {
    "StartQueryExecution": start_query_execution,
    "GetQueryExecution": get_query_execution,
    "BatchGetQueryExecution": batch_get_query_execution,
    "ListQueryExecutions": list_query_executions,
    "StopQueryExecution": stop_query_execution,
}
