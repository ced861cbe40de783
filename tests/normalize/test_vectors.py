"""Amazon's own hashes and its sample library's outputs judge normalization; every vector that differs is named, with why."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import phonenumbers
import pytest

from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines import Engine
from mandorla.normalize import AMAZON_ADS, ENTITY_RESOLUTION, Normalizer
from mandorla.normalize.hashing import EMPTY_DIGEST, digest
from mandorla.normalize.street_words import DIRECTIONS, words_of
from tests.normalize.computed import computed

TYPES = {
    "name": AttributeType.NAME,
    "name_first": AttributeType.NAME_FIRST,
    "name_last": AttributeType.NAME_LAST,
    "email": AttributeType.EMAIL_ADDRESS,
    "phone": AttributeType.PHONE,
    "address": AttributeType.ADDRESS,
    "city": AttributeType.ADDRESS_CITY,
    "state": AttributeType.ADDRESS_STATE,
    "postal": AttributeType.ADDRESS_POSTALCODE,
    "country": AttributeType.ADDRESS_COUNTRY,
}
Vector = dict[str, str]
Table = dict[AttributeType, Normalizer]


def vectors(path: Path) -> list[Vector]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def differing(rows: list[Vector], table: Table, engine: Engine) -> list[tuple[Vector, str | None]]:
    """The vectors whose hash the reference does not give. The engine must give what the reference gives for all of them."""
    groups: dict[tuple[str, str], list[Vector]] = defaultdict(list)
    for row in rows:
        groups[row["field"], row["country"].upper()].append(row)
    found = []
    for (field, country), group in groups.items():
        normalizer = table[TYPES[field]]
        expected = [normalizer.reference(row["raw"], country) for row in group]
        assert computed(engine, normalizer, [row["raw"] for row in group], country) == expected, (field, country)
        found += [(row, value) for row, value in zip(group, expected, strict=True) if digest(value or "") != row["sha256"]]
    return found


def uploader_files(cases: Path) -> list[Path]:
    return sorted((cases / "normalization" / "ads_uploader").glob("*.csv"))


def test_every_vector_of_amazons_uploader_but_phones(cases: Path, engine: Engine) -> None:
    rows = [row for path in uploader_files(cases) for row in vectors(path) if row["field"] != "phone"]
    assert len(rows) > 25_000
    assert differing(rows, AMAZON_ADS, engine) == []


def is_foreign(row: Vector) -> bool:
    """The reference takes the plus away and reads another country's number as a national one; the ruling keeps its country."""
    calling_code = phonenumbers.country_code_for_region(row["country"])
    return "+" in row["raw"] and not phonenumbers.normalize_digits_only(row["raw"]).startswith(str(calling_code))


def is_canadian_9(row: Vector) -> bool:
    """The reference keeps some Canadian area codes from 900 on and refuses others, the same one (970) both ways."""
    digits = phonenumbers.normalize_digits_only(row["raw"])
    return row["country"] == "CA" and row["sha256"] == EMPTY_DIGEST and digits[-10:].startswith("9")


def is_japanese_060(row: Vector) -> bool:
    """Japan gave out mobile numbers that begin with 060 after the reference was made."""
    return row["country"] == "JP" and row["sha256"] == EMPTY_DIGEST and row["raw"].strip(" (").startswith("6")


PHONE_DIFFERENCES: dict[str, Callable[[Vector], bool]] = {
    "another country's number after a plus": is_foreign,
    "the reference contradicts itself on Canadian area codes from 900 on": is_canadian_9,
    "a Japanese 060 number, newer than the reference": is_japanese_060,
}


@pytest.mark.parametrize("country", ["us", "ca", "jp", "in"])
def test_phones_of_amazons_uploader_where_it_is_one_rule(cases: Path, engine: Engine, country: str) -> None:
    path = cases / "normalization" / "ads_uploader" / f"{country}.csv"
    if not path.is_file():
        pytest.skip(f"no vectors for {country}")
    rows = [row for row in vectors(path) if row["field"] == "phone"]
    unexplained = [
        (row["raw"], value)
        for row, value in differing(rows, AMAZON_ADS, engine)
        if not any(applies(row) for applies in PHONE_DIFFERENCES.values())
    ]
    assert unexplained == []


def test_every_address_of_amazons_sdk_but_its_missing_west(cases: Path, engine: Engine) -> None:
    rows = vectors(cases / "normalization" / "ads_address_sdk.csv")
    directions = {word for word in words_of(DIRECTIONS) if word == "WEST"}
    unexplained = [
        (row["raw"], value)
        for row, value in differing(rows, AMAZON_ADS, engine)
        if value is None or not any(word.lower() in row["normalized"] for word in directions) or not only_west(row, value)
    ]
    assert unexplained == []


def only_west(row: Vector, value: str) -> bool:
    """True if writing `west` out again, where ours has `w`, gives the SDK's value."""
    reachable = {""}
    for character in value:
        reachable = {text + written for text in reachable for written in {character, "west" if character == "w" else character}}
        reachable = {text for text in reachable if row["normalized"].startswith(text)}
    return row["normalized"] in reachable


# Section 8, ruling D: Entity Resolution's glossary drops dots and the +tag of the user name, its sample library does not.
# The library replaces state names inside longer words; here a name is replaced only as a whole.
LIBRARY_DIFFERENCES: dict[tuple[str, str], str] = {
    ("email", "Jane Doe <Jane.Doe@Example.COM>"): "ruling D: dots of the user name are dropped",
    ("email", "jane.doe+promo@gmail.com"): "ruling D: dots and the +tag are dropped",
    ("state", "Hessen"): "the library finds hesse inside and gives hen",
    ("state", "Comunidad Valenciana"): "the library finds valencia inside and gives comunidadvna",
    ("state", "Castilla - Leon"): "the library finds castilla and leon inside and gives catllale",
}


def has_dots_or_tag(row: Vector) -> bool:
    return row["field"] == "email" and any(mark in row["normalized"].partition("@")[0] for mark in ".+")


def is_replaced_inside(row: Vector) -> bool:
    """A state that the library made by replacing inside a longer word: neither the whole name nor its two-letter code."""
    return row["field"] == "state" and len(row["normalized"]) > 2


def test_the_sample_library_of_entity_resolution(cases: Path, engine: Engine) -> None:
    rows = vectors(cases / "normalization" / "aws_er_sample_library.csv")
    found = differing(rows, ENTITY_RESOLUTION, engine)
    unexplained = [
        (row["field"], row["country"], row["raw"], value)
        for row, value in found
        if (row["field"], row["raw"]) not in LIBRARY_DIFFERENCES and not has_dots_or_tag(row) and not is_replaced_inside(row)
    ]
    assert unexplained == []
    assert len(found) < 20


# The connector sends national digits and full state names; the rulings and Amazon's uploader say otherwise.
CONNECTOR_DIFFERENCES = {
    ("phone", "21321312313"): "eleven digits are no American number",
    ("phone", "+555-987-6543"): "+55 is Brazil, and no Brazilian number looks so",
    ("phone", "555.123.4567"): "E.164 begins with the country's 1",
    ("phone", " 555-123-4567 ext. 123"): "E.164 has no extension",
}


def test_the_connector_that_sends_to_amazon_ads(cases: Path, engine: Engine) -> None:
    rows = vectors(cases / "normalization" / "segment_amazon_ads.csv")
    binding = [row for row in rows if row["field"] in {"email", "phone", "name_first", "name_last", "city"}]
    found = {(row["field"], row["raw"]) for row, _ in differing(binding, AMAZON_ADS, engine)}
    assert found == set(CONNECTOR_DIFFERENCES)


def test_every_example_number_of_libphonenumber(cases: Path, engine: Engine) -> None:
    rows = vectors(cases / "normalization" / "libphonenumber_examples.csv")
    phone = AMAZON_ADS[AttributeType.PHONE]
    for region in sorted({row["region"] for row in rows}):
        group = [row for row in rows if row["region"] == region]
        expected = [row["digits"] for row in group]
        assert [phone.reference(row["raw"], region) for row in group] == expected
        assert computed(engine, phone, [row["raw"] for row in group], region) == expected


def test_normalizing_twice_changes_nothing_on_all_vectors(cases: Path) -> None:
    """But for a foreign number after a plus, which only `readable` keeps apart from a national one."""
    for path in [*uploader_files(cases), cases / "normalization" / "ads_address_sdk.csv"]:
        for row in vectors(path):
            reference = AMAZON_ADS[TYPES[row["field"]]].reference
            once = reference(row["raw"], row["country"])
            if once is not None and not (row["field"] == "phone" and is_foreign(row)):
                assert reference(once, row["country"]) == once, (row["field"], row["country"])
    for row in vectors(cases / "normalization" / "aws_er_sample_library.csv"):
        reference = ENTITY_RESOLUTION[TYPES[row["field"]]].reference
        once = reference(row["raw"], row["country"])
        assert once is None or reference(once, row["country"]) == once, (row["field"], row["country"])
