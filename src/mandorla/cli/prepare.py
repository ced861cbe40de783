"""mandorla prepare: identity files into data that is ready to upload, with its schema mapping and Glue table."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from mandorla.cli.output import print_json, progress
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
        import_module("mandorla.cli.prepare_tables").print_result(result)


command.__doc__ = HELP
