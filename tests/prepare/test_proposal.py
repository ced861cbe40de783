"""A schema mapping proposed from names and values: what is taken for what, how surely, and when there is none."""

from pathlib import Path

import pytest

import mandorla
from mandorla.domain.errors import InvalidInputError
from mandorla.normalize.hashing import digest
from mandorla.prepare.proposal import proposed_field
from tests.match.tables import write
from tests.prepare.prepared import mapped_fields

HEX = digest("a@b.c")
# A column's name, some values of it, and what it is taken for: type, match key, hashed, confidence.
COLUMNS = [
    ("email", ["a@b.c", "x@y.zz"], ("EMAIL_ADDRESS", "Email", False, 0.95)),
    ("E-Mail Address", ["a@b.c", ""], ("EMAIL_ADDRESS", "Email", False, 0.95)),
    ("email_sha256", [HEX, HEX.upper()], ("EMAIL_ADDRESS", "Email", True, 0.95)),
    ("contact", ["a@b.cc", "x@y.zz"], ("EMAIL_ADDRESS", "Email", False, 0.7)),
    ("email", ["yes", "no"], ("EMAIL_ADDRESS", "Email", False, 0.3)),
    ("home_phone_2", ["(206) 345-7890"], ("PHONE", "Phone", False, 0.95)),
    ("FirstName", ["Ann"], ("NAME_FIRST", "FirstName", False, 0.8)),
    ("surname", [], ("NAME_LAST", "LastName", False, 0.8)),
    ("billing_zip", ["98101", "98101-1234"], ("ADDRESS_POSTALCODE", "Postal", False, 0.95)),
    ("address1", ["1 Oak St"], ("ADDRESS", "Address", False, 0.8)),
    ("country", ["US", "Germany"], ("ADDRESS_COUNTRY", "Country", False, 0.95)),
    ("device", ["abcdef01-2345-6789-abcd-ef0123456789"], ("STRING", "MAID", False, 0.7)),
    ("idfa", ["abcdef01-2345-6789-abcd-ef0123456789"], ("STRING", "MAID", False, 0.95)),
    ("rampid", ["XY1"], ("STRING", "LRP", False, 0.8)),
    ("ethnicity", ["x"], None),
    ("realestate", ["x"], None),
    ("token", [HEX], None),
    ("notes", ["called on Monday"], None),
]


@pytest.mark.parametrize(("name", "values", "expected"), COLUMNS)
def test_a_column_is_taken_for_what_its_name_and_values_say(
    name: str, values: list[str], expected: tuple[str, str, bool, float] | None
) -> None:
    proposed = proposed_field(name, values)
    if expected is None:
        assert proposed is None
    else:
        assert proposed is not None
        field = proposed.field
        assert (field.type.value, field.match_key, field.hashed, proposed.confidence) == expected


# The columns, two rows of them, and the columns of the proposal; the first is the unique id.
TABLES = [
    (("customer_id", "email", "order_id"), (("1", "a@b.cc", "7"), ("1", "c@d.ee", "8")), ["customer_id", "email"]),
    (("ref", "email"), (("x1", "a@b.cc"), ("x2", "c@d.ee")), ["ref", "email"]),
    (("Email", "ID"), (("a@b.cc", "1"), ("c@d.ee", "2")), ["email", "id"]),
    (("id", "email", "notes"), (("1", "a@b.cc", "x"), ("2", "c@d.ee", "y")), ["id", "email"]),
]


@pytest.mark.parametrize(("columns", "rows", "expected"), TABLES)
def test_a_table_gets_a_schema_with_a_unique_id(
    columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], expected: list[str], tmp_path: Path
) -> None:
    write(tmp_path / "people.csv", columns, rows)
    result = mandorla.prepare(tmp_path / "people.csv", output=tmp_path / "out", file_format="csv")
    assert result.proposed
    assert [field["fieldName"] for field in mapped_fields(result)] == expected
    assert result.locations[0].schema_mapping.schema_name == "people"
    assert all(column.confidence for column in result.columns)


NO_SCHEMA = [
    (("email", "city"), (("a@b.cc", "Reno"), ("a@b.cc", "Reno")), "UNIQUE_ID_MISSING"),
    (("id", "colour"), (("1", "red"), ("2", "red")), "NOTHING_TO_MATCH"),
]


@pytest.mark.parametrize(("columns", "rows", "code"), NO_SCHEMA)
def test_a_table_that_tells_too_little_is_refused_with_a_mend(
    columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], code: str, tmp_path: Path
) -> None:
    write(tmp_path / "people.csv", columns, rows)
    with pytest.raises(InvalidInputError) as refusal:
        mandorla.prepare(tmp_path / "people.csv", output=tmp_path / "out")
    [finding] = refusal.value.findings
    assert finding.code == code
    assert "--schema" in finding.mend


def test_a_doubtful_column_is_left_out_and_told(tmp_path: Path) -> None:
    write(tmp_path / "people.csv", ("id", "email", "phone"), [("1", "a@b.cc", "yes"), ("2", "c@d.ee", "no")])
    result = mandorla.prepare(tmp_path / "people.csv", output=tmp_path / "out", file_format="csv")
    assert [field["fieldName"] for field in mapped_fields(result)] == ["id", "email"]
    assert ("PROPOSAL_DOUBTFUL", "column 'phone'") in [(finding.code, finding.where) for finding in result.findings]
