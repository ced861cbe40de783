"""What a rule for data looks at: a file, its table, the schema mapping that reads it, and where its rows are at home."""

from dataclasses import dataclass

from mandorla.domain.schema_mapping import InputField, SchemaMapping
from mandorla.engines.engine import AttachedTable, Engine
from mandorla.engines.source_files import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """One data file, attached. `mapping` is None where no schema mapping was given, or the file is not what it describes."""

    engine: Engine
    file: SourceFile
    table: AttachedTable
    mapping: SchemaMapping | None
    country: str = "US"

    @property
    def fields(self) -> tuple[InputField, ...]:
        """The fields that the mapping reads; none without one."""
        return self.mapping.mapped_input_fields if self.mapping is not None else ()

    def where(self, column: str) -> str:
        """A column as findings name it."""
        return f"{self.file.path}, column '{column}'"
