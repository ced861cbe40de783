"""What a crawl does to the catalogue: to new tables, to changed ones, and to those whose files are gone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mandorla.domain.arn import Arn
from mandorla.domain.crawler import Crawler
from mandorla.domain.glue_table import GlueDatabase, GluePartition, GlueTable
from mandorla.jobs.stages import Work
from mandorla.services.glue.catalogue import find_table
from mandorla.services.glue.table_layout import other_name
from mandorla.services.iam.authorization import require_role_may
from mandorla.store.records import Records

DEPRECATED = "DEPRECATED_BY_CRAWLER"
OWN_PARAMETERS = frozenset({"UPDATED_BY_CRAWLER", DEPRECATED, "skip.header.line.count"})
SERVICE = "glue.amazonaws.com"


@dataclass(slots=True, kw_only=True)
class Catalogue:
    """The catalogue in one transaction, as the crawler's role may change it."""

    work: Work
    records: Records
    crawler: Crawler
    now: datetime
    counts: dict[str, int] = field(default_factory=lambda: {"tables_created": 0, "tables_updated": 0, "tables_deleted": 0})

    def require(self, action: str, *resources: str) -> None:
        """The role may do that with the catalogue and those of its resources; AccessDeniedError names what it lacks."""
        for resource in ("catalog", *resources):
            arn = Arn(service="glue", region=self.work.job.region, account_id=self.crawler.account_id, resource=resource)
            require_role_may(
                self.records,
                self.crawler.role_arn,
                action=action,
                resource=str(arn),
                service=SERVICE,
                source_account=self.crawler.account_id,
                source_arn=self.crawler.arn,
                resource_account=self.crawler.account_id,
                now=self.work.clock(),
            )

    def require_on_table(self, action: str, name: str) -> None:
        """The same for a table and its database."""
        database = self.crawler.database_name
        self.require(action, f"database/{database}", f"table/{database}/{name}")

    def write_table(self, name: str, definition: Mapping[str, Any], partitions: Sequence[Mapping[str, Any]]) -> str:
        """A table of that name, or one with a longer name where another location has it. Gives the name."""
        database, location = self.crawler.database_name, definition["storage_descriptor"]["location"]
        existing = find_table(self.records, self.crawler.account_id, database, name)
        if existing is not None and existing.location.rstrip("/") != location.rstrip("/"):
            name = other_name(name, location)
            existing = find_table(self.records, self.crawler.account_id, database, name)
        if existing is None:
            self.require_on_table("glue:CreateTable", name)
            existing = GlueTable(
                account_id=self.crawler.account_id,
                database_name=database,
                name=name,
                definition={**definition, "name": name},
                created_at=self.now,
                updated_at=self.now,
            )
            self.records.add(existing)
        elif self.crawler.update_behavior != "LOG":
            existing = self.updated(existing, definition)
        self.counts["tables_created"] += existing.created_at == self.now
        self.counts["tables_updated"] += existing.updated_at == self.now != existing.created_at
        self.write_partitions(existing, partitions)
        return name

    def updated(self, existing: GlueTable, definition: Mapping[str, Any]) -> GlueTable:
        """The table with what was found; what others said of it stays."""
        kept = {
            name: value for name, value in (existing.definition.get("parameters") or {}).items() if name not in OWN_PARAMETERS
        }
        changed = {**existing.definition, **definition, "parameters": {**kept, **definition["parameters"]}}
        if changed == existing.definition:
            return existing
        self.require_on_table("glue:UpdateTable", existing.name)
        table = replace(existing, definition=changed, updated_at=self.now, version=existing.version + 1)
        self.records.put(table)
        return table

    def write_partitions(self, table: GlueTable, partitions: Sequence[Mapping[str, Any]]) -> None:
        """The partitions that were found; those that are gone are forgotten if the policy says so."""
        parent = f"{table.account_id}/{table.key}"
        known = {one.values: one for one in self.records.children(GluePartition, parent)}
        if partitions:
            self.require_on_table("glue:BatchCreatePartition", table.name)
        for given in partitions:
            values = tuple(given["values"])
            old = known.pop(values, None)
            if old is None or (self.crawler.update_behavior != "LOG" and old.definition != given):
                self.records.put(
                    GluePartition(
                        account_id=table.account_id,
                        database_name=table.database_name,
                        table_name=table.name,
                        values=values,
                        definition=given,
                        created_at=self.now if old is None else old.created_at,
                    )
                )
        if self.crawler.delete_behavior == "DELETE_FROM_DATABASE":
            for gone in known.values():
                self.records.remove(gone)

    def forget_gone(self, found: frozenset[str]) -> None:
        """Tables that this crawler wrote below its targets and that it no longer finds."""
        parent = f"{self.crawler.account_id}/{self.crawler.database_name}"
        for table in self.records.children(GlueTable, parent):
            parameters = table.definition.get("parameters") or {}
            is_ours = parameters.get("UPDATED_BY_CRAWLER") == self.crawler.name
            if table.name in found or not is_ours or not self.is_below_targets(table.location):
                continue
            if self.crawler.delete_behavior == "DELETE_FROM_DATABASE":
                self.require_on_table("glue:DeleteTable", table.name)
                self.write_partitions(table, ())
                self.records.remove(table)
                self.counts["tables_deleted"] += 1
            elif self.crawler.delete_behavior == "DEPRECATE_IN_DATABASE" and DEPRECATED not in parameters:
                self.require_on_table("glue:UpdateTable", table.name)
                marked = {**parameters, DEPRECATED: str(int(self.now.timestamp() * 1000))}
                self.records.put(replace(table, definition={**table.definition, "parameters": marked}, updated_at=self.now))

    def is_below_targets(self, location: str) -> bool:
        """Whether the crawler looked there."""
        return any(f"{location.rstrip('/')}/".startswith(f"{target.path.rstrip('/')}/") for target in self.crawler.targets)


def write_tables(
    work: Work, crawler_of: Callable[[Work, Records], Crawler], tables: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Write all tables in one transaction, unless the crawl was stopped meanwhile; how many were new, changed and removed."""

    def change(records: Records) -> Mapping[str, Any]:
        crawler = crawler_of(work, records)
        # The time of the start stays the same when the stage runs again: what it made before is still counted as made.
        now = work.job.started_at or work.job.created_at
        catalogue = Catalogue(work=work, records=records, crawler=crawler, now=now)
        if records.find(GlueDatabase, crawler.account_id, crawler.database_name) is None:
            catalogue.require("glue:CreateDatabase", f"database/{crawler.database_name}")
            definition = {"name": crawler.database_name}
            database = GlueDatabase(
                account_id=crawler.account_id, name=crawler.database_name, definition=definition, created_at=now
            )
            records.add(database)
        names = [catalogue.write_table(table["name"], table["definition"], table["partitions"]) for table in tables]
        catalogue.forget_gone(frozenset(names))
        return catalogue.counts

    return work.changed(change)
