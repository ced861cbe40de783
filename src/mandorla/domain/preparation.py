"""What a preparation of files says of itself: what was read, rejected and written, where, and what it took the columns for."""

from dataclasses import dataclass

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import SchemaMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedColumn:
    """One column of the output. `filled` counts rows with a value, `rejected` those whose value normalization refused.

    `confidence` stands only where the schema mapping was proposed: from 0 to 1, how sure the proposal is.
    """

    name: str
    read_from: tuple[str, ...]
    attribute_type: str
    match_key: str | None
    hashed: bool
    filled: int
    rejected: int
    reject_reason: str
    confidence: float | None = None

    def as_json(self) -> dict[str, object]:
        """The column as the report tells it."""
        document: dict[str, object] = {
            "column": self.name,
            "readFrom": list(self.read_from),
            "type": self.attribute_type,
            "matchKey": self.match_key,
            "hashed": self.hashed,
            "filled": self.filled,
            "rejected": self.rejected,
        }
        if self.rejected:
            document["rejectReason"] = self.reject_reason
        if self.confidence is not None:
            document["confidence"] = self.confidence
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedLocation:
    """One place to upload: a folder of data, the schema mapping and the Glue table that describe it."""

    data: str
    schema_payload: str
    glue_table: str
    table_name: str
    columns: tuple[str, ...]
    rows: int
    schema_mapping: SchemaMapping

    def as_json(self) -> dict[str, object]:
        """The location as the report tells it."""
        return {
            "data": self.data,
            "schemaMapping": self.schema_payload,
            "glueTable": self.glue_table,
            "tableName": self.table_name,
            "schemaName": self.schema_mapping.schema_name,
            "columns": list(self.columns),
            "rows": self.rows,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationCounts:
    """Rows and unique ids, read and written. `keys_by_rows` says how many ids have one row, two, three …, as written."""

    rows_read: int
    rows_rejected: int
    duplicate_rows: int
    rows_written: int
    unique_ids: int
    rows_beyond_limit: int
    ids_beyond_limit: int
    keys_by_rows: tuple[tuple[int, int], ...]

    def as_json(self) -> dict[str, object]:
        """The counts as the report tells them."""
        return {
            "rowsRead": self.rows_read,
            "rowsRejected": self.rows_rejected,
            "duplicateRows": self.duplicate_rows,
            "rowsWritten": self.rows_written,
            "uniqueIds": self.unique_ids,
            "rowsBeyondLimit": self.rows_beyond_limit,
            "idsBeyondLimit": self.ids_beyond_limit,
            "idsByRows": [{"rows": rows, "ids": ids} for rows, ids in self.keys_by_rows],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationResult:
    """Everything that a preparation has to say; it holds no person's value.

    `engine_reason` says why this engine computed, where nobody had asked for one.
    """

    output: str
    report: str
    files: tuple[str, ...]
    file_format: str
    profile: str
    country: str
    hashed: bool
    collapsed: bool
    proposed: bool
    counts: PreparationCounts
    rejected_rows: tuple[tuple[str, int], ...]
    columns: tuple[PreparedColumn, ...]
    locations: tuple[PreparedLocation, ...]
    findings: tuple[Finding, ...]
    engine: str
    engine_reason: str

    def as_json(self) -> dict[str, object]:
        """The report, as `report.json` and `--json` have it."""
        return {
            "tool": "mandorla prepare",
            "output": self.output,
            "report": self.report,
            "files": list(self.files),
            "format": self.file_format,
            "profile": self.profile,
            "country": self.country,
            "hashed": self.hashed,
            "collapsed": self.collapsed,
            "schemaProposed": self.proposed,
            "engine": self.engine,
            **({"engineReason": self.engine_reason} if self.engine_reason else {}),
            **self.counts.as_json(),
            "rejectedRows": [{"reason": reason, "rows": rows} for reason, rows in self.rejected_rows],
            "columns": [column.as_json() for column in self.columns],
            "locations": [location.as_json() for location in self.locations],
            "findings": [finding.as_json() for finding in self.findings],
        }
