"""Synthetic people: the same bytes from the same seed, in the shape that is promised, and payloads that our readers accept."""

from pathlib import Path

import duckdb
import pytest

from mandorla.domain.rules_payload import rules_from
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.engines.synthetic_people import (
    CHUNK_ROWS,
    SOURCE_FILLED,
    TARGET_FILLED,
    SyntheticPeople,
    populations,
    write_people,
)
from mandorla.normalize import email_address, phone_number, postal_code

ROWS = CHUNK_ROWS + 10_000


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> SyntheticPeople:
    return write_people(tmp_path_factory.mktemp("people"), source_rows=ROWS, target_rows=ROWS)


def asked(question: str, **parameters: object) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(question, parameters or None).fetchall()


def number(question: str, **parameters: object) -> float:
    [(answer,)] = asked(question, **parameters)
    assert isinstance(answer, int | float)
    return answer


def contents(people: SyntheticPeople) -> list[bytes]:
    files = (people.source, people.target, people.truth, people.source_schema, people.target_schema, people.rules)
    return [file.read_bytes() for file in files]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_the_number_of_threads_changes_no_byte(tmp_path: Path, file_format: str) -> None:
    written = [
        contents(
            write_people(
                tmp_path / f"{threads}",
                source_rows=CHUNK_ROWS * 2 + 5,
                target_rows=1000,
                file_format="csv" if file_format == "csv" else "parquet",
                threads=threads,
            )
        )
        for threads in (1, 3)
    ]
    assert written[0] == written[1]


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    seven, eight = (
        contents(write_people(tmp_path / f"{seed}", source_rows=100, target_rows=100, seed=seed)) for seed in (7, 8)
    )
    assert all(one != other for one, other in zip(seven[:3], eight[:3], strict=True))


def test_both_formats_hold_the_same_rows(tmp_path: Path) -> None:
    as_parquet = write_people(tmp_path, source_rows=5000, target_rows=4000)
    as_csv = write_people(tmp_path, source_rows=5000, target_rows=4000, file_format="csv")
    for parquet_file, csv_file in ((as_parquet.source, as_csv.source), (as_parquet.target, as_csv.target)):
        rows = asked("FROM read_parquet($file)", file=str(parquet_file))
        assert rows == asked("FROM read_csv($file, all_varchar = true)", file=str(csv_file))


def test_every_column_is_text(people: SyntheticPeople) -> None:
    for file in (people.source, people.target, people.truth):
        types = asked("SELECT DISTINCT column_type FROM (DESCRIBE FROM read_parquet($file))", file=str(file))
        assert types == [("VARCHAR",)]


@pytest.mark.parametrize("side", ["source", "target"])
def test_columns_are_filled_as_often_as_said(people: SyntheticPeople, side: str) -> None:
    file, filled = {"source": (people.source, SOURCE_FILLED), "target": (people.target, TARGET_FILLED)}[side]
    for column, percent in filled.items():
        share = number(f"SELECT 100 * count({column}) / count(*) FROM read_parquet($file)", file=str(file))
        assert share == pytest.approx(percent, abs=0.5), column


def test_six_in_ten_customers_are_users(people: SyntheticPeople) -> None:
    known = number(
        """
        SELECT count(DISTINCT customerid) FILTER (target_id IN (SELECT userid FROM read_parquet($target)))
             / count(DISTINCT customerid)
        FROM read_parquet($source) LEFT JOIN read_parquet($truth) ON customerid = source_id
        """,
        source=str(people.source),
        target=str(people.target),
        truth=str(people.truth),
    )
    assert known == pytest.approx(0.6, abs=0.002)


def test_thirteen_rows_in_a_hundred_are_further_rows_of_somebody(people: SyntheticPeople) -> None:
    for file, column in ((people.source, "customerid"), (people.target, "userid")):
        share = number(f"SELECT 1 - count(DISTINCT {column}) / count(*) FROM read_parquet($file)", file=str(file))
        assert share == pytest.approx(0.13, abs=0.001)
        rows = f"SELECT max(rows) FROM (SELECT count(*) AS rows FROM read_parquet($file) GROUP BY {column})"
        assert number(rows, file=str(file)) <= 25


def test_one_row_in_two_thousand_has_the_junk_address(people: SyntheticPeople) -> None:
    question = "SELECT 2000 * count(*) FILTER (email = 'noreply@example.com') / count(*) FROM read_parquet($file)"
    for file in (people.source, people.target):
        assert number(question, file=str(file)) == pytest.approx(1, abs=0.5)


def test_homes_share_phones_and_addresses(people: SyntheticPeople) -> None:
    question = """
        SELECT count(*) FROM (
            SELECT 1 FROM read_parquet($file) WHERE {column} IS NOT NULL
            GROUP BY regexp_replace({column}, '^[+]?1|[^0-9]', '', 'g') HAVING count(DISTINCT customerid) = 2
        )
    """
    assert number(question.format(column="phone"), file=str(people.source)) > ROWS / 200
    question = """
        SELECT count(*) FROM (
            SELECT 1 FROM read_parquet($file) WHERE address IS NOT NULL
            GROUP BY regexp_extract(address, '^[0-9]+'), left(zip, 5), city HAVING count(DISTINCT customerid) = 2
        )
    """
    assert number(question, file=str(people.source)) > ROWS / 200


def test_values_are_of_their_kind_and_few_are_not(people: SyntheticPeople) -> None:
    judges = (("email", email_address), ("phone", phone_number), ("phone_2", phone_number), ("zip", postal_code))
    for column, judge in judges:
        values = asked(
            f"SELECT {column} FROM read_parquet($file) WHERE {column} IS NOT NULL LIMIT 20000", file=str(people.source)
        )
        refused = sum(judge.AMAZON_ADS.reference(str(value), "US") is None for (value,) in values)
        assert refused <= len(values) / 200, column
        assert column in ("email", "phone_2") or refused > 0, column


def test_people_of_both_tables_meet_by_their_values(people: SyntheticPeople) -> None:
    met = number(
        """
        SELECT count(DISTINCT source_id) / (SELECT count(*) FROM read_parquet($truth))
        FROM read_parquet($truth)
        JOIN read_parquet($source) AS customers ON customerid = source_id
        JOIN read_parquet($target) AS users ON userid = target_id
        WHERE lower(trim(customers.email)) = lower(trim(users.email)) OR lower(customers.maid) = lower(users.maid)
        """,
        source=str(people.source),
        target=str(people.target),
        truth=str(people.truth),
    )
    assert 0.4 < met < 0.7


def test_our_own_readers_accept_the_payloads(people: SyntheticPeople) -> None:
    for payload, file in (
        (people.source_schema_payload, people.source),
        (people.target_schema_payload, people.target),
    ):
        columns = asked("SELECT column_name FROM (DESCRIBE FROM read_parquet($file))", file=str(file))
        assert [(name,) for name in schema_mapping_from(payload).column_names] == columns
    keys = {field.get("matchKey") for field in people.source_schema_payload["mappedInputFields"]}
    assert {key for rule in rules_from(people.rules_payload) for key in rule.matching_keys} <= keys


@pytest.mark.parametrize(("source_rows", "target_rows"), [(0, 0), (1, 1), (3, 1000), (1000, 3)])
def test_tables_may_be_of_any_size(tmp_path: Path, source_rows: int, target_rows: int) -> None:
    people = write_people(tmp_path, source_rows=source_rows, target_rows=target_rows)
    rows = "SELECT count(*) FROM read_parquet($file)"
    assert number(rows, file=str(people.source)) == source_rows
    assert number(rows, file=str(people.target)) == target_rows
    source, target = populations(source_rows, target_rows)
    assert number(rows, file=str(people.truth)) <= min(source.people, target.people)


def test_nothing_stays_behind_when_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "source.parquet").mkdir()
    (tmp_path / "source.parquet" / "occupied").touch()
    with pytest.raises(OSError, match=r"source\.parquet"):
        write_people(tmp_path, source_rows=10, target_rows=10)
    assert [path.name for path in tmp_path.iterdir()] == ["source.parquet"]
