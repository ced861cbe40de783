"""Workflows of Entity Resolution: recipes whose runs are jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mandorla.domain.id_namespace import InputSource


@dataclass(frozen=True, slots=True, kw_only=True)
class IdMappingWorkflow:
    """From whom to whom, and by which terms. Techniques and outputs are kept as they were given."""

    account_id: str
    workflow_name: str
    workflow_arn: str
    description: str
    input_source_config: tuple[InputSource, ...]
    id_mapping_techniques: Mapping[str, Any]  # Any: members of the service model, read by `mapping_terms`
    output_source_config: tuple[Mapping[str, Any], ...]
    incremental_run_config: Mapping[str, Any] | None
    role_arn: str | None
    created_at: datetime
    updated_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.workflow_name


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingWorkflow:
    """Whose records to match with each other, and by which rules. Techniques and outputs are kept as they were given."""

    account_id: str
    workflow_name: str
    workflow_arn: str
    description: str
    input_source_config: tuple[Mapping[str, Any], ...]  # Any: members of the service model
    output_source_config: tuple[Mapping[str, Any], ...]
    resolution_techniques: Mapping[str, Any]
    incremental_run_config: Mapping[str, Any] | None
    role_arn: str
    created_at: datetime
    updated_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.workflow_name


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingVersion:
    """The mapping that a workflow has at present: which job made it, from which bytes, and its metrics.

    Each job writes a new file; this record is put in one step, so that a reader sees the old mapping or the new one.
    `file_name` is that of a Parquet file in the folder of mappings, `changes_name` that of one with what is different since
    then, if anything is. `inputs` are keys and ETags of all that was read; `kept_name` is the run that kept what it read.
    """

    account_id: str
    workflow_arn: str
    job_id: str
    file_name: str
    inputs: tuple[str, ...]
    terms: str
    metrics: Mapping[str, int]
    made_at: datetime
    changes_name: str = ""
    kept_name: str = ""
    parent: str = ""

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that the mapping is in."""
        return tuple(filter(None, (self.file_name, self.changes_name)))

    @property
    def key(self) -> str:
        """The workflow's ARN."""
        return self.workflow_arn
