"""What must hold for every string: the engine gives what the reference gives, and normalizing twice changes nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines import Engine
from mandorla.normalize import ALL_NORMALIZERS, AMAZON_ADS, NORMALIZERS, Profile
from mandorla.normalize.phone_number import readable
from tests.depth import deep
from tests.normalize.computed import computed, computed_by_row

COUNTRIES = ["US", "CA", "GB", "FR", "DE", "ES", "IT", "JP", "IN", "AU", "MX"]
NEAR = st.text(alphabet="abzAZ09 .,-#/'@+()_&!<>\t\n\r\0 éßÄøİıſKﬁ李ー٣１", max_size=14)
WORDS = st.lists(
    st.sampled_from(
        ["12", "12-A", "#4", "Apt#5", "C/O", "North", "Key", "St.", "Straße", "PLAZA", "Ave", "No", "7-9", ",", "(b)"]
    ),
    max_size=6,
).map(" ".join)
LEADS = ["", "+", "+1", "1", "0", "00", "+44", "44", "0044", "+49", "49", "049", "+39", "39", "+81", "81", "010", "+91", "91"]
PHONES = st.tuples(st.sampled_from(LEADS), st.text(alphabet="00123456789-. ()", min_size=6, max_size=14)).map("".join)
STATES = st.sampled_from(["Texas", "west virginia", "Québec", "D.C.", "Île-de-France", "Asturias", "A", "tx", "Hessen", ""])
VALUES = st.one_of(NEAR, WORDS, PHONES, STATES, st.text(max_size=8))


@given(values=st.lists(VALUES, min_size=1, max_size=25), country=st.sampled_from(COUNTRIES))
@settings(max_examples=deep(30), deadline=None, derandomize=True)
def test_the_engine_gives_what_the_reference_gives(engine: Engine, values: list[str], country: str) -> None:
    # A NUL byte belongs to no value: an engine takes it out when it attaches a file.
    values = [value.replace("\0", "") for value in values]
    for normalizer in ALL_NORMALIZERS.values():
        expected = [normalizer.reference(value, country) for value in values]
        assert computed(engine, normalizer, values, country) == expected, normalizer.function_name


@given(values=st.lists(st.tuples(VALUES, st.sampled_from(COUNTRIES)), min_size=1, max_size=25))
@settings(max_examples=deep(8), deadline=None, derandomize=True)
def test_the_engine_reads_each_row_in_its_own_country(engine: Engine, values: list[tuple[str, str]]) -> None:
    values = [(value.replace("\0", ""), country) for value, country in values]
    for attribute_type in (
        AttributeType.PHONE,
        AttributeType.ADDRESS,
        AttributeType.ADDRESS_STATE,
        AttributeType.ADDRESS_POSTALCODE,
    ):
        for profile in (Profile.AMAZON_ADS, Profile.ENTITY_RESOLUTION):
            normalizer = NORMALIZERS[profile][attribute_type]
            expected = [normalizer.reference(value, country) for value, country in values]
            assert computed_by_row(engine, normalizer, values) == expected, normalizer.function_name


@given(value=VALUES, country=st.sampled_from(COUNTRIES))
@settings(max_examples=deep(700), deadline=None, derandomize=True)
def test_normalizing_twice_changes_nothing(value: str, country: str) -> None:
    for profile, normalizers in NORMALIZERS.items():
        for attribute_type, normalizer in normalizers.items():
            if (profile, attribute_type) in NOT_IDEMPOTENT:
                continue
            once = normalizer.reference(value, country)
            assert once is None or normalizer.reference(once, country) == once, normalizer.function_name


# A foreign number loses its plus (the next test), and Entity Resolution's library rules shorten what they made themselves:
# "place" is "pl", and a street of that name alone would be shortened again; the vectors bind us to them.
NOT_IDEMPOTENT = {
    (Profile.AMAZON_ADS, AttributeType.PHONE),
    (Profile.AMAZON_ADS, AttributeType.PHONE_NUMBER),
}


@given(value=PHONES, country=st.sampled_from(COUNTRIES))
@settings(max_examples=deep(700), deadline=None, derandomize=True)
def test_a_readable_number_normalizes_to_itself(value: str, country: str) -> None:
    reference = AMAZON_ADS[AttributeType.PHONE].reference
    once = reference(value, country)
    if once is not None:
        assert reference(readable(once, country), country) == once
