"""What the server is made of, created once and handed down: the database, the key, the clock, the services."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.model import ServiceModel
from sqlalchemy import Engine

from mandorla.domain.limits import Limits
from mandorla.jobs.chores import Chore
from mandorla.jobs.stages import Ending, Stages
from mandorla.jobs.worker import Worker
from mandorla.server.metrics import Metrics, open_metrics
from mandorla.server.settings import Settings
from mandorla.services import amc, athena, cleanrooms, entityresolution, glue, iam, logs, s3
from mandorla.services.call import Operations
from mandorla.store.accounts import read_key_file
from mandorla.store.migrating import open_database
from mandorla.store.objects.contents import Contents, content_folder_in, open_content_folder
from mandorla.wire.service_models import load_service_model

# Every API, by the name of its service model.
SERVICES: Mapping[str, Operations] = {
    "iam": iam.IAM_OPERATIONS,
    "sts": iam.STS_OPERATIONS,
    "glue": glue.OPERATIONS,
    "athena": athena.OPERATIONS,
    "entityresolution": entityresolution.OPERATIONS,
    "cleanrooms": cleanrooms.OPERATIONS,
    "logs": logs.OPERATIONS,
    "amc": amc.OPERATIONS,
    "s3": s3.OPERATIONS,
}

# What is asked before a body may stream in, by the operation's name: may the caller, and what is to be summed up?
BEFORE_BODY: Mapping[str, Operations] = {"s3": s3.BEFORE_BODY}

# Every kind of job, by its stages.
JOBS: Mapping[str, Stages] = {
    **glue.JOBS,
    **athena.JOBS,
    **entityresolution.JOBS,
    **cleanrooms.JOBS,
    **amc.JOBS,
}

# What is written down of jobs that ended, by their kind.
ENDINGS: Mapping[str, Ending] = {**cleanrooms.ENDINGS, **amc.ENDINGS}

# What workers see to between jobs.
CHORES: tuple[Chore, ...] = (*entityresolution.CHORES, *amc.CHORES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The open parts of a server."""

    settings: Settings
    database: Engine
    contents: Contents
    server_key: bytes
    limits: Limits
    clock: Callable[[], datetime]
    metrics: Metrics

    @property
    def models(self) -> tuple[ServiceModel, ...]:
        """The service models of all APIs. Whoever answers no calls never loads them."""
        return tuple(load_service_model(name) for name in SERVICES)

    def worker(self) -> Worker:
        """Hands for this server's jobs."""
        return Worker(
            database=self.database,
            data_folder=self.settings.data_folder,
            server_key=self.server_key,
            limits=self.limits,
            clock=self.clock,
            jobs=JOBS,
            endings=ENDINGS,
            chores=CHORES,
            engine=self.settings.engine,
        )


def system_clock() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def open_parts(settings: Settings, *, clock: Callable[[], datetime] = system_clock) -> Parts:
    """Open, and where needed make, the data folder, the key file and the database."""
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    return Parts(
        settings=settings,
        database=database,
        contents=open_content_folder(content_folder_in(settings.data_folder).folder),
        server_key=read_key_file(settings.data_folder / "server.key"),
        limits=settings.limits,
        clock=clock,
        metrics=open_metrics(database),
    )
