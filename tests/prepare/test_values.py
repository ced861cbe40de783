"""What becomes of values: normalized, hashed or passed through, rejected and counted."""

import hashlib
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

import mandorla
from mandorla.normalize import Profile
from mandorla.normalize.hashing import EMPTY_DIGEST, digest
from tests.match.tables import schema
from tests.prepare.prepared import again, column, mapped_fields, prepared, written

pytestmark = pytest.mark.usefixtures("preparing_engine")

# Field, raw value, country of the row, what stands in the output, and what stands there with --hash ("#": its digest).
VALUES = [
    ("email:EMAIL_ADDRESS:Email", " Ann.Lee@Example.COM ", "US", "ann.lee@example.com", "#"),
    ("email:EMAIL_ADDRESS:Email", "not an address", "US", "", ""),
    ("phone:PHONE:Phone", "(206) 345-7890", "US", "12063457890", "#"),
    ("phone:PHONE:Phone", "07911 123456", "GB", "447911123456", "#"),
    ("phone:PHONE:Phone", "555-1234", "US", "", ""),
    ("name:NAME_FIRST:FirstName", "Mary-Ann", "US", "maryann", "#"),
    ("name:NAME_FIRST", "Mary-Ann", "US", "maryann", "#"),
    ("zip:ADDRESS_POSTALCODE:Postal", "75236-9599", "US", "75236", "#"),
    ("born:DATE:Birth", " 1990-01-02 ", "US", "1990-01-02", "#"),
    ("born:DATE", " 1990-01-02 ", "US", "1990-01-02", "1990-01-02"),
    ("loyalty:STRING:Loyalty", " L 17 ", "US", "L 17", "#"),
    ("colour:STRING", " red ", "US", "red", "red"),
    ("maid:STRING:MAID", "ABCDEF01-2345-6789-ABCD-EF0123456789", "US", *["abcdef01-2345-6789-abcd-ef0123456789"] * 2),
    ("maid:MAID:MAID", "ABCDEF01-2345-6789-ABCD-EF0123456789", "US", *["abcdef01-2345-6789-abcd-ef0123456789"] * 2),
    ("ramp:STRING:LRP", " XY1 ", "US", "XY1", "XY1"),
    ("partner:PROVIDER_ID:Partner", " XY1 ", "US", "XY1", "XY1"),
    ("email:EMAIL_ADDRESS:Email:hashed", digest("a@b.c").upper() + " ", "US", digest("a@b.c"), digest("a@b.c")),
    ("email:EMAIL_ADDRESS:Email:hashed", "ann@example.com", "US", "", ""),
    ("email:EMAIL_ADDRESS:Email:hashed", EMPTY_DIGEST, "US", "", ""),
]  # fmt: skip


def test_values_are_normalized_and_hashed_by_their_type(tmp_path: Path) -> None:
    """All the cases at once, a column each, in one row for each country."""
    fields = [case[0].replace(":", f"{number}:", 1) for number, case in enumerate(VALUES)]
    header = ("id:UNIQUE_ID", "country:ADDRESS_COUNTRY:Country", *fields)
    countries = ("US", "GB")
    rows = [[code, code, *(case[1] if case[2] == code else "" for case in VALUES)] for code in countries]
    for hashing in (False, True):
        result = prepared(tmp_path, header, rows, hash=hashing)
        found: dict[str, dict[str, str]] = {code: {} for code in countries}
        for location in range(len(result.locations)):
            for row in written(result, location):
                found[row["id"]] |= row
        for number, (field, _, code, plain, as_digest) in enumerate(VALUES):
            name = field.replace(":", f"{number}:", 1).partition(":")[0]
            expected = plain if not hashing else digest(plain) if as_digest == "#" else as_digest
            assert found[code][name] == expected, (field, hashing)
        assert found["US"]["country"] == "us"


def test_the_schema_says_what_is_hashed_now(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email", "country:ADDRESS_COUNTRY:Country", "maid:STRING:MAID")
    result = prepared(tmp_path, fields, [["1", "a@b.c", "US", "x"]], hash=True)
    assert [field.get("hashed") for field in mapped_fields(result)] == [None, True, False, False]
    assert column(result, "email") == [hashlib.sha256(b"a@b.c").hexdigest()]


def test_rejected_values_are_empty_and_counted_with_their_reason(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email", "phone:PHONE:Phone")
    result = prepared(tmp_path, fields, [["1", "nobody", ""], ["2", "a@b.c", "12"], ["3", "", "2063457890"]])
    counted = {one.name: (one.filled, one.rejected, one.reject_reason) for one in result.columns[1:]}
    assert counted == {
        "email": (1, 1, "not an e-mail address"),
        "phone": (1, 1, "not a phone number of its country"),
    }
    assert column(result, "email") == ["", "a@b.c", ""]


def test_a_foreign_phone_is_written_so_that_it_reads_the_same_again(tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "phone:PHONE:Phone")
    result = prepared(tmp_path, fields, [["1", "+44 7911 123456"], ["2", "206 345 7890"]])
    assert column(result, "phone") == ["+447911123456", "12063457890"]
    assert column(again(result, tmp_path / "twice"), "phone") == column(result, "phone")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [(Profile.AMAZON_ADS, "jane.doenews@example.com"), (Profile.ENTITY_RESOLUTION, "janedoe@example.com"),
     (Profile.NONE, "Jane.Doe+news@example.com")],
)  # fmt: skip
def test_each_profile_has_its_own_rules(profile: Profile, expected: str, tmp_path: Path) -> None:
    fields = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")
    result = prepared(tmp_path, fields, [["1", " Jane.Doe+news@example.com "]], profile=profile.value)
    assert column(result, "email") == [expected]


def test_a_group_becomes_one_column_normalized_as_a_whole(tmp_path: Path) -> None:
    fields = (
        "id:UNIQUE_ID", "last:NAME_LAST:Name:group=Full Name", "first:NAME_FIRST:Name:group=Full Name",
        "street:ADDRESS_STREET1:Address:group=home", "country:ADDRESS_COUNTRY:Address:group=home", "phone:PHONE:Phone",
    )  # fmt: skip
    result = prepared(tmp_path, fields, [["1", "Lee", "Ann", "1 High Street", "GB", "07911 123456"]])
    assert written(result) == [
        {"id": "1", "full_name": "annlee", "home": "1highstgb", "country": "gb", "phone": "447911123456"}
    ]
    assert mapped_fields(result)[1] == {"fieldName": "full_name", "type": "NAME", "matchKey": "Name", "hashed": False}
    assert mapped_fields(result)[3] == {"fieldName": "country", "type": "ADDRESS_COUNTRY", "hashed": False}
    assert written(again(result, tmp_path / "twice")) == written(result)


def test_postal_codes_that_lost_their_zeros_are_warned_of_where_a_country_has_five_digits(tmp_path: Path) -> None:
    zips = {"US": 2139, "DK": 2100}
    table = pyarrow.table({"id": ["1", "2"], "zip": list(zips.values()), "country": list(zips)})
    parquet.write_table(table, tmp_path / "a.parquet")
    fields = ("id:UNIQUE_ID", "zip:ADDRESS_POSTALCODE:Postal", "country:ADDRESS_COUNTRY:Country")
    result = mandorla.prepare(tmp_path / "a.parquet", schema=schema(fields), output=tmp_path / "out")
    [lost] = [finding for finding in result.findings if finding.code == "POSTAL_ZERO_LOST"]
    assert lost.where == "column 'zip'"
    assert lost.what.startswith("1 postal code")
