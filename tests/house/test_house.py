"""The house rules that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

SOURCES = sorted((REPOSITORY / "src").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "common", "core", "helpers", "managers", "manager", "base", "misc"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY / "src")))
def test_a_file_reads_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    tree = ast.parse(text)
    if text.strip():
        assert ast.get_docstring(tree), "every module opens with what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            code = node.body[1:] if ast.get_docstring(node) else node.body
            length = node.end_lineno - code[0].lineno + 1 if code and node.end_lineno else 0
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def test_no_folder_of_leftovers() -> None:
    names = {part.removesuffix(".py") for path in SOURCES for part in path.relative_to(REPOSITORY / "src").parts}
    assert not names & FORBIDDEN_NAMES


def test_public_functions_say_what_they_give() -> None:
    silent = [
        f"{path.name}: {node.name}"
        for path in SOURCES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert [name for name in silent if "command" not in name] == []


def test_nothing_is_left_to_do_without_an_issue() -> None:
    left = re.compile(r"TODO(?! #\d)|FIXME|NotImplementedError")
    assert [path.name for path in SOURCES if left.search(path.read_text(encoding="utf-8"))] == []
