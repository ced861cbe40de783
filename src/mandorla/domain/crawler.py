"""Crawlers: who looks at which folders, as which role, and into which database of the catalogue the tables go."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Crawler:
    """A crawler. `definition` is what CreateCrawler was given under our names; its runs are jobs under its ARN."""

    account_id: str
    name: str
    arn: str
    role_arn: str
    definition: Mapping[str, Any]  # Any: CreateCrawler has members that nobody here reads
    created_at: datetime
    updated_at: datetime
    version: int = 1
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name

    @property
    def database_name(self) -> str:
        """Where its tables go."""
        return str(self.definition.get("database_name") or "default").lower()

    @property
    def table_prefix(self) -> str:
        """What its tables' names begin with."""
        return str(self.definition.get("table_prefix") or "")

    @property
    def targets(self) -> tuple["CrawlerTarget", ...]:
        """The folders that it looks at."""
        given = (self.definition.get("targets") or {}).get("s3_targets") or ()
        return tuple(
            CrawlerTarget(
                path=one["path"], exclusions=tuple(one.get("exclusions") or ()), sample_size=int(one.get("sample_size") or 0)
            )
            for one in given
        )

    @property
    def update_behavior(self) -> str:
        """UPDATE_IN_DATABASE or LOG: what becomes of a table whose files have changed."""
        return str((self.definition.get("schema_change_policy") or {}).get("update_behavior") or "UPDATE_IN_DATABASE")

    @property
    def delete_behavior(self) -> str:
        """DEPRECATE_IN_DATABASE, DELETE_FROM_DATABASE or LOG: what becomes of a table whose files are gone."""
        return str((self.definition.get("schema_change_policy") or {}).get("delete_behavior") or "DEPRECATE_IN_DATABASE")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlerTarget:
    """A folder in S3 that a crawler looks at. `sample_size` is how many files of each folder it reads; 0 is all."""

    path: str
    exclusions: tuple[str, ...] = ()
    sample_size: int = 0
