"""What a rule for data looks at: a file, its table, and the schema mapping that reads it, if one was given."""

from dataclasses import dataclass

from mandorla.domain.schema_mapping import SchemaMapping
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.source_files import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """One data file, attached."""

    engine: Engine
    file: SourceFile
    table: AttachedTable
    mapping: SchemaMapping | None
