"""Protected queries: questions about a collaboration's tables, checked when they are asked and run by a worker."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.brought_identity import IdMappingTable
from mandorla.domain.brought_tables import AnalysisTemplate
from mandorla.domain.collaboration import Membership
from mandorla.domain.errors import AccessDeniedError, MandorlaError
from mandorla.domain.job import Job
from mandorla.domain.protected_query import CleanRoomsQuestion, ProtectedQuery, QueryParameter
from mandorla.protect.protection import ProtectedSql, protect
from mandorla.protect.refusal import RefusedError
from mandorla.services.call import Call, Operations
from mandorla.services.cleanrooms.configured_tables import glue_table_of
from mandorla.services.cleanrooms.privacy_spending import require_budget
from mandorla.services.cleanrooms.query_log import QUERY_LOG, log_status, what_is_asked
from mandorla.services.cleanrooms.query_statuses import error_code, status_of
from mandorla.services.cleanrooms.question_tables import AskedTable, asked_tables, require_ready
from mandorla.services.cleanrooms.refusals import InvalidQueryError, ResourceConflictError, ResourceNotFoundError
from mandorla.services.cleanrooms.schemas import configured_table_of, tables_in
from mandorla.services.cleanrooms.standing import (
    active_membership,
    below_membership,
    brought_to,
    members_of,
    membership_of,
    require_room,
)
from mandorla.services.paging import paged
from mandorla.services.s3.source_objects import split_location
from mandorla.store.records import Records

PROTECTED_QUERY = "protected query"
# Clean Rooms user guide, quotas: "query text 8 KB" with differential privacy.
LONGEST_PRIVATE_QUERY = 8 * 1024


def start_protected_query(
    call: Call,
    *,
    type,  # the model's own name
    membership_identifier,
    sql_parameters,
    result_configuration=None,
    compute_configuration=None,
    query_compute_payer_account_id=None,
) -> Any:
    """Queue a question. Whatever the analysis rules have against it is said at once, all together."""
    membership = active_membership(call, membership_identifier)
    if "CAN_QUERY" not in membership.member_abilities:
        raise AccessDeniedError("This membership cannot query: its abilities do not have CAN_QUERY.")
    running = [
        job for job in call.jobs.active(call.account_id, PROTECTED_QUERY) if job.arguments["membership"] == membership.id
    ]
    require_room(len(running), "ongoing queries per membership", call.limits.ongoing_queries)
    require_payers(call, membership)
    s3_output, receivers = outputs_of(call, membership, result_configuration)
    query = ProtectedQuery(
        account_id=call.account_id,
        id=call.new_uuid(),
        membership_id=membership.id,
        collaboration_id=membership.collaboration_id,
        sql_parameters=sql_parameters,
        result_configuration=result_configuration,
        compute_configuration=compute_configuration,
        s3_output=s3_output,
        receivers=receivers,
        create_time=call.now,
    )
    protected, _ = protected_sql(call.records, query)
    require_budget(call.records, query, protected.private, now=call.now)
    job = Job(
        account_id=call.account_id,
        job_id=query.id,
        kind=PROTECTED_QUERY,
        subject=f"protectedquery/{query.id}",
        created_at=call.now,
        region=call.region,
        arguments={"membership": membership.id, QUERY_LOG: told_of(call.records, query)},
    )
    call.records.add(query)
    call.jobs.add(job)
    log_status(call.records, job)
    return {"protected_query": shown(call, query, membership)}


def require_payers(call: Call, membership: Membership) -> None:
    """Who pays must have come before anybody asks."""
    for member in members_of(call.records, membership.collaboration_id):
        pays = member.payment_configuration["query_compute"]["is_responsible"]
        if pays and member.is_present and member.status != "ACTIVE":
            raise MandorlaError(f"The account {member.account_id} pays for queries and has not joined the collaboration yet.")


def outputs_of(
    call: Call,
    membership: Membership,
    configuration: Mapping[str, Any] | None,  # Any: members of the service model
) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Where the asker itself receives results, if it does, and every account that receives them.

    Without a configuration the asker receives them where its membership says.
    """
    output = (configuration or {}).get("output_configuration") or {}
    default = membership.settings.get("default_result_configuration") or {}
    if configuration is None:
        output = {"s3": (default.get("output_configuration") or {}).get("s3")}
    if "intermediate_table" in output:
        raise MandorlaError("Intermediate tables are not served here. Name s3, member or distribute.")
    locations = (output.get("distribute") or {}).get("locations") or [output]
    s3_outputs = [one["s3"] for one in locations if one.get("s3")]
    members = [one["member"]["account_id"] for one in locations if one.get("member")]
    if len(s3_outputs) > 1 or not (s3_outputs or members):
        raise MandorlaError("resultConfiguration must name one place in S3, or members that receive the result.")
    receivers = (*((call.account_id,) if s3_outputs else ()), *members)
    for account_id in receivers:
        require_receiver(call, membership, account_id)
    for one in s3_outputs:
        require_other_bucket(call.records, membership.collaboration_id, one["bucket"])
    return (s3_outputs[0] if s3_outputs else None), receivers


def require_receiver(call: Call, membership: Membership, account_id: str) -> None:
    """A receiver must be an active member that can receive results."""
    present = {one.account_id: one for one in members_of(call.records, membership.collaboration_id)}
    member = present.get(account_id)
    if member is None or member.status != "ACTIVE" or "CAN_RECEIVE_RESULTS" not in member.abilities:
        raise MandorlaError(
            f"The account {account_id} cannot receive results: it must be an active member with CAN_RECEIVE_RESULTS."
        )


def require_other_bucket(records: Records, collaboration_id: str, bucket: str) -> None:
    """The guide: the bucket for results is a different one than that of the data brought into the collaboration."""
    for brought in tables_in(records, collaboration_id):
        if isinstance(brought, IdMappingTable):
            continue
        glue = glue_table_of(records, configured_table_of(records, brought))
        if glue is not None and glue.location and split_location(glue.location)[0] == bucket:
            raise MandorlaError(
                f"The bucket {bucket} holds data that is brought into the collaboration. "
                "Results must go to a different bucket than the one that contains the data."
            )


def protected_sql(records: Records, query: ProtectedQuery) -> tuple[ProtectedSql, list[AskedTable]]:
    """The question made safe by the rules as they are now, and the tables it may read. InvalidQueryError says why not."""
    tables = list(asked_tables(records, query.collaboration_id))
    text, question = asked(records, query)
    try:
        protected = protect(
            text,
            [one.table for one in tables],
            question=question,
            parameters=query.sql_parameters.get("parameters") or {},
        )
    except RefusedError as error:
        raise InvalidQueryError(error.message) from error
    if protected.private is not None and len(text.encode()) > LONGEST_PRIVATE_QUERY:
        raise InvalidQueryError(f"Under differential privacy a query has no more than {LONGEST_PRIVATE_QUERY} bytes.")
    require_ready(records, [one for one in tables if one.table.engine_relation in protected.relations])
    return protected, tables


def asked(records: Records, query: ProtectedQuery) -> tuple[str, CleanRoomsQuestion]:
    """The text of a question, its own or its template's, and who asks it for whom."""
    given = query.sql_parameters
    arn = given.get("analysis_template_arn")
    if (arn is None) == (given.get("query_string") is None):
        raise MandorlaError("sqlParameters must hold queryString or analysisTemplateArn, one of both.")
    if arn is None:
        return given["query_string"], CleanRoomsQuestion(runner=query.account_id, result_receivers=query.receivers)
    template = find_template(records, query.collaboration_id, arn)
    parameters = tuple(
        QueryParameter(name=one["name"], data_type=one["type"], default_value=one.get("default_value"))
        for one in template.analysis_parameters
    )
    return template.text, CleanRoomsQuestion(
        runner=query.account_id,
        analysis_template_arn=arn,
        result_receivers=query.receivers,
        parameters=parameters,
    )


def told_of(records: Records, query: ProtectedQuery) -> Mapping[str, Any]:  # Any: JSON
    """What the query log says of a question."""
    text, question = asked(records, query)
    return what_is_asked(
        collaboration_id=query.collaboration_id,
        requester=query.account_id,
        receivers=query.receivers,
        text=text,
        dialect=question.dialect,
        analysis_template_arn=question.analysis_template_arn,
    )


def find_template(records: Records, collaboration_id: str, arn: str) -> AnalysisTemplate:
    """A template of the collaboration."""
    key = parse_arn(arn).resource.rpartition("/")[2]
    for one in brought_to(records, AnalysisTemplate, collaboration_id):
        if one.id == key and one.arn == arn:
            return one
    raise ResourceNotFoundError("Analysis template", arn, "COLLABORATION")


def own(call: Call, membership_id: str, query_id: str) -> ProtectedQuery:
    """A query under a membership of the caller's."""
    return below_membership(call, ProtectedQuery, "Protected query", membership_id, query_id)


def get_protected_query(call: Call, *, membership_identifier, protected_query_identifier) -> Any:
    """How far a query is, and where its answer lies."""
    query = own(call, membership_identifier, protected_query_identifier)
    return {"protected_query": shown(call, query, membership_of(call, membership_identifier))}


def list_protected_queries(call: Call, *, membership_identifier, status=None, next_token=None, max_results=None) -> Any:
    """The queries of a membership, the latest first."""
    membership = membership_of(call, membership_identifier)
    jobs = {query.id: call.jobs.find(query.account_id, query.id) for query in asked_below(call, membership)}

    def read(after: str, size: int) -> list[ProtectedQuery]:
        wanted = [one for one in asked_below(call, membership) if status in (None, status_of(found_job(jobs[one.id])))]
        return [one for one in wanted if not after or order_of(one) < after][:size]

    page, token = paged(read, token=next_token, max_results=max_results, key_of=order_of, largest=100)
    listed = []
    for query in page:
        receivers = {"direct_analysis_configuration_details": {"receiver_account_ids": list(query.receivers)}}
        configuration = {"analysis_type": "DIRECT_ANALYSIS", "configuration_details": receivers}
        shown_query = summary(query, membership, found_job(jobs[query.id]))
        listed.append({**shown_query, "receiver_configurations": [configuration]})
    return {"protected_queries": listed, "next_token": token}


def asked_below(call: Call, membership: Membership) -> list[ProtectedQuery]:
    """The queries of a membership, the latest first."""
    return sorted(call.records.children(ProtectedQuery, membership.id), key=order_of, reverse=True)


def order_of(query: ProtectedQuery) -> str:
    """By when it was asked, and by id among those of one moment."""
    return f"{query.create_time.astimezone(UTC).isoformat()} {query.id}"


def found_job(job: Job | None) -> Job:
    """The job of a query."""
    assert job is not None, "a query is added with its job"
    return job


def update_protected_query(call: Call, *, membership_identifier, protected_query_identifier, target_status) -> Any:
    """Cancel a query that has not ended. `targetStatus` CANCELLED is all there is."""
    query = own(call, membership_identifier, protected_query_identifier)
    job = call.jobs.find(query.account_id, query.id)
    if job is None or job.status not in ("QUEUED", "RUNNING"):
        raise ResourceConflictError("The query has ended already.", reason="INVALID_STATE", resource_id=query.id)
    log_status(call.records, call.jobs.cancel(job, now=call.now))
    return {"protected_query": shown(call, query, membership_of(call, membership_identifier))}


def summary(query: ProtectedQuery, membership: Membership, job: Job) -> dict[str, Any]:
    """What lists and Get both show."""
    place = {"membership_id": membership.id, "membership_arn": membership.arn}
    return {"id": query.id, **place, "create_time": query.create_time, "status": status_of(job)}


def shown(call: Call, query: ProtectedQuery, membership: Membership) -> dict[str, Any]:
    """A query whole."""
    job = found_job(call.jobs.find(query.account_id, query.id))
    duration = int(((job.ended_at or call.now) - job.created_at).total_seconds() * 1000)
    return {
        **summary(query, membership, job),
        "sql_parameters": query.sql_parameters,
        "result_configuration": query.result_configuration,
        "compute_configuration": query.compute_configuration,
        "statistics": {"total_duration_in_millis": duration} if job.ended_at else None,
        "differential_privacy": job.results.get("differential_privacy") if job.status == "SUCCEEDED" else None,
        "result": {"output": job.results["output"]} if job.status == "SUCCEEDED" else None,
        "error": {"message": job.error_message, "code": error_code(job.error_message)} if job.error_message else None,
    }


OPERATIONS: Operations = {
    "StartProtectedQuery": start_protected_query,
    "GetProtectedQuery": get_protected_query,
    "ListProtectedQueries": list_protected_queries,
    "UpdateProtectedQuery": update_protected_query,
}
