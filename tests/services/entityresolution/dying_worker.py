"""A worker process that dies once, before or after a stage of a job: a program that takes folder, database, place and the
kind of job, an ID mapping if none is named."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from mandorla.jobs.stages import Stage, Work
from mandorla.server.parts import JOBS, open_parts
from mandorla.server.settings import Settings, read_limits
from mandorla.services.entityresolution.id_mapping_workflows import ID_MAPPING


def dying(stage: Stage, number: int, place: str) -> Stage:
    """The stage, with this process's death where the place says; only once for a data folder."""

    def worked(work: Work) -> Mapping[str, Any]:
        die(work, place == f"before {number}")
        found = stage(work)
        die(work, place == f"after {number}")
        return found

    return worked


def die(work: Work, is_here: bool) -> None:
    """Kill this process, as the machine would."""
    mark = work.data_folder / "killed"
    if is_here and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def main(data: str, database: str, place: str, kind: str = ID_MAPPING) -> None:
    """Work until killed."""
    engine = os.environ.get("MANDORLA_ENGINE", "auto")
    parts = open_parts(Settings(data=Path(data), database=database, limits=read_limits(os.environ), engine=engine))
    stages = tuple(dying(stage, number, place) for number, stage in enumerate(JOBS[kind]))
    replace(parts.worker(), jobs={**JOBS, kind: stages}, lease_seconds=1.0).work(Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
