"""What a preparation came to, for people. Loaded only for them: what draws tables takes a while to load."""

from rich.table import Table

from mandorla.cli.output import console
from mandorla.domain.preparation import PreparationResult


def print_result(result: PreparationResult) -> None:
    """Tables for people."""
    out = console()
    counts = result.counts
    rows = counts.rows_read - counts.rows_rejected
    sure = ["sure"] if result.proposed else []
    table = Table(title=f"{counts.rows_written:,} rows of {counts.unique_ids:,} unique ids, from {counts.rows_read:,} read")
    for name in ("column", "type", "match key"):
        table.add_column(name)
    for name in ("filled", "rejected", *sure):
        table.add_column(name, justify="right")
    table.add_column("why rejected")
    for column in result.columns:
        table.add_row(
            column.name,
            column.attribute_type + (" (hashed)" if column.hashed else ""),
            column.match_key or "",
            f"{column.filled / rows:.1%}" if rows else "",
            f"{column.rejected:,}",
            *([f"{column.confidence:.0%}" if column.confidence is not None else ""] if sure else []),
            column.reject_reason if column.rejected else "",
        )
    out.print(table)
    for reason, number in result.rejected_rows:
        out.print(f"Rejected rows: {number:,}, {reason}", markup=False)
    for finding in result.findings:
        out.print(f"! {finding.where}: {finding.what}; {finding.mend}.", markup=False, style="yellow")
    for location in result.locations:
        out.print(f"Written: {location.data} ({location.rows:,} rows)", markup=False, soft_wrap=True)
    out.print(f"Report: {result.report}", markup=False, soft_wrap=True)
