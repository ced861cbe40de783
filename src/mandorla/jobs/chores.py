"""What a worker sees to between jobs: short, in one transaction, and harmless when two workers do it at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mandorla.domain.limits import Limits
from mandorla.store.job_queue import JobQueue
from mandorla.store.objects.contents import Contents
from mandorla.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a chore is given each time: one transaction, the folder of what lies outside the database, and the time."""

    records: Records
    jobs: JobQueue
    contents: Contents
    data_folder: Path
    limits: Limits
    server_key: bytes
    now: datetime


Chore = Callable[[Round], None]
