"""The documents are held true: paths exist, functions stand in the files they are named with, and words are in use."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import mandorla.domain
from tests.conftest import REPOSITORY

DOCUMENTS = sorted([*REPOSITORY.glob("docs/**/*.md"), REPOSITORY / "README.md"])
PATH = re.compile(r"`((?:src|tests|scripts|docs|benchmarks|changes)/[A-Za-z0-9_./-]+)`")
NAMED_WITH_FILE = re.compile(r"`([A-Za-z_]+)` in\s+`(src/[a-z_/]+\.py)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_paths_that_a_document_names_exist(document: Path) -> None:
    missing = [path for path in PATH.findall(document.read_text(encoding="utf-8")) if not (REPOSITORY / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_functions_that_a_document_names_stand_in_their_file(document: Path) -> None:
    for name, path in NAMED_WITH_FILE.findall(document.read_text(encoding="utf-8")):
        source = (REPOSITORY / path).read_text(encoding="utf-8")
        assert re.search(rf"^(?:def|class) {name}\b|^{name}\b", source, re.MULTILINE), f"{name} in {path}"


def test_every_class_of_the_domain_is_in_the_vocabulary() -> None:
    vocabulary = (REPOSITORY / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    for module in iter_modules(mandorla.domain.__path__, "mandorla.domain."):
        for name, thing in inspect.getmembers(import_module(module.name), inspect.isclass):
            if thing.__module__ == module.name:
                assert f"`{name}`" in vocabulary, f"{name} of {module.name}"
