"""Where the cases from elsewhere are: beside the repository, or where MANDORLA_CASES says; without them their tests skip."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def cases() -> Path:
    """The folder of real inputs with the right answers that this repository does not carry."""
    folder = Path(os.environ.get("MANDORLA_CASES", REPOSITORY.parent / "shared" / "cases"))
    if not folder.is_dir():
        pytest.skip(f"the cases are not at {folder.name}; set MANDORLA_CASES to their folder")
    return folder
