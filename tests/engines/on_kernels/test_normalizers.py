"""The kernels answer what the references answer, or say that the reference has to be asked; and they stay in their room."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines.on_kernels.compiled import kernel
from mandorla.engines.on_kernels.memory import address_of
from mandorla.engines.on_kernels.normalizers import COUNTRIES, NUMBERS, UNDECIDED, WORDS, country_number, normalized
from mandorla.engines.on_kernels.normalizers.blocks import packed_slowly, store_kept
from mandorla.normalize import ALL_NORMALIZERS, AMAZON_ADS, ENTITY_RESOLUTION, NORMALIZERS, Profile
from tests.conftest import REPOSITORY
from tests.depth import deep

CANARY = 0xA5
AROUND = 64
PAGE_BYTES = 4096


@kernel
def normalize(number: int, text: int, length: int, country: int, out: int, words: Any) -> int:
    """A normalizer for who is not compiled."""
    return normalized(number, text, length, country, out, address_of(words))


def answer(number: int, raw: bytes, country: int) -> bytes | None:
    """What a kernel writes, None for UNDECIDED, wherever in memory the text lies."""
    memory = np.full(2 * PAGE_BYTES + len(raw), CANARY, dtype=np.uint8)
    page = -memory.ctypes.data % PAGE_BYTES
    # At the beginning of a page, where a kernel may read on, and at the end of one, where it must not.
    found = {answer_at(number, memory[page + at :][: len(raw)], raw, country) for at in (0, max(0, PAGE_BYTES - len(raw)))}
    assert len(found) == 1
    return found.pop()


def answer_at(number: int, text: Any, raw: bytes, country: int) -> bytes | None:
    """The same of a text in some memory; nothing beside the kernel's room may change."""
    text[:] = np.frombuffer(raw, dtype=np.uint8)
    room = 2 * len(raw) + 64
    out = np.full(room + 2 * AROUND, CANARY, dtype=np.uint8)
    length = normalize(number, text.ctypes.data, len(raw), country, out.ctypes.data + AROUND, WORDS)
    assert UNDECIDED <= length <= room
    assert (out[:AROUND] == CANARY).all()
    assert (out[AROUND + room :] == CANARY).all()
    return None if length == UNDECIDED else out[AROUND : AROUND + length].tobytes()


def is_right(name: str, value: str, country: str) -> bool | None:
    """True if the kernel gives what the reference gives, None if it leaves that to it."""
    found = answer(NUMBERS[name], value.encode(), country_number(country))
    return None if found is None else found.decode() == (ALL_NORMALIZERS[name].reference(value, country) or "")


ALL_COUNTRIES = [*COUNTRIES, "BR", "ZA", "AC"]
NEAR = st.text(alphabet="abzAZ09 .,-#/'@+()_&!<>[]{}\"\t\n\r\0\x1c\x1f\x85\xa0 éßÄøåÅÿİıſKÅﬁẞ’ął李ー٣１＋\u3000Σ𝒜", max_size=14)
WORDS_OF_STREETS = st.lists(
    st.sampled_from(
        [
            "12",
            "12-A",
            "12-a-b",
            "12-14",
            "#4",
            "#",
            "##",
            "Apt#5",
            "A#B#C",
            "x.y#4",
            "#1#2",
            "12-a#3",
            "-",
            "1-",
            "-1",
            "C/O",
            "c/o/c/o",
            "_c/o",
            "North",
            "north-east",
            "Key",
            "key,key",
            "St.",
            "Str.",
            "Straße",
            "PLAZA",
            "Ave",
            "No",
            "no.",
            "num",
            "Nº",
            "place",
            "center-place",
            "center",
            "PL",
            "c.",
            "c/",
            "c\\",
            "v.",
            "p.zza",
            "autopista",
            "ctrin.",
            ",",
            "(b)",
            "so",
            "é",
            "Île",
            "café",
        ]
    ),
    max_size=7,
)
STREETS = st.tuples(WORDS_OF_STREETS, st.sampled_from([" ", " ", "  ", ", ", ",", "", "\t"])).map(
    lambda pair: pair[1].join(pair[0])
)
LEADS = [
    "+",
    "+1",
    "1",
    "0",
    "00",
    "+44",
    "44",
    "0044",
    "+49",
    "49",
    "049",
    "+39",
    "39",
    "+81",
    "81",
    "010",
    "+91",
    "91",
    "+61",
    "001",
    "14",
    "+7",
    "+55",
    "180",
    "0180",
    "003768",
    "000",
    "183",
    "011",
    "(+",
    "(",
    "+0",
    "++",
    "＋44",
]
PHONES = st.tuples(st.sampled_from(["", *LEADS]), st.text(alphabet="00123456789-. ()/", max_size=14)).map("".join)
DIGITS = st.tuples(st.sampled_from(["", *LEADS]), st.text(alphabet="0123456789", min_size=5, max_size=13)).map("".join)
PLACES = st.sampled_from(
    [
        *["Texas", "west virginia", "Québec", "D.C.", "Île-de-France", "Asturias", "A", "tx", "Hessen", "", "usa", "UK"],
        *["United Kingdom", "México", "Deutschland", "SW1A 1AA", "M1 1AE", "K1A 0B1", "75236-9599", "787-0150"],
    ]
)
EMAILS = st.text(alphabet="abAB01.@@+-_<>(at) ", max_size=20)
# As long as what is looked at as a whole, and longer, with characters to leave out wherever they stand.
LONG_EMAILS = st.lists(
    st.sampled_from(["Ann", "b9", ".", "-", "_", "@", "@", "+", " ", "++", "<", "é", "example"]), max_size=30
)
VALUES = st.one_of(NEAR, STREETS, PHONES, DIGITS, PLACES, EMAILS, st.text(max_size=8))


def test_every_normalizer_that_runs_once_a_row_has_a_kernel() -> None:
    assert ALL_NORMALIZERS.keys() - NUMBERS.keys() == {"hashed_value", "region_of_country", "readable_phone_number"}
    assert sorted(NUMBERS.values()) == list(range(len(NUMBERS)))


@given(value=VALUES, country=st.sampled_from(ALL_COUNTRIES))
@settings(max_examples=deep(1500), deadline=None, derandomize=True)
def test_a_kernel_gives_what_the_reference_gives_or_nothing(value: str, country: str) -> None:
    for name in NUMBERS:
        assert is_right(name, value, country) is not False, name


@given(value=st.one_of(PHONES, DIGITS), country=st.sampled_from(ALL_COUNTRIES))
@settings(max_examples=deep(1500), deadline=None, derandomize=True)
def test_phones_are_read_as_the_reference_reads_them(value: str, country: str) -> None:
    for name in ("amazon_ads_phone_number", "entity_resolution_phone_number"):
        assert is_right(name, value, country) is not False, name


@given(value=STREETS, country=st.sampled_from(ALL_COUNTRIES))
@settings(max_examples=deep(1500), deadline=None, derandomize=True)
def test_addresses_are_read_as_the_reference_reads_them(value: str, country: str) -> None:
    for name in ("amazon_ads_address", "entity_resolution_address"):
        assert is_right(name, value, country) is not False, name


@given(value=LONG_EMAILS.map("".join))
@settings(max_examples=deep(1500), deadline=None, derandomize=True)
def test_emails_lose_what_the_reference_leaves_out(value: str) -> None:
    for name in ("amazon_ads_email_address", "entity_resolution_email_address"):
        assert is_right(name, value, "US") is not False, name


@given(
    raw=st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from([b"#", b",", b"c", b"c/", b"#1", b"av.", b" ", b"\xc3", b"\xe2", b"\xc4\xb0"])).map(b"".join),
    ),
    country=st.integers(min_value=0, max_value=len(COUNTRIES)),
)
@settings(max_examples=deep(1500), deadline=None, derandomize=True)
def test_a_kernel_stays_in_its_room_whatever_the_bytes_are(raw: bytes, country: int) -> None:
    for number in NUMBERS.values():
        answer(number, raw, country)


@njit
def both_packings(blocks: Any, chosen: Any, together: Any) -> bool:
    """True if the processor's step, where it has one, moves bytes as the plain way does."""
    same = True
    for place in range(len(blocks)):
        store_kept(together.ctypes.data, blocks[place], chosen[place])
        filled = (chosen[place] >> np.uint64(7)) * np.uint64(255)
        same = same and together[0] == packed_slowly(blocks[place], filled)
    return same


def test_bytes_are_packed_alike_on_every_processor() -> None:
    generator = np.random.default_rng(7)
    blocks = generator.integers(0, 2**63, size=1000, dtype=np.uint64)
    chosen = generator.integers(0, 2**64, size=1000, dtype=np.uint64) & np.uint64(0x8080808080808080)
    chosen[:9] = [0x8080808080808080 >> 8 * place for place in range(8)] + [0]
    assert both_packings(blocks, chosen, np.zeros(1, dtype=np.uint64))


def test_an_address_that_outgrows_its_room_is_left_to_the_reference() -> None:
    spain = country_number("ES")
    for value in ("c " * 200, "#," * 200, "a#b" * 100):
        for name in ("amazon_ads_address", "entity_resolution_address"):
            answer(NUMBERS[name], value.encode(), spain)
    assert answer(NUMBERS["amazon_ads_address"], b"c " * 200, spain) is None


def test_letters_beyond_the_table_of_folds_hide_no_letter_that_a_rule_keeps() -> None:
    """One text of all characters a kernel drops unseen, for each normalizer that folds letters."""
    leads = [*range(0xC9, 0xE1), *range(0xE2, 0xEF), *range(0xF0, 0xF5)]
    dropped = "".join(
        chr(code)
        for code in range(0x240, 0x110000)
        if not 0xD800 <= code <= 0xDFFF
        and chr(code).encode()[0] in leads
        and not (chr(code).encode()[0] == 0xE2 and chr(code).encode()[1] == 0x84)
    )
    for name in NUMBERS:
        if any(word in name for word in ("name", "city", "state", "country", "postal", "digits")):
            assert ALL_NORMALIZERS[name].reference(dropped, "US") is None, name
            assert answer(NUMBERS[name], dropped.encode(), country_number("US")) == b"", name


with (REPOSITORY / "tests" / "tables" / "normalize" / "kernels.csv").open(encoding="utf-8", newline="") as stream:
    COMMON = list(csv.DictReader(stream))


@pytest.mark.parametrize("case", COMMON, ids=lambda case: f"{case['type']}-{case['country']}-{case['raw']}")
def test_a_kernel_decides_what_is_common(case: dict[str, str]) -> None:
    for profile in (Profile(name) for name in case["profiles"].split()):
        name = NORMALIZERS[profile][AttributeType(case["type"])].function_name
        assert is_right(name, case["raw"], case["country"]), name


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_our_own_cases() -> None:
    for row in rows(REPOSITORY / "tests" / "tables" / "normalize" / "cases.csv"):
        name = NORMALIZERS[Profile(row["profile"])][AttributeType(row["type"])].function_name
        assert is_right(name, row["raw"], row["country"]) is not False, row


FIELDS = {
    "name": AttributeType.NAME,
    "name_first": AttributeType.NAME,
    "name_last": AttributeType.NAME,
    "email": AttributeType.EMAIL_ADDRESS,
    "phone": AttributeType.PHONE,
    "address": AttributeType.ADDRESS,
    "city": AttributeType.ADDRESS_CITY,
    "state": AttributeType.ADDRESS_STATE,
    "postal": AttributeType.ADDRESS_POSTALCODE,
    "country": AttributeType.ADDRESS_COUNTRY,
}


def test_the_values_of_amazons_vectors_are_read_as_the_references_read_them(cases: Path) -> None:
    folder = cases / "normalization"
    files = [*(folder / "ads_uploader").glob("*.csv"), folder / "ads_address_sdk.csv", folder / "aws_er_sample_library.csv"]
    decided = asked = 0
    for row in (row for path in files for row in rows(path)):
        for table in (AMAZON_ADS, ENTITY_RESOLUTION):
            found = is_right(table[FIELDS[row["field"]]].function_name, row["raw"], row["country"].upper())
            assert found is not False, row["field"]
            decided += found is True
            asked += found is None
    assert asked < decided / 20


def test_the_example_numbers_of_libphonenumber_are_read_as_the_reference_reads_them(cases: Path) -> None:
    decided = 0
    examples = rows(cases / "normalization" / "libphonenumber_examples.csv")
    for row in examples:
        for name in ("amazon_ads_phone_number", "entity_resolution_phone_number"):
            found = is_right(name, row["raw"], row["region"])
            assert found is not False, (name, row["region"])
            decided += found is True
    assert decided > 0
