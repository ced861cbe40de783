"""The stages of a workflow execution."""

from collections.abc import Mapping
from typing import Any

from mandorla.domain.errors import MandorlaError
from mandorla.jobs.stages import Stages, Work
from mandorla.services.amc.workflow_executions import EXECUTION


def ask(work: Work) -> Mapping[str, Any]:  # Any: plain JSON
    """Say that queries are not answered yet: a made-up result would be worse."""
    raise MandorlaError("Queries are not executed by this version. The workflow was validated, and nothing was read.")


JOBS: Mapping[str, Stages] = {EXECUTION: (ask,)}
