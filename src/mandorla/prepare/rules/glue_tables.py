"""The guide's step 2: the catalogue's columns are those of the file, in lower case, and a CSV's header is no row."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.payload import TABLE_INPUT, Json, Payload

CASE, HEADER, LOCATION, TWICE = "HEADER_CASE", "HEADER_NOT_SKIPPED", "LOCATION", "COLUMN_TWICE"


def table_of(payload: Payload) -> Json:
    """The TableInput of a payload; None if it holds none."""
    if payload.kind == TABLE_INPUT:
        return payload.document
    return payload.document.get("TableInput") if payload.kind == "CreateTable" else None


def columns_of(payload: Payload) -> list[str]:
    """The columns of the table that a payload describes, in their order."""
    table = table_of(payload)
    descriptor = table.get("StorageDescriptor") if isinstance(table, dict) else None
    columns = descriptor.get("Columns") if isinstance(descriptor, dict) else None
    return [str(one.get("Name")) for one in columns or [] if isinstance(one, dict)]


def findings(payload: Payload) -> Iterator[Finding]:
    """What makes a Glue table read its files wrongly."""
    table = table_of(payload)
    if not isinstance(table, dict) or not isinstance(table.get("StorageDescriptor"), dict):
        return
    columns, descriptor = columns_of(payload), table["StorageDescriptor"]
    for column in columns:
        if column != column.lower():
            where = payload.where(f"column '{column}'")
            yield Finding(
                code=CASE, where=where, what="all column headers must be in lowercase", mend=f"write '{column.lower()}'"
            )
    if len(set(columns)) < len(columns):
        yield Finding(code=TWICE, where=payload.where("Columns"), what="a column stands twice", mend="name each once")
    location = descriptor.get("Location")
    if location is not None and not str(location).startswith("s3://"):
        what, mend = "Location is no place in S3", "write s3://bucket/folder/"
        yield Finding(code=LOCATION, where=payload.where("StorageDescriptor.Location"), what=what, mend=mend)
    parameters = {**(descriptor.get("Parameters") or {}), **(table.get("Parameters") or {})}
    is_csv = parameters.get("classification") == "csv" or "Text" in str(descriptor.get("InputFormat"))
    if is_csv and str(parameters.get("skip.header.line.count", "0")) == "0":
        what = "the header line of the CSV would be read as a person"
        mend = 'add "skip.header.line.count": "1" to Parameters'
        yield Finding(code=HEADER, where=payload.where("Parameters"), what=what, mend=mend)
