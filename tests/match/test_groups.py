"""Match groups of one side, judged by a union-find in plain Python over the same records."""

import csv
from pathlib import Path
from random import Random

import pytest

from mandorla.domain.rules import AttributeMatchingModel, Rule
from mandorla.domain.schema_mapping import AttributeType, InputField, SchemaMapping
from mandorla.engines.arguments import chosen_engine
from mandorla.engines.source_files import opened
from mandorla.jobs.matching import MatchingTable, match_records
from mandorla.match.compile import MatchingModel
from mandorla.match.group_files import OutputField
from mandorla.normalize import Profile

MAPPING = SchemaMapping(
    schema_name="s",
    mapped_input_fields=(
        InputField(field_name="id", type=AttributeType.UNIQUE_ID),
        InputField(field_name="mobile", type=AttributeType.STRING, match_key="Phone", sub_type="mobile"),
        InputField(field_name="home", type=AttributeType.STRING, match_key="Phone", sub_type="home"),
        InputField(field_name="name", type=AttributeType.STRING, match_key="Name"),
    ),
)
RULES = (Rule("name", ("Name",)), Rule("phone", ("Phone",)))
COLUMNS = ("id", "mobile", "home", "name")


def run(folder: Path, rows: list[tuple[str, ...]], model: AttributeMatchingModel) -> tuple[dict[str, tuple[str, str]], object]:
    """Each record's match id and rule, and the metrics."""
    file = folder / "people.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *rows])
    with chosen_engine("auto") as engine:
        metrics = match_records(
            engine,
            [MatchingTable(input_source_arn="arn:t", files=(opened(file),), schema_mapping=MAPPING)],
            RULES,
            MatchingModel(profile=Profile.NONE, attribute_matching_model=model),
            fields=[OutputField("mobile"), OutputField("name", hashed=True)],
            salt="w",
            folder=folder,
        )
    with (folder / "success.csv").open(newline="") as written:
        return {row["RecordId"]: (row["MatchID"], row["MatchRule"]) for row in csv.DictReader(written)}, metrics


def groups_of(found: dict[str, tuple[str, str]]) -> set[frozenset[str]]:
    """Who has the same match id."""
    by_id: dict[str, set[str]] = {}
    for record, (match_id, _) in found.items():
        by_id.setdefault(match_id, set()).add(record)
    return {frozenset(group) for group in by_id.values()}


def expected_groups(rows: list[tuple[str, ...]], *, across: bool) -> set[frozenset[str]]:
    """The groups by union-find, rule by rule, over what no earlier rule grouped."""
    free, found = {row[0]: row for row in rows}, set()
    for keys in (
        lambda row: {("n", row[3])} if row[3] else set(),
        lambda row: {(0 if across else slot, value) for slot, value in enumerate(row[1:3]) if value},
    ):
        parent = {record: record for record in free}

        def root(record: str, parent: dict[str, str] = parent) -> str:
            while parent[record] != record:
                record = parent[record]
            return record

        holders: dict[object, str] = {}
        for record, row in free.items():
            for key in keys(row):
                parent[root(record)] = root(holders.setdefault(key, record))
        together: dict[str, set[str]] = {}
        for record in free:
            together.setdefault(root(record), set()).add(record)
        grouped = [group for group in together.values() if len(group) > 1]
        found |= {frozenset(group) for group in grouped}
        free = {record: row for record, row in free.items() if not any(record in group for group in grouped)}
    return found | {frozenset([record]) for record in free}


@pytest.mark.parametrize("model", list(AttributeMatchingModel))
@pytest.mark.parametrize("seed", range(4))
def test_groups_are_those_of_union_find(tmp_path: Path, model: AttributeMatchingModel, seed: int) -> None:
    random = Random(seed)

    def value(prefix: str) -> str:
        return "" if random.random() < 0.3 else f"{prefix}{random.randrange(60)}"

    rows = [(f"r{number:03}", value("p"), value("p"), value("n")) for number in range(100)]
    found, _ = run(tmp_path, rows, model)
    across = model is AttributeMatchingModel.MANY_TO_MANY
    assert groups_of(found) == expected_groups(rows, across=across)


def test_a_long_chain_is_one_group(tmp_path: Path) -> None:
    rows = [(f"r{number:03}", f"p{number}", f"p{number + 1}", "") for number in range(300)]
    found, _ = run(tmp_path, rows, AttributeMatchingModel.MANY_TO_MANY)
    assert len(groups_of(found)) == 1


def test_what_an_earlier_rule_grouped_takes_no_part_in_later_ones(tmp_path: Path) -> None:
    rows = [("a", "1", "", "ann"), ("b", "2", "", "ann"), ("c", "2", "", "carl")]
    found, metrics = run(tmp_path, rows, AttributeMatchingModel.ONE_TO_ONE)
    assert groups_of(found) == {frozenset("ab"), frozenset("c")}
    assert [found[record][1] for record in "abc"] == ["name", "name", ""]
    assert (metrics.match_ids, metrics.total_records_processed) == (2, 3)


def test_ids_that_are_missing_or_stand_twice_are_set_aside(tmp_path: Path) -> None:
    rows = [("a", "1", "", ""), ("a", "2", "", ""), ("", "1", "", ""), ("b", "1", "", "")]
    found, metrics = run(tmp_path, rows, AttributeMatchingModel.ONE_TO_ONE)
    assert set(found) == {"b"}
    assert (metrics.input_records, metrics.records_not_processed) == (4, 3)
    lines = (tmp_path / "error.csv").read_text().splitlines()
    assert sorted(lines[1:]) == ["arn:t,,The unique id is missing."] + ["arn:t,a,The unique id is not unique."] * 2


def test_match_ids_stay_from_run_to_run(tmp_path: Path) -> None:
    rows = [("a", "1", "", ""), ("b", "1", "", "")]
    first, _ = run(tmp_path, rows, AttributeMatchingModel.ONE_TO_ONE)
    second, _ = run(tmp_path, [*rows, ("c", "1", "", "")], AttributeMatchingModel.ONE_TO_ONE)
    assert first["a"] == second["c"]
    assert len(first["a"][0]) == 32
