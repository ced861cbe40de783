"""The stages of a protected query: answer it, then hand the answer to its receivers. Each may run twice."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from mandorla.domain.collaboration import Member, Membership
from mandorla.domain.errors import MandorlaError
from mandorla.domain.protected_query import ProtectedQuery
from mandorla.engines.sandbox import Output
from mandorla.jobs.stages import Ending, Stages, Work
from mandorla.services.cleanrooms.asking import answer, keep, places_of
from mandorla.services.cleanrooms.privacy_spending import spend
from mandorla.services.cleanrooms.protected_queries import PROTECTED_QUERY, protected_sql
from mandorla.services.cleanrooms.query_log import log_status
from mandorla.store.records import Records

# Any: results are plain JSON.


def query_of(work: Work, records: Records) -> ProtectedQuery:
    """What was asked."""
    return records.get(ProtectedQuery, work.job.account_id, work.job.job_id)


def formats_of(records: Records, query: ProtectedQuery) -> dict[str, Membership]:
    """Each receiver's membership, by its account."""
    found = {}
    for account_id in query.receivers:
        member = records.find(Member, account_id, query.collaboration_id)
        membership = records.find(Membership, account_id, member.membership_id) if member is not None else None
        if membership is None or membership.status != "ACTIVE":
            raise MandorlaError(f"The account {account_id} has left the collaboration and cannot receive the result.")
        found[account_id] = membership
    return found


def find_answer(work: Work) -> Mapping[str, Any]:
    """Run the question by the rules as they are now, once, into each format that a receiver wants."""
    with work.records() as (records, _):
        query = query_of(work, records)
        protected, tables = protected_sql(records, query)
        memberships = formats_of(records, query)
    formats = {
        places_of(one, query.s3_output if one.account_id == query.account_id else None)[0]["result_format"]
        for one in memberships.values()
    }
    # A worker that lost its claim may still write: its files have another name, so that only one noise ever leaves.
    name = uuid4().hex
    outputs = tuple(Output(work.scratch / f"{name}.{file_format}", file_format) for file_format in sorted(formats))
    found = answer(work, protected, tables, outputs, lambda: spend(work, query, protected.private))
    private = {"sensitivity_parameters": found.found} if protected.private is not None else None
    return {"answer": name, "columns": list(found.columns), "row_count": found.row_count, "differential_privacy": private}


def hand_over(work: Work) -> Mapping[str, Any]:
    """Put the answer where each receiver has its results."""
    with work.records() as (records, _):
        query = query_of(work, records)
        memberships = formats_of(records, query)
    output: dict[str, Any] = {}
    for account_id, membership in memberships.items():
        s3_output = query.s3_output if account_id == query.account_id else None
        wanted, _ = places_of(membership, s3_output)
        file = work.scratch / f"{work.job.results.get('answer', 'answer')}.{wanted['result_format']}"
        location = keep(work, membership, s3_output, file, query.id)
        if account_id == query.account_id:
            output["s3"] = {"location": location}
        else:
            output.setdefault("member_list", []).append({"account_id": account_id})
    return {"output": {"distribute": output} if len(output) > 1 else output}


JOBS: Mapping[str, Stages] = {PROTECTED_QUERY: (find_answer, hand_over)}
ENDINGS: Mapping[str, Ending] = {PROTECTED_QUERY: log_status}
