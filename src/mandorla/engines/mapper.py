"""The promise of who maps ids: two sides' tables and the rules go in, a mapping file and what happened come out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mandorla.domain.id_mapping import FieldFill, RuleOutcome, SideCounts
from mandorla.domain.progress import Report
from mandorla.domain.rules import Rule
from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.mapping_files import MappingChanges
from mandorla.engines.source_files import SourceFile
from mandorla.match.compile import MatchingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A table of one side: its files, which belong together, and the schema mapping that reads them.

    `signatures` tell each file's bytes from others; they are needed only where something is kept for the next run.
    """

    files: tuple[SourceFile, ...]
    schema_mapping: SchemaMapping
    signatures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept from run to run, and where: `previous` is the name of the run that counts, `name` that of this one.

    `changes` is the file of changes that `previous` wrote, if it wrote some.
    """

    folder: Path
    name: str
    previous: str | None = None
    changes: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingTask:
    """What is to be mapped, and where the mapping is written: source_id, target_id, rule (Parquet, or CSV by its suffix).

    With `keeping`, a mapper that can keeps what it read for the next run; then the output may hold changes only.
    """

    sources: tuple[SourceTable, ...]
    targets: tuple[SourceTable, ...]
    rules: tuple[Rule, ...]
    model: MatchingModel
    output: Path
    explained: bool = False
    keeping: Keeping | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedIds:
    """What a finished mapping says of itself: `mapped` source ids to `mapped_targets` different target ids.

    Where `changed` stands, the output holds what is different from the last whole mapping: a source id without a target is
    mapped no longer. `changed` counts against the run before.
    """

    source: SideCounts
    target: SideCounts
    mapped: int
    mapped_targets: int
    rules: tuple[RuleOutcome, ...]
    fields: tuple[FieldFill, ...] = ()
    changed: MappingChanges | None = None


class Mapper(Protocol):
    """Who maps ids. Nothing asks which one it is, and all write the same rows."""

    @property
    def name(self) -> str:
        """What `--engine` calls it."""

    @property
    def keeps(self) -> bool:
        """Whether it keeps what it read where a task wants that."""

    def map_ids(self, task: MappingTask, progress: Report) -> MappedIds:
        """Map and write. InvalidInputError names every file, column or row that stands in the way; then nothing is written."""

    def close(self) -> None:
        """Give back memory and temporary files."""
