"""Random pairs of tables with every option of a mapping, and what an engine makes of them."""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow
from hypothesis import strategies
from pyarrow import parquet

import mandorla
from mandorla.domain.id_mapping import IdMappingResult
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel
from mandorla.normalize import Profile
from mandorla.normalize.hashing import EMPTY_DIGEST, digest
from tests.match.tables import mapping_of, schema

NAMES = [
    *("Ann", "ann ", "ANN", "José", "jos", "Müller", "mueller", "O'Neil", "oneil", "Ål", "Aal", "李", "", None, "\x1cAnn"),
    *("\u00a0Ann", "Ann\u3000", "\u00a0"),
]
STREETS = ["12 Main Street", "12 MAIN ST.", "12mainst", "5 W 4th St #2-A", "5 West 4th Street # 2-A", "12-MAIN St", "", None]
ZIPS = ["75236", "75236-9599", "7523", "SW1A 1AA", "sw1a1aa", "K1A 0B1", "787-0150", "", None]
EMAILS = [
    *("a@example.com", " A@Example.com", "a+tag@example.com", "atag@example.com", "b.c@example.com", "bc@example.com"),
    *("Ann <a@example.com>", "ß@example.com", "noreply@example.com", "not an address", "@", "", None),
]
PHONES = [
    *("(206) 345-7890", "+1 206 345 7890", "12063457890", "2063457890", "07911 123456", "+44 7911 123456", "447911123456"),
    *("030 123456", "+49 30 123456", "03-1234-5678", "+91 98765 43210", "999", "ext 5", "", None),
]
MAIDS = ["38400000-8cf0-11bd-b23e-10b96e40000d", "38400000-8CF0-11BD-B23E-10B96E40000D", "other", "", None]
COUNTRIES = ["US", "usa", "Germany", "GB", "JP", "IN", "CA", "FR", "IT", "ES", "Narnia", "", None]

# column: its pool, and the fields that may describe it
COLUMNS: dict[str, tuple[Sequence[str | None], str]] = {
    "email": (EMAILS, "EMAIL_ADDRESS:Email"),
    "email_2": (EMAILS, "EMAIL_ADDRESS:Email"),
    "phone": (PHONES, "PHONE:Phone"),
    "phone_2": (PHONES, "PHONE_NUMBER:Phone"),
    "firstname": (NAMES, "NAME_FIRST:FirstName"),
    "lastname": (NAMES, "NAME_LAST:LastName"),
    "given": (NAMES, "NAME_FIRST:FullName:group=name"),
    "family": (NAMES, "NAME_LAST:FullName:group=name"),
    "address": (STREETS, "ADDRESS:Address"),
    "city": (["New York", "new-york", "München", "", None], "ADDRESS_CITY:City"),
    "state": (["New York", "ny", "Bavaria", "Québec", "", None], "ADDRESS_STATE:State"),
    "zip": (ZIPS, "ADDRESS_POSTALCODE:Postal"),
    "maid": (MAIDS, "STRING:MAID"),
    "birthday": (["2001-02-03", " 2001-02-03 ", "", None], "DATE:Birthday"),
}
MATCH_KEYS = sorted({described.split(":")[1] for _, described in COLUMNS.values()})
HASHED_KEYS = [key for key in MATCH_KEYS if key not in {"MAID", "FullName"}]


@dataclass(frozen=True, kw_only=True)
class Example:
    """Two sides of tables, rules and options; everything random is drawn with the seed."""

    seed: int
    profile: Profile
    country: str
    attribute_matching_model: AttributeMatchingModel
    record_matching_model: RecordMatchingModel
    rules: tuple[tuple[str, ...], ...]
    hashed: tuple[frozenset[str], frozenset[str]]
    has_country: bool
    has_deletions: bool
    text: pyarrow.DataType
    files: tuple[str, ...] = field(default=("parquet", "csv"))

    def options(self) -> dict[str, Any]:
        """What `mandorla.match` takes."""
        return {
            "profile": self.profile,
            "country": self.country,
            "attribute_matching_model": self.attribute_matching_model,
            "record_matching_model": self.record_matching_model,
        }


def examples() -> strategies.SearchStrategy[Example]:
    """Every option, drawn."""
    keys = strategies.lists(strategies.sampled_from(MATCH_KEYS), min_size=1, max_size=4, unique=True).map(tuple)
    hashed = strategies.frozensets(strategies.sampled_from(HASHED_KEYS), max_size=4)
    return strategies.builds(
        Example,
        seed=strategies.integers(0, 1 << 32),
        profile=strategies.sampled_from(Profile),
        country=strategies.sampled_from(["US", "US", "DE", "GB", "AU"]),
        attribute_matching_model=strategies.sampled_from(AttributeMatchingModel),
        record_matching_model=strategies.sampled_from(RecordMatchingModel),
        rules=strategies.lists(keys, min_size=1, max_size=5).map(tuple),
        hashed=strategies.tuples(hashed, hashed),
        has_country=strategies.booleans(),
        has_deletions=strategies.booleans(),
        text=strategies.sampled_from(
            [
                pyarrow.string(),
                pyarrow.large_string(),
                pyarrow.string_view(),
                pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
            ]
        ),
    )


def write_example(example: Example, folder: Path) -> dict[str, Any]:
    """The example's files, as the first arguments of `mandorla.match`."""
    draw = random.Random(example.seed)
    arguments: dict[str, Any] = {}
    for side, hashed in zip(("source", "target"), example.hashed, strict=True):
        fields = ["id:UNIQUE_ID", *(f"{name}:{described}" for name, (_, described) in COLUMNS.items())]
        # A group is read whole or in digests, never half; a match key that is not hashed here is raw.
        fields = [
            f"{one}:hashed" if one.split(":")[2:] and one.split(":")[2] in hashed and "group" not in one else one
            for one in fields
        ]
        fields += ["country:ADDRESS_COUNTRY"] * example.has_country + ["delete:STRING"] * example.has_deletions
        rows = [row_of(draw, fields, side) for _ in range(draw.choice([0, 1, 60]))]
        files = []
        for number, file_format in enumerate(example.files):
            file = folder / f"{side}-{number}.{file_format}"
            write_rows(file, fields, rows[number :: len(example.files)], example.text)
            files.append(file)
        (folder / f"{side}.json").write_text(json.dumps(schema(fields)))
        arguments |= {side: files, f"{side}_schema": folder / f"{side}.json"}
    rules = [{"ruleName": f"rule {number}", "matchingKeys": list(keys)} for number, keys in enumerate(example.rules)]
    return arguments | {"rules": rules} | example.options()


def row_of(draw: random.Random, fields: Sequence[str], side: str) -> list[str | None]:
    """One row; some ids come often, some are unusable."""
    row: list[str | None] = []
    for one in fields:
        name, *described = one.split(":")
        if name == "id":
            usual = f"{side[0]}{draw.randrange(40)}"
            row.append(
                draw.choice(
                    [usual] * 8 + [f"{side} crowded"] * 3 + [f" {usual} ", "", None, "ü", "\x1cx", "y" * 258, "ü" * 200]
                )
            )
        elif name == "country":
            row.append(draw.choice(COUNTRIES))
        elif name == "delete":
            row.append(draw.choice([None, None, "", "false", "true", " TRUE ", "\u00a0true"]))
        else:
            value = draw.choice(COLUMNS[name][0])
            if "hashed" in described and value is not None:
                value = draw.choice([digest(value), digest(value).upper(), f" {digest(value)} ", EMPTY_DIGEST, "none", ""])
            row.append(value)
    return row


def write_rows(file: Path, fields: Sequence[str], rows: Sequence[Sequence[str | None]], text: pyarrow.DataType) -> None:
    """The rows as a file of its suffix's format."""
    names = [one.partition(":")[0] for one in fields]
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([names, *rows])
        return
    columns = [pyarrow.array([row[place] for row in rows], pyarrow.string()).cast(text) for place in range(len(names))]
    parquet.write_table(pyarrow.table(columns, names=names), file, row_group_size=17)


def mapped(engine: str, arguments: dict[str, Any], folder: Path) -> tuple[list[tuple[str, str, str]], IdMappingResult]:
    """The rows that an engine writes, and what it says of them."""
    output = folder / f"{engine}.parquet"
    result = mandorla.match(output=output, engine=engine, **arguments)
    return mapping_of(output), result
