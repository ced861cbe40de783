"""The stages of an audience: count it as a question that a workflow might ask, list its users, hand them to the publisher.

The advertiser gets about how many they are; the ids go into a bucket of the publisher's own, and nowhere else.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mandorla.domain.amc import AmcAudience
from mandorla.domain.brought_tables import ConfiguredTableAssociation
from mandorla.domain.bucket import Bucket
from mandorla.domain.collaboration import Collaboration
from mandorla.domain.errors import MandorlaError
from mandorla.domain.protected_query import AmcQuestion, SqlDialect
from mandorla.engines.sandbox import Output
from mandorla.jobs.stages import Ending, Stages, Work
from mandorla.protect.protection import ProtectedAudience, protect_audience, tables_named
from mandorla.services.amc.audience_sizes import shown_size
from mandorla.services.amc.audiences import AUDIENCE
from mandorla.services.amc.data_sources import Sources, require_open, sources_of
from mandorla.services.amc.execution_stages import bring_to, instance_of, parameter_of, thresholds_of, values_of, window_of
from mandorla.services.amc.times import written
from mandorla.services.cleanrooms.analysis_rules import policy_of_type
from mandorla.services.cleanrooms.asking import answer, settled
from mandorla.services.cleanrooms.query_log import log_status
from mandorla.services.cleanrooms.question_tables import AskedTable
from mandorla.services.cleanrooms.schemas import configured_table_of
from mandorla.store.objects.objects import Objects
from mandorla.store.records import Records

# Any: results are plain JSON.

# Each of AMC's own tables has a twin for audiences; an advertiser's tables are asked under their own names.
TWIN = "_for_audiences"
INVALID_TABLES = "Invalid tables in the SQL query: Use audience-specific tables in the query."


def audience_of(work: Work, records: Records) -> AmcAudience:
    """What is to be made."""
    return records.get(AmcAudience, work.job.account_id, work.job.arguments["audience"])


def bring_tables(work: Work) -> Mapping[str, Any]:
    """The publisher's tables, those that it configured since too."""
    work.changed(lambda records: bring_to(work, records, instance_of(records, audience_of(work, records))))
    return {}


def protected(work: Work, records: Records) -> tuple[ProtectedAudience, list[AskedTable]]:
    """The audience's query made safe by AMC's rules, and the tables that it may read. MandorlaError says why not."""
    audience = audience_of(work, records)
    sources, query = sources_of(records, instance_of(records, audience)), audience.definition["query"]
    require_open(sources, query)
    tables = twins_of(sources, query)
    question = AmcQuestion(
        time_window=window_of(audience),
        parameters=tuple(map(parameter_of, audience.definition["input_parameters"])),
        thresholds=thresholds_of(work.limits),
    )
    found = protect_audience(query, [one.table for one in tables], question=question, parameters=values_of(audience.definition))
    require_activation(records, [one for one in tables if one.table.engine_relation in found.users.relations])
    return found, [*tables, *([sources.mapping] if sources.mapping is not None else [])]


def twins_of(sources: Sources, query: str) -> list[AskedTable]:
    """The tables under their names for audiences; MandorlaError, in AMC's words, for a query that names another."""
    named, found = tables_named(query, SqlDialect.AMC), []
    for one in sources.tables:
        name = one.table.name
        if one.table.event_key is None and not name.endswith(TWIN):
            if name in named:
                raise MandorlaError(f"{INVALID_TABLES} {name}{TWIN} is the one of {name}.")
            table = replace(one.table, name=f"{name}{TWIN}", relation=one.table.engine_relation)
            found.append(AskedTable(table, one.brought))
        else:
            found.append(one)
    return found


def require_activation(records: Records, used: list[AskedTable]) -> None:
    """The guide: additionalAnalyses is NOT_ALLOWED in a table's rule "if no audiences" are wanted of it."""
    closed = [one.table.name for one in used if one.table.event_key is not None and not allows_more(records, one)]
    if closed:
        raise MandorlaError(
            f"No audience may be made of {', '.join(closed)}: the rule of its configured table does not have "
            "additionalAnalyses ALLOWED."
        )


def allows_more(records: Records, one: AskedTable) -> bool:
    """Whether a table's rule lets its results be used further."""
    assert isinstance(one.brought, ConfiguredTableAssociation), "a mapping has no users of its own"
    rule = configured_table_of(records, one.brought).analysis_rule
    return rule is not None and policy_of_type(rule.type, rule.policy).get("additional_analyses") in ("ALLOWED", "REQUIRED")


def find_users(work: Work) -> Mapping[str, Any]:
    """Who is in the audience. MandorlaError if they, or those of a part of the query, are too few."""
    with work.records() as (records, _):
        found, tables = protected(work, records)
    counted, users = work.scratch / "size.csv", work.scratch / "users.csv"
    answer(work, found.size, tables, (Output(counted, "CSV"),))
    size = answer(work, found.users, tables, (Output(users, "CSV"),)).row_count
    least = work.limits.amc_audience_users
    if min(size, size_in(counted)) < least:
        raise MandorlaError(
            f"The audience is too small: it needs {least} users, and so many behind each part of its query as a workflow "
            "needs. Widen the query or its time window."
        )
    return {"size": shown_size(size, least, server_key=work.server_key, users=users)}


def size_in(file: Path) -> int:
    """The number in a counted answer; 0 where the row that holds it was removed."""
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))[1:]
    return int(rows[0][0]) if rows else 0


def hand_over(work: Work) -> Mapping[str, Any]:
    """Put the users, and what the audience is, into the publisher's bucket, and note that it is there."""
    with work.records() as (records, _):
        audience = audience_of(work, records)
        collaboration = records.find_anywhere(Collaboration, instance_of(records, audience).collaboration_id)
    if collaboration is None:
        raise MandorlaError("The collaboration of the instance has ended.")
    publisher = collaboration.account_id
    bucket = f"amc-audiences-{publisher}"
    folder = f"{audience.instance_id}/{audience.audience_id}"
    about = work.scratch / "audience.json"
    about.write_text(json.dumps(description_of(work, audience)), encoding="utf-8")
    objects = [
        settled(work, work.scratch / "users.csv", bucket=bucket, key=f"{folder}/users.csv", content_type="text/csv"),
        settled(work, about, bucket=bucket, key=f"{folder}/audience.json", content_type="application/json"),
    ]

    def change(records: Records) -> None:
        require_bucket(records, work, bucket, publisher)
        for one in objects:
            Objects(records.connection).put(one)
        latest = records.find(AmcAudience, audience.account_id, audience.audience_id)
        if latest is not None and latest.job_id == work.job.job_id:
            records.put(replace(latest, size=work.job.results["size"], refreshed_at=work.clock()))

    work.changed(change)
    return {}


def description_of(work: Work, audience: AmcAudience) -> dict[str, Any]:
    """What the publisher is told of an audience. The specification: the name "has 'AMC ' prepended in DSP"."""
    return {
        "audienceName": f"AMC {audience.definition['audience_name']}",
        "audienceDescription": audience.definition.get("audience_description", ""),
        "advertiserId": audience.definition["advertiser_id"],
        "instanceId": audience.instance_id,
        "audienceExecutionId": audience.audience_id,
        "refreshRateDays": audience.definition["refresh_rate_days"],
        "madeAt": written(work.clock()),
    }


def require_bucket(records: Records, work: Work, name: str, publisher: str) -> None:
    """The publisher's bucket for audiences, made at the first one. MandorlaError where another account has the name."""
    bucket = records.find_anywhere(Bucket, name)
    if bucket is None:
        records.add(Bucket(account_id=publisher, name=name, region=work.job.region, created_at=work.clock()))
    elif bucket.account_id != publisher:
        raise MandorlaError("The publisher cannot receive audiences: the name of its bucket for them is another account's.")


JOBS: Mapping[str, Stages] = {AUDIENCE: (bring_tables, find_users, hand_over)}
ENDINGS: Mapping[str, Ending] = {AUDIENCE: log_status}
