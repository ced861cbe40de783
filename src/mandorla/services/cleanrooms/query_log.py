"""The query log: what was asked in a collaboration and how it ended, in the sight of every member that wants to know.

A line tells of a question without anybody's values: its text has placeholders, and of a failure there is only the code.
What every line of it says is kept with the question's job, so that the end is told even where what it asked of is gone.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mandorla.domain.collaboration import Membership
from mandorla.domain.job import Job
from mandorla.domain.log_event import LogEvent, LogGroup
from mandorla.domain.protected_query import SqlDialect
from mandorla.protect.loggable import named_tables, text_without_values
from mandorla.services.cleanrooms.query_statuses import error_code, status_of
from mandorla.services.cleanrooms.standing import memberships_of
from mandorla.store.records import Records

# Where a job keeps what its lines say.
QUERY_LOG = "query_log"

# Any: what stands here is JSON.


def what_is_asked(
    *,
    collaboration_id: str,
    requester: str,
    receivers: tuple[str, ...],
    text: str,
    dialect: SqlDialect,
    analysis_template_arn: str | None = None,
) -> Mapping[str, Any]:
    """What every line of a question says. The names are those of Clean Rooms' own log where it has one for it.

    Clean Rooms user guide, analysis logging: eventId is the protected query's id; analysisTemplateArn, collaborationId,
    errorCode, eventTimestamp, queryText, schemaName, status. It writes a line for each table, and here one names them all.
    """
    template = {"analysisTemplateArn": analysis_template_arn} if analysis_template_arn else {}
    return {
        "collaborationId": collaboration_id,
        "requesterAccountId": requester,
        "resultReceiverAccountIds": list(receivers),
        **template,
        "schemaNames": list(named_tables(text, dialect)),
        "queryText": text_without_values(text, dialect),
    }


def log_status(records: Records, job: Job) -> None:
    """Tell every member that wants to know now what the job's status is; a status that is told already is not told again.

    "AWS Clean Rooms generates logs at two stages: when the analysis runs and when the analysis completes."
    """
    asked = job.arguments.get(QUERY_LOG)
    if asked is None:  # asked before there was a log
        return
    status, time = status_of(job), job.ended_at or job.created_at
    error = {"errorCode": error_code(job.error_message)} if job.error_message else {}
    duration = {"totalDurationInMillis": int((time - job.created_at).total_seconds() * 1000)}
    line = {
        "eventId": job.job_id,
        "eventTimestamp": time.astimezone(UTC).isoformat(timespec="milliseconds"),
        "status": status,
        **asked,
        **error,
        **({"statistics": duration} if job.ended_at else {}),
    }
    for membership in memberships_of(records, asked["collaborationId"]):
        if membership.query_log_status == "ENABLED":
            event = LogEvent(
                account_id=membership.account_id,
                group=open_log_group(records, membership, now=time).name,
                stream=membership.id,
                id=f"{job.job_id}/{status}",
                time=time,
                message=json.dumps(line),
            )
            records.put(event)


def open_log_group(records: Records, membership: Membership, *, now: datetime) -> LogGroup:
    """The member's group for a collaboration; "AWS Clean Rooms creates log groups … after each … creates a membership".

    GUESS: AWS's own policies say only that the name begins with `/aws/cleanrooms`; a real account would tell the rest.
    """
    name = f"/aws/cleanrooms/{membership.collaboration_id}"
    found = records.find(LogGroup, membership.account_id, name)
    if found is None:
        found = LogGroup(account_id=membership.account_id, name=name, creation_time=now)
        records.add(found)
    return found
