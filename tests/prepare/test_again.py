"""Preparing what was prepared changes nothing: not a byte of the data, not a field of the schema mapping."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mandorla.normalize import Profile
from tests.depth import deep
from tests.prepare.prepared import again, prepared

pytestmark = pytest.mark.usefixtures("preparing_engine")

FIELDS = (
    "id:UNIQUE_ID", "first:NAME_FIRST:First", "email:EMAIL_ADDRESS:Email", "phone:PHONE:Phone", "address:ADDRESS:Address",
    "state:ADDRESS_STATE:State", "zip:ADDRESS_POSTALCODE:Postal", "country:ADDRESS_COUNTRY:Country", "maid:STRING:MAID",
    "digest:EMAIL_ADDRESS:Other:hashed",
)  # fmt: skip
WRITTEN = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)
VALUES = (
    st.sampled_from(["1", "2", " 2", "é", "x y"]),
    st.sampled_from(["José", "Mary-Ann", "  ", "ΣΊΓΜΑ"]) | WRITTEN,
    st.sampled_from(["Ann@Example.com", "nobody", "Ann <a.b+c@x.y>"]) | WRITTEN,
    st.sampled_from(["(206) 345-7890", "+44 7911 123456", "07911 123456", "9123456789", "390612345678", "555-1234"]) | WRITTEN,
    st.sampled_from(["12 Main Street, Apt #4-B", "8938-40 S Cottage", "Straße 5"]) | WRITTEN,
    st.sampled_from(["West Virginia", "wv", "Québec", "Île-de-France"]) | WRITTEN,
    st.sampled_from(["75236-9599", "SW1A 1AA", "787-0150", "501"]) | WRITTEN,
    st.sampled_from(["US", "usa", "GB", "India", "Atlantis", "", "jp", "IT"]),
    st.sampled_from(["ABCDEF01-2345-6789-ABCD-EF0123456789", ""]),
    st.sampled_from(["A" * 64, " " + "b" * 64, "clear text", ""]),
)


@pytest.mark.parametrize("hashing", [False, True], ids=["plain", "hashed"])
@pytest.mark.parametrize("profile", Profile)
@given(rows=st.lists(st.tuples(*VALUES), min_size=1, max_size=8), collapse=st.booleans())
# Each example is two whole preparations, so shrinking one would take minutes; a failing example has eight rows at most.
@settings(max_examples=deep(3), deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_preparing_twice_changes_nothing(
    profile: Profile, *, hashing: bool, rows: list[tuple[str, ...]], collapse: bool
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        once = prepared(folder, FIELDS, rows, profile=profile.value, hash=hashing, collapse=collapse)
        twice = again(once, folder / "twice", profile=profile.value, hash=hashing, collapse=collapse)
        assert Path(twice.locations[0].data).read_bytes() == Path(once.locations[0].data).read_bytes()
        schemas = [Path(result.locations[0].schema_payload).read_text() for result in (once, twice)]
        assert schemas[0].replace("-part-1", "") == schemas[1].replace("-part-1", "")
        assert twice.counts.duplicate_rows == twice.counts.rows_rejected == 0


def test_parquet_and_csv_hold_the_same_and_each_can_be_prepared_from_the_other(tmp_path: Path) -> None:
    fields = FIELDS[:4]
    rows = [["1", "José", "a@b.c", "+44 7911 123456"], ["2", "", "", ""]]
    once = prepared(tmp_path, fields, rows, file_format="parquet")
    as_csv = again(once, tmp_path / "csv", file_format="csv")
    assert Path(again(as_csv, tmp_path / "back", file_format="parquet").locations[0].data).read_bytes() == (
        Path(once.locations[0].data).read_bytes()
    )
