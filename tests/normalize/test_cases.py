"""Our own cases, as data: they need nothing from elsewhere, so a clone on its own still proves itself."""

import csv

import pytest

from mandorla.domain.schema_mapping import AttributeType
from mandorla.engines import Engine
from mandorla.normalize import NORMALIZERS, Profile
from tests.conftest import REPOSITORY
from tests.normalize.computed import computed

with (REPOSITORY / "tests" / "tables" / "normalize" / "cases.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['profile']}-{case['type']}-{case['raw']}")
def test_reference_and_engine_agree_on_a_case(engine: Engine, case: dict[str, str]) -> None:
    normalizer = NORMALIZERS[Profile(case["profile"])][AttributeType(case["type"])]
    expected = case["expected"] or None
    assert normalizer.reference(case["raw"], case["country"]) == expected
    assert computed(engine, normalizer, [case["raw"]], case["country"]) == [expected]
