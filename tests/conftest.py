"""Where the cases from elsewhere are: beside the repository, or where MANDORLA_CASES says; without them their tests skip."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def cases_folder() -> Path:
    """The folder of real inputs with the right answers that this repository does not carry."""
    return Path(os.environ.get("MANDORLA_CASES", REPOSITORY.parent / "shared" / "cases"))


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of cases; without it the test is skipped."""
    if not cases_folder().is_dir():
        pytest.skip("the cases from elsewhere are not beside the repository; MANDORLA_CASES names their folder")
    return cases_folder()
