"""The generated pages of the reference are what `scripts/docs` would write now."""

import pytest

from mandorla.cli.reference import PAGES, sentence_of
from mandorla.server.parts import SERVICES
from tests.conftest import REPOSITORY


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_code_says(name: str) -> None:
    assert (REPOSITORY / "docs" / "reference" / name).read_text(encoding="utf-8") == PAGES[name](), "run scripts/docs"


def test_every_operation_that_is_served_says_what_it_does() -> None:
    silent = [f"{service}.{name}" for service, served in SERVICES.items() for name in served if not sentence_of(served[name])]
    assert silent == []
