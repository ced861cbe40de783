"""Rows that share a unique id become one wide row, without losing a value; what is too wide is split."""

from itertools import combinations
from pathlib import Path

from tests.match.tables import write
from tests.prepare.prepared import again, mapped_fields, prepared, written

FIELDS = (
    "id:UNIQUE_ID",
    "name:NAME_FIRST:First",
    "address:ADDRESS:Address",
    "city:ADDRESS_CITY:City",
    "email:EMAIL_ADDRESS:Email",
)


def test_different_values_stand_side_by_side_in_the_order_first_seen(tmp_path: Path) -> None:
    rows = [
        ["k", "Ann", "1 Oak St", "Reno", "b@x.y"],
        ["j", "Bob", "", "", ""],
        ["k", "Ann", "2 Elm St", "Reno", "a@x.y"],
        ["k", "Ann", "1 Oak St", "Reno", ""],
        ["k", "Anna", "", "", "b@x.y"],
    ]
    result = prepared(tmp_path, FIELDS, rows, collapse=True)
    assert written(result) == [
        {"id": "k", "name": "ann", "address": "1oakst", "city": "reno", "email": "b@x.y",
         "name_2": "anna", "address_2": "2elmst", "city_2": "reno", "email_2": "a@x.y"},
        {"id": "j", "name": "bob", "address": "", "city": "", "email": "",
         "name_2": "", "address_2": "", "city_2": "", "email_2": ""},
    ]  # fmt: skip
    fields = {field["fieldName"]: field for field in mapped_fields(result)}
    assert fields["address_2"] == {"fieldName": "address_2", "type": "ADDRESS", "matchKey": "Address", "hashed": False}
    assert result.counts.keys_by_rows == ((1, 2),)


def test_names_that_are_taken_are_passed_over(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email", "email_2:EMAIL_ADDRESS:Email")
    result = prepared(tmp_path, fields, [["k", "a@x.y", "b@x.y"], ["k", "c@x.y", ""]], collapse=True)
    assert written(result) == [{"id": "k", "email": "a@x.y", "email_2": "b@x.y", "email_3": "c@x.y"}]


def test_26_rows_of_an_id_are_one_row_and_26_values(tmp_path: Path) -> None:
    emails = [f"a{number}@x.y" for number in range(26)]
    fields = ("id:UNIQUE_ID", "name:NAME_FIRST:First", "email:EMAIL_ADDRESS:Email")
    result = prepared(tmp_path, fields, [["k", "Ann", email] for email in emails] + [["j", "Bob", ""]], collapse=True)
    assert [len(location.columns) for location in result.locations] == [25, 5]
    kept = [
        value
        for location in (0, 1)
        for row in written(result, location)
        for name, value in row.items()
        if name.startswith("email")
    ]
    assert [value for value in kept if value] == emails
    # The name stands in both locations, so that name and any e-mail can agree together; j has nothing more to say.
    assert written(result, 1) == [
        {"id": "k", "name": "ann"} | {f"email_{number}": f"a{number - 1}@x.y" for number in range(24, 27)}
    ]
    assert [location.schema_mapping.schema_name for location in result.locations] == ["test-part-1", "test-part-2"]
    assert "COLUMNS_SPLIT" in [finding.code for finding in result.findings]


def test_parts_of_an_address_stay_together_when_columns_are_split(tmp_path: Path) -> None:
    rows = [["k", f"N{'abcdefghijklmnop'[number]}", f"{number} Oak St", f"c{number}", f"a{number}@x.y"] for number in range(16)]
    result = prepared(tmp_path, FIELDS, rows, collapse=True)
    assert len(result.locations) > 1
    for location in result.locations:
        assert len(location.columns) <= 25
        addresses = [name.removeprefix("address") for name in location.columns if name.startswith("address")]
        assert addresses == [name.removeprefix("city") for name in location.columns if name.startswith("city")]
    assert {f"address_{number}" for number in range(2, 17)} <= {name for one in result.locations for name in one.columns}


def test_a_table_of_more_than_25_columns_is_split_without_collapse_too(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", *(f"col{number}:STRING:Key{number}" for number in range(30)))
    rows = [[str(row), *(f"{row} {number}" for number in range(30))] for row in range(3)]
    result = prepared(tmp_path, fields, rows)
    assert all(location.columns[0] == "id" and location.rows == 3 for location in result.locations)
    parts = [folder.name for folder in sorted((tmp_path / "out").iterdir()) if folder.is_dir()]
    assert parts == [f"part-{number}" for number in range(1, len(result.locations) + 1)]
    assert all(len(location.columns) <= 25 for location in result.locations)
    # Any two keys stand together somewhere, so that a rule over both is not lost.
    for pair in combinations([f"col{number}" for number in range(30)], 2):
        assert any(set(pair) <= set(location.columns) for location in result.locations)


def test_a_split_leaves_no_duplicate_rows_in_a_location(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", *(f"col{number}:STRING:Key{number}" for number in range(30)))
    rows = [["k", *["same"] * 29, last] for last in ("one", "other")]
    result = prepared(tmp_path, fields, rows)
    differing = ["col29" in location.columns for location in result.locations]
    assert [location.rows for location in result.locations] == [2 if differs else 1 for differs in differing]
    assert sorted(set(differing)) == [False, True]


def test_rows_of_other_countries_stay_apart_where_raw_postal_codes_need_it(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "zip:ADDRESS_POSTALCODE:Postal", "country:ADDRESS_COUNTRY:Country", "phone:PHONE:Phone")
    rows = [["k", "98101", "US", "2063457890"], ["k", "SW1A 1AA", "GB", "07911123456"], ["k", "98102", "US", ""]]
    plain = prepared(tmp_path, fields, rows, collapse=True)
    assert [(row["zip"], row["zip_2"], row["country"]) for row in written(plain)] == [
        ("98101", "98102", "us"),
        ("SW1A1AA", "", "gb"),
    ]
    assert written(again(plain, tmp_path / "twice")) == written(plain)
    assert prepared(tmp_path, fields, rows, collapse=True, hash=True).counts.rows_written == 1


def test_a_phone_of_another_row_keeps_its_country(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "country:ADDRESS_COUNTRY:Country", "phone:PHONE:Phone")
    write(tmp_path / "raw.csv", fields, [])
    result = prepared(tmp_path, fields, [["k", "US", "2063457890"], ["k", "GB", "07911123456"]], collapse=True)
    assert [list(row.values()) for row in written(result)] == [["k", "us", "12063457890", "gb", "+447911123456"]]
