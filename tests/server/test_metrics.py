"""`/metrics` as Prometheus's own parser reads it."""

import urllib.request
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families

from mandorla.domain.job import Job
from mandorla.store.database import transaction
from mandorla.store.job_queue import JobQueue
from tests.listening import ADVERTISER, Listening, listening


def samples(server: Listening) -> dict[tuple[str, ...], float]:
    """Each sample by its name and the values of its labels, in the order of the labels' names."""
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=10) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_requests_and_jobs_are_counted_and_nobody_is_named(tmp_path: Path) -> None:
    with listening(tmp_path, with_worker=False) as server:
        client = server.client("s3")
        client.create_bucket(Bucket="their-bucket")
        for _ in range(2):
            client.list_buckets()
        with pytest.raises(ClientError):
            client.get_object(Bucket="their-bucket", Key="ann.lee@example.com")
        job = Job(account_id=ADVERTISER, job_id="j", kind="none", subject="s", created_at=server.parts.clock())
        with transaction(server.parts.database, writes=True) as connection:
            JobQueue(connection).add(job)
        counted = samples(server)
        assert counted["mandorla_requests_total", "ListBuckets", "s3", "200"] == 2
        assert counted["mandorla_requests_total", "GetObject", "s3", "404"] == 1
        assert counted["mandorla_request_seconds_count", "ListBuckets", "s3"] == 2
        assert counted["mandorla_jobs", "QUEUED"] == 1
        said = " ".join(part for sample in counted for part in sample)
        assert not [value for value in (ADVERTISER, "their-bucket", "ann.lee") if value in said]
