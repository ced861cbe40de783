"""mandorla check: what is wrong with data files and payloads, before an upload is wasted on it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mandorla.cli.output import print_json, progress
from mandorla.prepare.checking import check

HELP = """Check data files and JSON payloads; one finding a line: CODE, where, what is wrong, how to mend it.

Exit code 1 if something must be mended; warnings alone are printed and exit with 0.

Give files that belong together at once: a schema mapping among them reads the data, events are held against the people they
name, and results against the bucket that holds data.

Example: mandorla check customers.csv events.csv create-schema-mapping.json glue-table.json
"""


def command(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: CSV, Parquet, JSON payloads.")],
    schema: Annotated[Path | None, typer.Option(help="Body of CreateSchemaMapping for the data, as JSON.")] = None,
    country: Annotated[str, typer.Option(help="The country of rows that name none, as ISO 3166 code.")] = "US",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Print the findings."""
    with progress(shown=not as_json) as report:
        result = check(paths, schema=schema, country=country, report=report)
    if as_json:
        print_json({"findings": [finding.as_json() for finding in result.findings], "files": result.files})
    else:
        for finding in result.findings:
            mark = "warning: " if finding.severity == "warning" else ""
            sys.stdout.write(f"{finding.code}  {finding.where}  {mark}{finding.what}  {finding.mend}\n")
        if not result.findings:
            sys.stdout.write(f"{result.files} files, nothing to mend.\n")
    raise typer.Exit(1 if result.has_errors else 0)


command.__doc__ = HELP
