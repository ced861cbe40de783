"""mandorla prepare: identity files into data that is ready to upload, with its schema mapping and Glue table."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mandorla.cli.output import console, print_json, progress
from mandorla.domain.preparation import PreparationResult
from mandorla.normalize import Profile
from mandorla.prepare.file_preparation import PREPARING_ENGINES, prepare

# What --engine takes.
EngineName = StrEnum("EngineName", [(name.upper(), name) for name in PREPARING_ENGINES])  # type: ignore[misc]  # a table's names
AUTO = EngineName("auto")


class FileFormat(StrEnum):
    """What --format takes."""

    PARQUET = "parquet"
    CSV = "csv"


HELP = """Normalize (and hash) identity files, and write what an upload needs beside them.

The folder --output then holds data/, create-schema-mapping.json, glue-table.json, rejected.csv, report.json and report.html;
with more than 24 identity columns part-1/, part-2/, …, each with its own data/, schema mapping and Glue table.

Example: mandorla prepare customers.csv --schema customers.json --output prepared --hash
"""


def command(
    files: Annotated[list[Path], typer.Argument(help="CSV (gzip too) or Parquet files, or folders of them.")],
    output: Annotated[Path, typer.Option(help="The folder to make; only an earlier preparation is replaced.")],
    schema: Annotated[
        Path | None, typer.Option(help="Body of CreateSchemaMapping, as JSON; without it one is proposed.")
    ] = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="What to write.")] = FileFormat.PARQUET,
    hashing: Annotated[bool, typer.Option("--hash", help="Write SHA-256 digests of what identifies people.")] = False,
    profile: Annotated[Profile, typer.Option(help="Whose normalization rules hold.")] = Profile.AMAZON_ADS,
    country: Annotated[str, typer.Option(help="Where a row without a country column is read.")] = "US",
    collapse: Annotated[bool, typer.Option("--collapse", help="Make one wide row of the rows that share a unique id.")] = False,
    engine: Annotated[EngineName, typer.Option(help="Who computes.")] = AUTO,
    report: Annotated[Path | None, typer.Option(help="Where to write the HTML report; else into --output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Prepare the files and print what came of it."""
    with progress(shown=not as_json) as told:
        result = prepare(
            files,
            output=output,
            schema=schema,
            file_format=file_format,
            hash=hashing,
            profile=profile,
            country=country,
            collapse=collapse,
            engine=engine,
            report=report,
            progress=told,
        )
    if as_json:
        print_json(result.as_json())
    else:
        print_result(result)


command.__doc__ = HELP


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
