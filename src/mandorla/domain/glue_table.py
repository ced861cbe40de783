"""The catalogue: databases and the tables in them, each a definition of files under a location."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class GlueDatabase:
    """A database of an account's catalogue. `definition` is the DatabaseInput under our names."""

    account_id: str
    name: str
    definition: Mapping[str, Any]  # Any: members of DatabaseInput that nobody here reads
    created_at: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class GlueColumn:
    """A column of a table: its name and its Hive type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlueTable:
    """A table. `definition` is the TableInput under our names, kept whole; what we read of it are the properties."""

    account_id: str
    database_name: str
    name: str
    definition: Mapping[str, Any]  # Any: TableInput has members that nobody here reads
    created_at: datetime
    updated_at: datetime
    version: int = 0

    @property
    def key(self) -> str:
        """Its name in the catalogue."""
        return f"{self.database_name}/{self.name}"

    @property
    def parent(self) -> str:
        """Its database, over all accounts."""
        return f"{self.account_id}/{self.database_name}"

    @property
    def descriptor(self) -> Mapping[str, Any]:  # Any: as above
        """Where and how its data lies."""
        return self.definition.get("storage_descriptor") or {}

    @property
    def columns(self) -> tuple[GlueColumn, ...]:
        """The columns in their order, without the partition keys."""
        return tuple(GlueColumn(one["name"], one.get("type") or "string") for one in self.descriptor.get("columns") or ())

    @property
    def partition_keys(self) -> tuple[GlueColumn, ...]:
        """The columns that folders stand for."""
        listed = self.definition.get("partition_keys") or ()
        return tuple(GlueColumn(one["name"], one.get("type") or "string") for one in listed)

    @property
    def location(self) -> str:
        """`s3://bucket/folder/`; empty if it has none."""
        return self.descriptor.get("location") or ""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The table's, the descriptor's and the serde's parameters together."""
        serde = (self.descriptor.get("serde_info") or {}).get("parameters") or {}
        return {**serde, **(self.descriptor.get("parameters") or {}), **(self.definition.get("parameters") or {})}

    @property
    def file_format(self) -> str:
        """ "parquet" or "csv", as classification, serde or input format say."""
        said = (self.parameters.get("classification"), self.descriptor.get("serde_info"), self.descriptor.get("input_format"))
        return "parquet" if any("parquet" in str(one).lower() for one in said) else "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class GluePartition:
    """One partition of a table: its values, and where its files lie."""

    account_id: str
    database_name: str
    table_name: str
    values: tuple[str, ...]
    definition: Mapping[str, Any] = field(default_factory=dict)  # Any: PartitionInput
    created_at: datetime

    @property
    def key(self) -> str:
        """Its values, one after the other."""
        return f"{self.database_name}/{self.table_name}/{'/'.join(self.values)}"

    @property
    def parent(self) -> str:
        """Its table, over all accounts."""
        return f"{self.account_id}/{self.database_name}/{self.table_name}"
