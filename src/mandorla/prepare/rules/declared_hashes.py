"""The guide: "If the data is hashed, users should set the "hashed" attribute to "true"." What is declared is there."""

from collections.abc import Iterator

from mandorla.domain.finding import Finding
from mandorla.domain.schema_mapping import AttributeType, InputField
from mandorla.engines.column_statistics import ColumnCounts, column_counts
from mandorla.prepare.rules.data_table import DataTable
from mandorla.prepare.rules.identifiers import is_identifier

RAW, NO_DIGEST, UPPER, EMPTY = "HASHED_BUT_DECLARED_RAW", "NOT_A_DIGEST", "DIGEST_CASE", "DIGEST_OF_NOTHING"
MOST = 0.5


def findings(data: DataTable) -> Iterator[Finding]:
    """Columns that hold something else than the schema mapping says."""
    if data.mapping is None:
        return
    mapped = data.mapping.mapped_input_fields
    fields = [field for field in mapped if field.type is not AttributeType.UNIQUE_ID and not is_identifier(field)]
    counts = column_counts(data.engine, data.table.name, [field.field_name for field in fields])
    for field, count in zip(fields, counts, strict=True):
        where = f"{data.file.path}, column '{field.field_name}'"
        yield from (of_hashed if field.hashed else of_raw)(field, count, where)


def of_raw(field: InputField, count: ColumnCounts, where: str) -> Iterator[Finding]:
    """A raw column in which most values are digests."""
    if count.filled and count.digests > MOST * count.filled:
        what = f"column `{field.field_name}` holds SHA-256 but is declared raw"
        yield Finding(code=RAW, where=where, what=what, mend='set "hashed": true, or bring the raw values')


def of_hashed(field: InputField, count: ColumnCounts, where: str) -> Iterator[Finding]:
    """A hashed column with values that are no digest, in upper case, or the digest of nothing."""
    others = count.filled - count.digests
    if others:
        what = f"{others} of {count.filled} values of `{field.field_name}` are not SHA-256 in hex"
        yield Finding(code=NO_DIGEST, where=where, what=what, mend="normalize and hash them: mandorla prepare --hash")
    if count.upper_case_digests:
        what = f"{count.upper_case_digests} digests are in upper case"
        yield Finding(code=UPPER, where=where, what=what, mend="write hex in lower case", severity="warning")
    if count.empty_digests:
        what = f"{count.empty_digests} values are the digest of the empty string, which matches nothing"
        yield Finding(code=EMPTY, where=where, what=what, mend="leave the value empty", severity="warning")
