"""What a whole person would match, the parts of a split one match too: held by mapping them, through every location."""

import random
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from mandorla.domain.preparation import PreparationResult
from mandorla.domain.rules import AttributeMatchingModel, RecordMatchingModel, Rule
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.engines.arguments import chosen_mapper
from mandorla.engines.mapper import SourceTable
from mandorla.engines.source_files import source_files
from mandorla.jobs.id_mapping import map_ids
from mandorla.match.compile import MatchingModel
from mandorla.normalize import Profile
from mandorla.prepare.locations import EACH_COLUMN, EVERY_COMBINATION, EVERY_ROW
from tests.match.tables import mapping_of, schema, write
from tests.prepare.prepared import prepared

FIELDS = (
    "id:UNIQUE_ID",
    "name:NAME_FIRST:First",
    "address:ADDRESS:Address",
    "city:ADDRESS_CITY:City",
    "email:EMAIL_ADDRESS:Email",
)
NAME_ADDRESS_EMAIL = Rule("all", ("First", "Address", "Email"))
Row = tuple[str, ...]


def mapped(folder: Path, result: PreparationResult, targets: Iterable[Row], rule: Rule) -> set[str]:
    """The targets that map to the split person, all locations being tables of one namespace."""
    write(folder / "targets.csv", FIELDS, [[f"t{number}", *row] for number, row in enumerate(targets)])
    sources = [SourceTable(files=source_files([Path(one.data)]), schema_mapping=one.schema_mapping) for one in result.locations]
    target = SourceTable(files=source_files([folder / "targets.csv"]), schema_mapping=schema_mapping_from(schema(FIELDS)))
    model = MatchingModel(
        profile=Profile.AMAZON_ADS,
        country="US",
        attribute_matching_model=AttributeMatchingModel.MANY_TO_MANY,
        record_matching_model=RecordMatchingModel.MANY_SOURCE_TO_ONE_TARGET,
    )
    with closing(chosen_mapper("duckdb")) as mapper:
        map_ids(mapper, [target], sources, [rule], model, output=folder / "map.parquet")
    return {source_id for source_id, _, _ in mapping_of(folder / "map.parquet")}


def rows_about(names: int, addresses: int, emails: int, count: int) -> list[Row]:
    """Rows of one person, drawn from so many names, addresses and e-mails."""
    drawn = random.Random(7)
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [
        (
            f"N{letters[drawn.randrange(names)]}",
            f"{drawn.randrange(addresses)} Oak St",
            "Reno",
            f"m{drawn.randrange(emails)}@x.yz",
        )
        for _ in range(count)
    ]


def combined(rows: Sequence[Row]) -> list[Row]:
    """Every name with every address and every e-mail of the rows."""
    names, addresses, emails = ({row[place] for row in rows} for place in (0, 1, 3))
    return [(name, address, "Reno", email) for name, address, email in product(*map(sorted, (names, addresses, emails)))]


CASES = [
    # Few of each: every combination that the wide row would match is matched.
    (rows_about(2, 16, 2, 30), EVERY_COMBINATION, combined),
    (rows_about(4, 8, 6, 24), EVERY_COMBINATION, combined),
    # Many of each: what stood in one row is matched, the second name with the last address among them.
    (rows_about(24, 24, 24, 40), EVERY_ROW, lambda rows: rows),
]


@pytest.mark.parametrize(("rows", "keeps", "wanted"), CASES)
def test_a_split_person_matches_what_the_whole_one_would(rows: list[Row], keeps: str, wanted: object, tmp_path: Path) -> None:
    result = prepared(tmp_path, FIELDS, [["k", *row] for row in rows], collapse=True)
    assert all(len(location.columns) <= 25 for location in result.locations)
    [split] = [finding for finding in result.findings if finding.code == "COLUMNS_SPLIT"]
    assert keeps in split.what
    targets = wanted(rows) if callable(wanted) else []
    assert targets
    assert mapped(tmp_path, result, targets, NAME_ADDRESS_EMAIL) == {f"t{number}" for number in range(len(targets))}


def test_nobody_else_is_matched_because_of_a_split(tmp_path: Path) -> None:
    rows = rows_about(4, 8, 6, 24)
    result = prepared(tmp_path, FIELDS, [["k", *row] for row in rows], collapse=True)
    strangers = [("Nz", "1 Oak St", "Reno", "m1@x.yz"), ("Na", "99 Oak St", "Reno", "m1@x.yz"), ("Na", "1 Oak St", "Reno", "")]
    assert mapped(tmp_path, result, strangers, NAME_ADDRESS_EMAIL) == set()


def test_a_mark_to_delete_and_an_unkeyed_country_stand_in_every_location(tmp_path: Path) -> None:
    fields = (
        "id:UNIQUE_ID",
        "delete:STRING",
        "country:ADDRESS_COUNTRY",
        *(f"k{number}:STRING:K{number}" for number in range(40)),
    )
    result = prepared(tmp_path, fields, [["1", "true", "GB", *map(str, range(40))]])
    assert len(result.locations) > 1
    assert all({"delete", "country"} <= set(location.columns) for location in result.locations)


def test_columns_beyond_all_hope_are_still_written_once(tmp_path: Path) -> None:
    keys = [f"k{number}" for number in range(59)]
    result = prepared(tmp_path, ("id:UNIQUE_ID", *(f"{key}:STRING:{key}" for key in keys)), [["1", *keys]])
    assert {column for location in result.locations for column in location.columns} == {"id", *keys}
    assert EACH_COLUMN in next(finding.what for finding in result.findings if finding.code == "COLUMNS_SPLIT")
