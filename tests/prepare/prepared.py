"""A preparation of small tables, and what it wrote."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mandorla
from mandorla.domain.preparation import PreparationResult
from tests.match.tables import schema, write

Rows = Sequence[Sequence[str]]


def prepared(folder: Path, fields: Sequence[str], rows: Rows, **options: Any) -> PreparationResult:
    """Prepare rows as CSV, for tests to read; `options` are those of `mandorla.prepare`."""
    write(folder / "raw.csv", fields, rows)
    given = {"schema": schema(fields), "output": folder / "out", "file_format": "csv"} | options
    return mandorla.prepare(folder / "raw.csv", **given)


def again(result: PreparationResult, output: Path, **options: Any) -> PreparationResult:
    """Prepare the first location of a preparation once more, with the schema mapping that it wrote."""
    location = result.locations[0]
    given = {"schema": location.schema_payload, "output": output, "file_format": result.file_format} | options
    return mandorla.prepare(location.data, **given)


def written(result: PreparationResult, location: int = 0) -> list[dict[str, str]]:
    """The rows of a location that is CSV."""
    with Path(result.locations[location].data).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def mapped_fields(result: PreparationResult, location: int = 0) -> list[dict[str, Any]]:
    """The fields of the schema mapping that was written."""
    return list(json.loads(Path(result.locations[location].schema_payload).read_text())["mappedInputFields"])


def column(result: PreparationResult, name: str, location: int = 0) -> list[str]:
    """One column's values, in their order."""
    return [row[name] for row in written(result, location)]
