"""Small tables for tests: fields are written `column:TYPE[:MatchKey[:hashed|group=NAME]]`."""

import csv
from collections.abc import Sequence
from pathlib import Path

from pyarrow import parquet


def schema(fields: Sequence[str]) -> dict[str, object]:
    """The body of CreateSchemaMapping for fields in short."""
    return {"schemaName": "test", "mappedInputFields": [field_of(field) for field in fields]}


def field_of(short: str) -> dict[str, object]:
    """One element of mappedInputFields."""
    name, attribute_type, *more = short.split(":")
    field: dict[str, object] = {"fieldName": name, "type": attribute_type}
    if more:
        field["matchKey"] = more[0]
    for extra in more[1:]:
        field |= {"hashed": True} if extra == "hashed" else {"groupName": extra.removeprefix("group=")}
    return field


def write(path: Path, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A CSV file with the fields' columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([[field.partition(":")[0] for field in fields], *rows])


def mapping_of(path: Path) -> list[tuple[str, str, str]]:
    """A mapping's rows in their order."""
    return [(row["source_id"], row["target_id"], row["rule"]) for row in parquet.read_table(path).to_pylist()]
