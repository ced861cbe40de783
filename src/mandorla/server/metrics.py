"""What `/metrics` tells whoever watches, in Prometheus's format: requests by operation, how long they took, jobs by status.

Labels are names of services and operations and numbers of statuses, never an account's id, a resource's name or a value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from mandorla.domain.job import JobStatus
from mandorla.store.database import transaction
from mandorla.store.job_queue import JobQueue

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class JobsByStatus(Collector):
    """The jobs as the database has them when somebody looks."""

    database: Engine

    def collect(self) -> Iterator[Metric]:
        """One gauge, a sample a status."""
        gauge = GaugeMetricFamily("mandorla_jobs", "Jobs that the database knows, by status.", labels=["status"])
        with transaction(self.database, writes=False) as connection:
            counts: Mapping[JobStatus, int] = JobQueue(connection).counts()
        for status, count in sorted(counts.items()):
            gauge.add_metric([status], count)
        yield gauge


@dataclass(frozen=True, slots=True)
class Metrics:
    """A server's own counters."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram

    def count(self, service: str, operation: str, status: int, seconds: float) -> None:
        """A request that was answered."""
        self.requests.labels(service, operation, str(status)).inc()
        self.seconds.labels(service, operation).observe(seconds)

    def page(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


def open_metrics(database: Engine) -> Metrics:
    """Counters that begin at nothing."""
    registry = CollectorRegistry()
    registry.register(JobsByStatus(database))
    return Metrics(
        registry=registry,
        requests=Counter(
            "mandorla_requests", "Requests that were answered.", ["service", "operation", "status"], registry=registry
        ),
        seconds=Histogram(
            "mandorla_request_seconds",
            "Seconds from a request's head to its answer.",
            ["service", "operation"],
            buckets=SECONDS,
            registry=registry,
        ),
    )
