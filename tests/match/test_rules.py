"""The worked examples of the specification (section 7), each as two small tables, and what they must map to."""

from pathlib import Path
from typing import Any

import pytest

import mandorla
from mandorla.normalize.hashing import EMPTY_DIGEST, digest
from tests.match.tables import mapping_of, schema, write

EMAIL = {"ruleName": "email", "matchingKeys": ["Email"]}
PHONE = {"ruleName": "phone", "matchingKeys": ["Phone"]}
NAME = {"ruleName": "name", "matchingKeys": ["FirstName", "LastName"]}

ID, MAIL = "id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email"
PHONES = (ID, "mobile:PHONE:Phone", "home:PHONE:Phone")
PEOPLE = (ID, MAIL, "phone:PHONE:Phone")
HASHED_MAIL = "email:EMAIL_ADDRESS:Email:hashed"

JANE = digest("jane@example.com")
MAID = "38400000-8cf0-11bd-b23e-10b96e40000d"

# name: (source fields, source rows, target fields, target rows, rules, options, expected mapping)
CASES: dict[str, tuple[Any, ...]] = {
    "W3, many to many: any phone with any": (
        PHONES,
        [["X", "2065550111", "2065550122"]],
        PHONES,
        [["Y", "2065550122", "2065550133"]],
        [PHONE],
        {},
        [("X", "Y", "phone")],
    ),
    "W3, one to one: mobile with mobile, home with home": (
        PHONES,
        [["X", "2065550111", "2065550122"], ["Z", "2065550122", ""]],
        PHONES,
        [["Y", "2065550122", "2065550133"]],
        [PHONE],
        {"attribute_matching_model": "ONE_TO_ONE"},
        [("Z", "Y", "phone")],
    ),
    "one to one: one field on either side is compared whatever its name": (
        (ID, "mail:EMAIL_ADDRESS:Email"),
        [["s", "a@example.com"]],
        (ID, MAIL),
        [["t", "a@example.com"]],
        [EMAIL],
        {"attribute_matching_model": "ONE_TO_ONE"},
        [("s", "t", "email")],
    ),
    "W4: a later rule that asks for more never gets a pair": (
        PEOPLE,
        [["s", "a@example.com", "2065550111"]],
        PEOPLE,
        [["t", "a@example.com", "2065550111"]],
        [EMAIL, {"ruleName": "both", "matchingKeys": ["Email", "Phone"]}],
        {},
        [("s", "t", "email")],
    ),
    "C1: a hash meets a raw value, in either case and with spaces": (
        (ID, HASHED_MAIL),
        [["a", JANE], ["b", f" {JANE.upper()} "], ["c", "jane@example.com"], ["d", EMPTY_DIGEST]],
        (ID, MAIL),
        [["t", "Jane@Example.com"], ["u", ""]],
        [EMAIL],
        {},
        [("a", "t", "email"), ("b", "t", "email")],
    ),
    "C1: a raw value meets a hash": (
        (ID, MAIL),
        [["a", " jane@example.com "]],
        (ID, HASHED_MAIL),
        [["t", JANE]],
        [EMAIL],
        {},
        [("a", "t", "email")],
    ),
    "a hash meets a raw value in a rule of several keys": (
        (ID, "f:NAME_FIRST:FirstName:hashed", "l:NAME_LAST:LastName"),
        [["a", digest("jane"), "Doe"]],
        (ID, "f:NAME_FIRST:FirstName", "l:NAME_LAST:LastName:hashed"),
        [["t", "Jane", digest("doe")]],
        [NAME],
        {},
        [("a", "t", "name")],
    ),
    "C2: mobile ad ids ignore case and are never hashed": (
        (ID, "maid:STRING:MAID"),
        [["a", MAID.upper()], ["b", digest(MAID)]],
        (ID, "maid:MAID:MAID"),
        [["t", MAID]],
        [{"ruleName": "maid", "matchingKeys": ["MAID"]}],
        {"profile": "none"},
        [("a", "t", "maid")],
    ),
    "C3: the empty string's digest matches nothing, not even itself": (
        (ID, HASHED_MAIL),
        [["a", EMPTY_DIGEST]],
        (ID, HASHED_MAIL),
        [["t", EMPTY_DIGEST]],
        [EMAIL],
        {},
        [],
    ),
    "null, empty, blank and invalid values match nothing": (
        PEOPLE,
        [["a", "", ""], ["b", " ", "12"], ["c", "no address", "n/a"]],
        PEOPLE,
        [["t", "", ""], ["u", " ", "12"], ["v", "no address", "n/a"]],
        [EMAIL, PHONE],
        {},
        [],
    ),
    "C4: an earlier rule wins over a later one": (
        PEOPLE,
        [["s", "a@example.com", "2065550111"]],
        PEOPLE,
        [["t1", "", "2065550111"], ["t2", "a@example.com", ""]],
        [EMAIL, PHONE],
        {},
        [("s", "t2", "email")],
    ),
    "several targets at one rule: the smallest id": (
        (ID, MAIL),
        [["s", "a@example.com"]],
        (ID, MAIL),
        [["t9", "a@example.com"], ["t10", "a@example.com"], ["u", "a@example.com"]],
        [EMAIL],
        {},
        [("s", "t10", "email")],
    ),
    "C5: many sources keep one target": (
        (ID, MAIL),
        [["s1", "a@example.com"], ["s2", "a@example.com"]],
        (ID, MAIL),
        [["t", "a@example.com"]],
        [EMAIL],
        {},
        [("s1", "t", "email"), ("s2", "t", "email")],
    ),
    "C5: one source keeps one target, the smallest id": (
        (ID, MAIL),
        [["s2", "a@example.com"], ["s1", "a@example.com"]],
        (ID, MAIL),
        [["t", "a@example.com"]],
        [EMAIL],
        {"record_matching_model": "ONE_SOURCE_TO_ONE_TARGET"},
        [("s1", "t", "email")],
    ),
    "one source keeps one target: the earlier rule before the smaller id": (
        PEOPLE,
        [["s1", "", "2065550111"], ["s2", "a@example.com", ""]],
        PEOPLE,
        [["t", "a@example.com", "2065550111"]],
        [EMAIL, PHONE],
        {"record_matching_model": "ONE_SOURCE_TO_ONE_TARGET"},
        [("s2", "t", "email")],
    ),
    "C8: a rule whose key a side lacks is skipped": (
        (ID, MAIL),
        [["s", "a@example.com"]],
        PEOPLE,
        [["t", "a@example.com", "2065550111"]],
        [PHONE, EMAIL],
        {},
        [("s", "t", "email")],
    ),
    "the keys of a rule agree within one row": (
        PEOPLE,
        [["s", "a@example.com", ""], ["s", "", "2065550111"]],
        PEOPLE,
        [["t", "a@example.com", "2065550111"]],
        [{"ruleName": "both", "matchingKeys": ["Email", "Phone"]}],
        {},
        [],
    ),
    "fields of one match key: two e-mails, the second one meets": (
        (ID, MAIL, "email_2:EMAIL_ADDRESS:Email"),
        [["s", "a@example.com", "b@example.com"]],
        (ID, MAIL),
        [["t", "B@Example.com"]],
        [EMAIL],
        {},
        [("s", "t", "email")],
    ),
    "grouped names are joined before they are normalized": (
        (ID, "first:NAME_FIRST:Name:group=n", "last:NAME_LAST:Name:group=n"),
        [["s", "Ann", "Lee"]],
        (ID, "name:NAME:Name"),
        [["t", "ANN LEE"]],
        [{"ruleName": "name", "matchingKeys": ["Name"]}],
        {"profile": "entity-resolution"},
        [("s", "t", "name")],
    ),
    "a group is joined in the documented order, whatever the order of its columns": (
        (ID, "l:NAME_LAST:Name:group=n", "f:NAME_FIRST:Name:group=n"),
        [["s", "Lee", "Ann"]],
        (ID, "name:NAME:Name"),
        [["t", "Ann Lee"]],
        [{"ruleName": "name", "matchingKeys": ["Name"]}],
        {},
        [("s", "t", "name")],
    ),
    "a group is what it holds: a part that is missing is left out": (
        (ID, "f:NAME_FIRST:Name:group=n", "m:NAME_MIDDLE:Name:group=n", "l:NAME_LAST:Name:group=n"),
        [["s1", "Ann", "", "Lee"], ["s2", "", " ", "Cher"], ["s3", "", "", ""]],
        (ID, "name:NAME:Name"),
        [["t1", "Ann Lee"], ["t2", "Cher"], ["t3", ""]],
        [{"ruleName": "name", "matchingKeys": ["Name"]}],
        {},
        [("s1", "t1", "name"), ("s2", "t2", "name")],
    ),
    "an ungrouped part is normalized by its type": (
        (ID, "first:NAME_FIRST:FirstName"),
        [["s", " ANN "]],
        (ID, "first:NAME_FIRST:FirstName"),
        [["t", "ann"]],
        [{"ruleName": "first", "matchingKeys": ["FirstName"]}],
        {"profile": "entity-resolution"},
        [("s", "t", "first")],
    ),
    "strict grouping leaves an ungrouped part as it is": (
        (ID, "first:NAME_FIRST:FirstName"),
        [["s", "ANN"], ["r", " ann "]],
        (ID, "first:NAME_FIRST:FirstName"),
        [["t", "ann"]],
        [{"ruleName": "first", "matchingKeys": ["FirstName"]}],
        {"profile": "entity-resolution", "strict_grouping": True},
        [("r", "t", "first")],
    ),
    "each row is read in the country that its column names, else in the default one": (
        (ID, "phone:PHONE:Phone", "cc:ADDRESS_COUNTRY"),
        [["s1", "07911 123456", "United Kingdom"], ["s2", "(206) 555-0111", ""], ["s3", "07911 123456", "US"]],
        (ID, "phone:PHONE:Phone"),
        [["t1", "+44 7911 123456"], ["t2", "+1 206 555 0111"]],
        [PHONE],
        {},
        [("s1", "t1", "phone"), ("s2", "t2", "phone")],
    ),
    "the default country is an option": (
        (ID, "phone:PHONE:Phone"),
        [["s", "07911 123456"]],
        (ID, "phone:PHONE:Phone"),
        [["t", "+447911123456"]],
        [PHONE],
        {"country": "gb"},
        [("s", "t", "phone")],
    ),
    "without normalization values are compared as they stand, trimmed": (
        (ID, MAIL),
        [["s1", " a@example.com "], ["s2", "A@example.com"]],
        (ID, MAIL),
        [["t", "a@example.com"]],
        [EMAIL],
        {"profile": "none"},
        [("s1", "t", "email")],
    ),
    "W6: a record marked DELETE is left out": (
        (ID, MAIL, "DELETE:STRING"),
        [["s1", "a@example.com", "false"], ["s2", "b@example.com", "true"], ["s3", "c@example.com", ""]],
        (ID, MAIL),
        [["t1", "a@example.com"], ["t2", "b@example.com"], ["t3", "c@example.com"]],
        [EMAIL],
        {},
        [("s1", "t1", "email"), ("s3", "t3", "email")],
    ),
    "ids are compared byte by byte, and only trimmed": (
        (ID, MAIL),
        [["007", "a@example.com"], [" 7 ", "a@example.com"], ["7.0", "a@example.com"]],
        (ID, MAIL),
        [["T", "a@example.com"]],
        [EMAIL],
        {},
        [("007", "T", "email"), ("7", "T", "email"), ("7.0", "T", "email")],
    ),
    "length leads each part of a composite key: ab and c are not a and bc": (
        (ID, "f:STRING:FirstName", "l:STRING:LastName"),
        [["s", "ab", "c"]],
        (ID, "f:STRING:FirstName", "l:STRING:LastName"),
        [["t", "a", "bc"]],
        [NAME],
        {},
        [],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_worked_example(case: tuple[Any, ...], tmp_path: Path) -> None:
    source_fields, source, target_fields, target, rules, options, expected = case
    write(tmp_path / "source.csv", source_fields, source)
    write(tmp_path / "target.csv", target_fields, target)
    output = tmp_path / "map.parquet"
    files = (tmp_path / "source.csv", schema(source_fields), tmp_path / "target.csv", schema(target_fields))
    mandorla.match(*files, rules, output, **options)
    assert mapping_of(output) == expected


def test_rows_beyond_the_first_25_of_an_id_are_not_considered(tmp_path: Path) -> None:
    """W8, and the count that a user sees: the same id in two files is one person, in the order of files and rows."""
    first = [["u1", f"other{number}@example.com"] for number in range(20)]
    second = [["u1", f"more{number}@example.com"] for number in range(5)] + [
        ["u1", "known@example.com"],
        ["u2", "b@example.com"],
    ]
    write(tmp_path / "a.csv", (ID, MAIL), first)
    write(tmp_path / "b.csv", (ID, MAIL), second)
    write(tmp_path / "t.csv", (ID, MAIL), [["t", "known@example.com"], ["v", "b@example.com"]])
    fields = schema((ID, MAIL))
    output = tmp_path / "map.parquet"
    result = mandorla.match([tmp_path / "a.csv", tmp_path / "b.csv"], fields, tmp_path / "t.csv", fields, [EMAIL], output)
    assert mapping_of(output) == [("u2", "v", "email")]
    assert (result.source.rows_beyond_limit, result.source.ids_beyond_limit, result.source.unique_records) == (1, 1, 2)
    result = mandorla.match([tmp_path / "b.csv", tmp_path / "a.csv"], fields, tmp_path / "t.csv", fields, [EMAIL], output)
    assert mapping_of(output) == [("u1", "t", "email"), ("u2", "v", "email")]


def test_a_collapsed_row_keeps_all_values(tmp_path: Path) -> None:
    """W8: `Unique key1, Address1, Address2`, both on the match key Address."""
    fields = (ID, "address:ADDRESS:Address", "address_2:ADDRESS:Address")
    write(tmp_path / "s.csv", fields, [["k1", "1 Oak St", "2 Elm Street"]])
    write(tmp_path / "t.csv", (ID, "address:ADDRESS:Address"), [["t", "2 elm st"]])
    rules = [{"ruleName": "address", "matchingKeys": ["Address"]}]
    output = tmp_path / "map.parquet"
    mandorla.match(
        tmp_path / "s.csv", schema(fields), tmp_path / "t.csv", schema((ID, "address:ADDRESS:Address")), rules, output
    )
    assert mapping_of(output) == [("k1", "t", "address")]


def test_metrics_keep_their_invariants_and_say_why(tmp_path: Path) -> None:
    source = [["s1", "a@example.com"], ["s1", "b@example.com"], ["s2", "nobody"], ["", "c@example.com"]]
    write(tmp_path / "s.csv", (ID, MAIL), [*source, ["junk", "noreply@example.com"]])
    write(tmp_path / "t.csv", (ID, MAIL), [["t1", "B@example.com"], ["t2", "noreply@example.com"]])
    fields = schema((ID, MAIL))
    rules = [{"ruleName": "phone", "matchingKeys": ["Phone"]}, EMAIL]
    result = mandorla.match(tmp_path / "s.csv", fields, tmp_path / "t.csv", fields, rules, tmp_path / "m.parquet", explain=True)
    metrics = result.metrics
    assert metrics.input_records == metrics.total_records_processed + metrics.records_not_processed == 7
    assert (metrics.records_not_processed, metrics.unique_records_loaded) == (1, 5)
    assert (metrics.total_mapped_records, metrics.total_mapped_target_records, metrics.new_mapped_records) == (2, 2, 2)
    skipped, email = result.rules
    assert skipped.skipped_because == "the source has no field with the match key Phone"
    assert (email.candidate_pairs, email.candidate_sources, email.candidate_targets) == (2, 2, 2)
    fill = result.fields[0]
    assert (fill.side, fill.match_key, fill.records, fill.filled, fill.rejected) == ("source", "Email", 4, 4, 1)
    assert result.match_rate == pytest.approx(2 / 3)


def test_a_key_that_thousands_share_is_named_by_its_place_and_not_shown(tmp_path: Path) -> None:
    write(tmp_path / "s.csv", (ID, MAIL), [["first", "a@example.com"]] + [[f"s{n}", "noreply@example.com"] for n in range(40)])
    write(tmp_path / "t.csv", (ID, MAIL), [[f"t{n}", "NoReply@example.com"] for n in range(50)])
    fields = schema((ID, MAIL))
    result = mandorla.match(
        tmp_path / "s.csv", fields, tmp_path / "t.csv", fields, [EMAIL], tmp_path / "m.parquet", explain=True
    )
    [junk] = result.rules[0].junk_keys
    assert (junk.sources, junk.targets, result.rules[0].candidate_pairs) == (40, 50, 2000)
    assert (junk.example_source_place, junk.example_target_place) == ("s.csv, row 2", "t.csv, row 1")
    assert "noreply" not in str(result).lower()
