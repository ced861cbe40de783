"""mandorla demo: the main job end to end, on people who do not exist."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mandorla.cli.match import print_result
from mandorla.cli.output import console, progress
from mandorla.engines.synthetic_people import write_people
from mandorla.jobs.file_matching import match
from mandorla.prepare.file_preparation import prepare

ROWS, SEED = 20_000, 7

HELP = """Prepare and match two made-up tables of 20,000 rows: an advertiser's customers and a publisher's users.

Example: mandorla demo --data demo-output --keep
"""


def command(
    data: Annotated[Path | None, typer.Option(help="Where the demo works; a temporary folder if not given.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the demo's files where they are.")] = False,
) -> None:
    """Run the demo and print what it did."""
    if data is not None or keep:
        folder = data or Path("demo-output")
        folder.mkdir(parents=True, exist_ok=True)
        run(folder)
        return
    with tempfile.TemporaryDirectory(prefix="mandorla-demo-") as temporary:
        run(Path(temporary))


command.__doc__ = HELP


def run(folder: Path) -> None:
    """The customers are prepared and hashed; then they are matched with the users, who stay raw."""
    out = console()
    out.print(f"1. Two tables of {ROWS:,} rows of people who do not exist (seed {SEED}).")
    people = write_people(folder, source_rows=ROWS, target_rows=ROWS, seed=SEED, file_format="csv")
    out.print("2. mandorla prepare --hash: the advertiser's customers are normalized and hashed.")
    with progress(shown=True) as report:
        prepared = prepare(people.source, schema=people.source_schema, output=folder / "prepared", hash=True, progress=report)
    [location] = prepared.locations
    out.print(f"   {location.rows:,} rows are written, with a schema mapping, a Glue table and a report beside them.")
    out.print("3. mandorla match: hashed customers meet the publisher's raw users, by four rules in order.")
    with progress(shown=True) as report:
        result = match(
            location.data,
            location.schema_payload,
            people.target,
            people.target_schema,
            people.rules,
            folder / "mapping.parquet",
            explain=True,
            progress=report,
        )
    print_result(result, explained=True)
