"""What a preparation is asked for, and what it works on once the files are opened."""

from dataclasses import dataclass
from pathlib import Path

from mandorla.domain.limits import Limits
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable
from mandorla.engines.source_files import SourceFile
from mandorla.normalize import Profile
from mandorla.prepare.columns import ColumnPlan
from mandorla.prepare.proposed_schema import ProposedSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, every argument checked."""

    files: tuple[SourceFile, ...]
    schema_mapping: SchemaMapping | None
    output: Path
    page: Path | None
    file_format: str
    hashing: bool
    profile: Profile
    country: str
    collapsing: bool
    engine: str
    engine_reason: str
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The mapping that reads the files, and what becomes of each column; the files as a table, if they had to become one."""

    table: AttachedTable | None
    mapping: SchemaMapping
    proposed: ProposedSchema | None
    plans: tuple[ColumnPlan, ...]
