"""What a user should know of a preparation without asking, as warnings."""

from collections.abc import Iterator, Sequence

from mandorla.domain.finding import Finding
from mandorla.domain.limits import Limits
from mandorla.domain.preparation import PreparationCounts, PreparedColumn


def findings_of_counts(counts: PreparationCounts, limits: Limits) -> Iterator[Finding]:
    """Rows that were left out, that matching would ignore, or that stood twice."""
    if counts.rows_rejected:
        what = f"{counts.rows_rejected:,} rows could not be read or have no usable unique id"
        yield warning("ROWS_REJECTED", "the files", what, "rejected.csv names each; mend them and prepare again")
    if counts.duplicate_rows:
        what = f"{counts.duplicate_rows:,} rows repeat an earlier row once normalized; each is written once"
        yield warning("ROWS_DUPLICATE", "the files", what, "nothing to do; the guide wants a table without duplicate rows")
    if counts.rows_beyond_limit:
        what = (
            f"{counts.ids_beyond_limit:,} unique ids have more than {limits.rows_per_unique_key} rows; "
            f"{counts.rows_beyond_limit:,} rows would be ignored by matching"
        )
        yield warning("ROWS_BEYOND_LIMIT", "the output", what, "prepare with --collapse, which makes one row of each id's rows")


def findings_of_locations(count: int, keeps: str, limits: Limits) -> Iterator[Finding]:
    """Several locations, and more of them than a namespace takes."""
    identity_columns = limits.columns_per_schema_mapping - 1
    if count > 1:
        what = f"there are more than {identity_columns} identity columns, so they are split into {count} locations: {keeps}"
        mend = "make a Glue table and a schema mapping of each, and put all of them into one ID namespace"
        yield warning("COLUMNS_SPLIT", "the output", what, mend)
    if count > limits.tables_per_id_namespace:
        what = f"{count} locations are more tables than the {limits.tables_per_id_namespace} that an ID namespace takes"
        mend = "look for unique ids that stand for many people (the report counts rows by id), and leave them out"
        yield warning("TABLES_PER_NAMESPACE", "the output", what, mend)


def findings_of_columns(columns: Sequence[PreparedColumn]) -> Iterator[Finding]:
    """Columns of which normalization refused half or more: most likely they hold something else."""
    for column in columns:
        if column.rejected and column.rejected >= column.filled:
            total = column.filled + column.rejected
            what = f"{column.rejected:,} of {total:,} values were rejected: {column.reject_reason}"
            mend = "check its type, whether it is hashed, and the country (--country)"
            yield warning("VALUES_REJECTED", f"column '{column.name}'", what, mend)


def warning(code: str, where: str, what: str, mend: str) -> Finding:
    """A finding that stops nothing."""
    return Finding(code=code, where=where, what=what, mend=mend, severity="warning")
