"""Crawlers: made, shown, started and stopped. What one does when it runs stands in `crawling.py`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.crawler import Crawler
from mandorla.domain.errors import AccessDeniedError, ConflictError, MandorlaError, NotFoundError
from mandorla.domain.job import Job
from mandorla.domain.role import Role
from mandorla.services.call import Call, Operations
from mandorla.services.glue.crawling import CRAWL, SERVICE
from mandorla.services.glue.databases import require_own_catalog
from mandorla.services.iam.authorization import require_assumable, require_pass_role
from mandorla.services.paging import paged
from mandorla.services.s3.source_objects import split_location
from mandorla.services.tagging import forget_tags, tag, tags_of
from mandorla.wire.errors import WireError

ACTIVE = frozenset({"QUEUED", "RUNNING"})

# What is served of the members that change what a crawl does; another value is refused rather than ignored.
SERVED: Mapping[str, tuple[Any, ...]] = {  # Any: members of several types
    "schedule": (None, ""),
    "classifiers": (None, (), []),
    "crawler_security_configuration": (None, ""),
    "recrawl_policy": (None, {}, {"recrawl_behavior": "CRAWL_EVERYTHING"}),
    "lineage_configuration": (None, {}, {"crawler_lineage_settings": "DISABLE"}),
}
TARGETS = (
    "s3_targets", "jdbc_targets", "mongo_db_targets", "dynamo_db_targets", "catalog_targets", "delta_targets",
    "iceberg_targets", "hudi_targets",
)  # fmt: skip
TARGET_MEMBERS = frozenset({"path", "exclusions", "sample_size"})
CONFIGURATION_MEMBERS = frozenset({"Version", "CrawlerOutput", "CreatePartitionIndex"})
LARGEST_SAMPLE = 249  # Glue, S3Target: "A valid value is an integer between 1 and 249"


def find_crawler(call: Call, name: str) -> Crawler:
    """A crawler of the caller's."""
    crawler = call.records.find(Crawler, call.account_id, name)
    if crawler is None:
        raise NotFoundError(f"Crawler with name {name} does not exist")
    return crawler


def create_crawler(call: Call, *, name, role, targets, tags=None, catalog_id=None, **others) -> Any:
    """A crawler that waits to be started."""
    require_own_catalog(call, catalog_id)
    if call.records.find(Crawler, call.account_id, name) is not None:
        raise ConflictError(f"Crawler {name} already exists.")
    definition = {**others, "targets": targets}
    refuse_unserved(definition)
    crawler = Crawler(
        account_id=call.account_id,
        name=name,
        arn=call.arn("glue", f"crawler/{name}"),
        role_arn=role_for(call, role),
        definition=definition,
        created_at=call.now,
        updated_at=call.now,
    )
    call.records.add(crawler)
    tag(call, crawler.arn, tags)
    return {}


def role_for(call: Call, role: str) -> str:
    """The ARN of a role that Glue can work as, given by ARN or by name, with or without its path."""
    found = call.records.find(Role, call.account_id, role.rpartition("/")[2].lower())
    if found is None or (role.startswith("arn:") and role != found.arn):
        raise MandorlaError(f"Role {role[:200]} does not exist in account {call.account_id}. Create it, or correct Role.")
    require_pass_role(call.records, call.caller, found.arn, service=SERVICE, now=call.now)
    try:
        require_assumable(call.records, found.arn, service=SERVICE, source_account=call.account_id, now=call.now)
    except AccessDeniedError as error:
        raise MandorlaError(
            f"Service is unable to assume provided role. Please verify role's TrustPolicy. {error.message}"
        ) from error
    return found.arn


def refuse_unserved(definition: Mapping[str, Any]) -> None:
    """What would be ignored is refused with the member's name."""
    for member, served in SERVED.items():
        if definition.get(member) not in served:
            raise MandorlaError(f"{member} is not served here as it was given. Leave it out.")
    if (definition.get("lake_formation_configuration") or {}).get("use_lake_formation_credentials"):
        raise MandorlaError("Lake Formation's credentials are not served here. Leave LakeFormationConfiguration out.")
    refuse_bad_targets(definition["targets"])
    refuse_bad_configuration(definition.get("configuration"))


def refuse_bad_targets(targets: Mapping[str, Any]) -> None:
    """Only folders in S3 are crawled here."""
    other = [name for name in TARGETS[1:] if targets.get(name)]
    if other or not targets.get("s3_targets"):
        raise MandorlaError("Targets must name at least one S3 target, and nothing else: only S3 is crawled here.")
    for target in targets["s3_targets"]:
        if not target.get("path") or set(target) - TARGET_MEMBERS:
            raise MandorlaError(
                "An S3 target has a Path, and may have Exclusions and a SampleSize; connections are not served."
            )
        split_location(target["path"])
        if not 0 <= (target.get("sample_size") or 0) <= LARGEST_SAMPLE:
            raise MandorlaError(f"SampleSize must be between 1 and {LARGEST_SAMPLE}.")


def refuse_bad_configuration(configuration: str | None) -> None:
    """`Configuration` is JSON in a string; ways of grouping that are not served are refused."""
    if not configuration:
        return
    try:
        members = json.loads(configuration)
    except ValueError as error:
        raise MandorlaError("Configuration is not valid JSON.") from error
    if not isinstance(members, dict) or set(members) - CONFIGURATION_MEMBERS:
        listed = ", ".join(sorted(CONFIGURATION_MEMBERS))
        raise MandorlaError(f"Of Configuration's members only {listed} are served here.")


def get_crawler(call: Call, *, name) -> Any:
    """A crawler, its state and its last crawl."""
    return {"crawler": shown(call, find_crawler(call, name))}


def get_crawlers(call: Call, *, max_results=None, next_token=None) -> Any:
    """The account's crawlers by name."""
    page, token = page_of(call, max_results, next_token)
    return {"crawlers": [shown(call, crawler) for crawler in page], "next_token": token}


def list_crawlers(call: Call, *, max_results=None, next_token=None, tags=None) -> Any:
    """The names of the account's crawlers that have all of the tags."""
    page, token = page_of(call, max_results, next_token)
    wanted = (tags or {}).items()
    return {"crawler_names": [one.name for one in page if wanted <= tags_of(call, one.arn).items()], "next_token": token}


def page_of(call: Call, max_results: int | None, next_token: str | None) -> Any:
    """A page of crawlers and the token of the next."""
    return paged(partial(owned, call), token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=100)


def owned(call: Call, after: str, limit: int) -> list[Crawler]:
    """A page of the account's crawlers."""
    return call.records.owned_by(Crawler, call.account_id, after=after, limit=limit)


def batch_get_crawlers(call: Call, *, crawler_names) -> Any:
    """Several crawlers, and the names that have none."""
    found = {name: call.records.find(Crawler, call.account_id, name) for name in crawler_names}
    missing = [name for name, crawler in found.items() if crawler is None]
    return {"crawlers": [shown(call, one) for one in found.values() if one is not None], "crawlers_not_found": missing}


def get_crawler_metrics(call: Call, *, crawler_name_list=(), max_results=None, next_token=None) -> Any:
    """What the crawlers' last runs did to the catalogue, and how long they took."""
    page, token = page_of(call, max_results, next_token)
    chosen = [one for one in page if not crawler_name_list or one.name in crawler_name_list]
    return {"crawler_metrics_list": [metrics_of(call, crawler) for crawler in chosen], "next_token": token}


def metrics_of(call: Call, crawler: Crawler) -> dict[str, Any]:
    """The metrics of a crawler."""
    ended = [job for job in runs_of(call, crawler, limit=20) if job.status not in ACTIVE]
    seconds = sorted(seconds_of(job) for job in ended)
    counts: Mapping[str, Any] = ended[0].results if ended else {}
    return {
        "crawler_name": crawler.name,
        "time_left_seconds": 0.0,
        "still_estimating": False,
        "last_runtime_seconds": seconds_of(ended[0]) if ended else 0.0,
        "median_runtime_seconds": seconds[len(seconds) // 2] if seconds else 0.0,
        **{name: counts.get(name, 0) for name in ("tables_created", "tables_updated", "tables_deleted")},
    }


def seconds_of(job: Job) -> float:
    """How long a run took."""
    return (job.ended_at - job.started_at).total_seconds() if job.ended_at and job.started_at else 0.0


def runs_of(call: Call, crawler: Crawler, *, limit: int) -> Iterable[Job]:
    """The crawler's runs, the latest first; not those of another that had its name before."""
    found = call.jobs.of_subject(crawler.arn, limit=limit)
    return [job for _, job in found if job.created_at >= crawler.created_at]


def update_crawler(call: Call, *, name, role=None, catalog_id=None, **others) -> Any:
    """Say other things of a crawler that does not run; what is left out stays."""
    require_own_catalog(call, catalog_id)
    crawler = find_crawler(call, name)
    refuse_running(call, crawler)
    definition = {**crawler.definition, **{member: value for member, value in others.items() if value is not None}}
    refuse_unserved(definition)
    role_arn = role_for(call, role) if role else crawler.role_arn
    changed = replace(crawler, definition=definition, role_arn=role_arn, updated_at=call.now, version=crawler.version + 1)
    call.records.put(changed)
    return {}


def delete_crawler(call: Call, *, name) -> Any:
    """Forget a crawler that does not run; its tables stay."""
    crawler = find_crawler(call, name)
    refuse_running(call, crawler)
    call.records.remove(crawler)
    forget_tags(call, crawler.arn)
    return {}


def running_job(call: Call, crawler: Crawler) -> Job | None:
    """The run that waits or goes on."""
    return next((job for job in runs_of(call, crawler, limit=1) if job.status in ACTIVE), None)


def refuse_running(call: Call, crawler: Crawler) -> None:
    """A crawler that runs is left alone."""
    if running_job(call, crawler) is not None:
        raise WireError("CrawlerRunningException", f"Crawler with name {crawler.name} has already started")


def start_crawler(call: Call, *, name) -> Any:
    """Queue a crawl; a worker does it."""
    crawler = find_crawler(call, name)
    refuse_running(call, crawler)
    call.jobs.add(
        Job(
            account_id=call.account_id,
            job_id=call.new_uuid(),
            kind=CRAWL,
            subject=crawler.arn,
            created_at=call.now,
            region=call.region,
            arguments={"crawler_name": crawler.name},
        )
    )
    return {}


def stop_crawler(call: Call, *, name) -> Any:
    """End a crawl before it writes anything: tables are written in one go, or not at all."""
    crawler = find_crawler(call, name)
    job = running_job(call, crawler)
    if job is None:
        raise WireError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
    call.jobs.cancel(job, now=call.now)
    return {}


def shown(call: Call, crawler: Crawler) -> dict[str, Any]:
    """A crawler as Glue shows it."""
    runs = list(runs_of(call, crawler, limit=2))
    running = runs[0] if runs and runs[0].status in ACTIVE else None
    last = next((job for job in runs if job.status not in ACTIVE), None)
    since = (running.started_at or running.created_at) if running else None
    policy = {"update_behavior": crawler.update_behavior, "delete_behavior": crawler.delete_behavior}
    return {
        "recrawl_policy": {"recrawl_behavior": "CRAWL_EVERYTHING"},
        "lineage_configuration": {"crawler_lineage_settings": "DISABLE"},
        "classifiers": [],
        **{member: value for member, value in crawler.definition.items() if value is not None},
        "targets": {**{name: [] for name in TARGETS}, **crawler.definition["targets"]},
        "name": crawler.name,
        "role": crawler.role_arn.partition(":role/")[2],
        "database_name": crawler.database_name,
        "schema_change_policy": policy,
        "state": "RUNNING" if running else "READY",
        "crawl_elapsed_time": int((call.now - since).total_seconds() * 1000) if since else 0,
        "creation_time": crawler.created_at,
        "last_updated": crawler.updated_at,
        "version": crawler.version,
        "last_crawl": shown_crawl(crawler, last) if last else None,
    }


def shown_crawl(crawler: Crawler, job: Job) -> dict[str, Any]:
    """How a run ended. What was passed over is said even of a run that succeeded."""
    return {
        "status": job.status,
        "error_message": (job.error_message or job.results.get("passed_over") or "")[:2048] or None,
        "log_group": "/aws-glue/crawlers",
        "log_stream": crawler.name,
        "message_prefix": job.job_id,
        "start_time": job.started_at or job.created_at,
    }


OPERATIONS: Operations = {
    "CreateCrawler": create_crawler,
    "GetCrawler": get_crawler,
    "GetCrawlers": get_crawlers,
    "ListCrawlers": list_crawlers,
    "BatchGetCrawlers": batch_get_crawlers,
    "GetCrawlerMetrics": get_crawler_metrics,
    "UpdateCrawler": update_crawler,
    "DeleteCrawler": delete_crawler,
    "StartCrawler": start_crawler,
    "StopCrawler": stop_crawler,
}
