"""The overview of all commands, which loads none of them."""

import subprocess
import sys

import pytest
from typer.main import get_command

from mandorla.cli.app import COMMANDS, GROUPS, Place, build

PLACES = [(name, None) for name, place in COMMANDS.items() if isinstance(place, Place)] + [
    (group, member) for group in GROUPS for member in COMMANDS[group]
]
HEAVY = ("botocore", "duckdb", "numba", "numpy", "pyarrow", "sqlalchemy", "sqlglot")


@pytest.mark.parametrize(("name", "member"), PLACES)
def test_the_overview_says_of_a_command_what_its_own_help_begins_with(name: str, member: str | None) -> None:
    helps = []
    for loaded in (True, False):
        command = get_command(build([name], loaded=loaded)).commands[name]
        helps.append((command if member is None else command.commands[member]).help)
    whole, summary = helps
    assert " ".join(whole.split("\n\n")[0].split()) == summary


@pytest.mark.parametrize("arguments", [["--help"], ["account", "--help"]])
def test_the_overview_loads_no_library_of_a_command(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom mandorla.cli import main\n"
        f"try:\n    main({arguments})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == "[]"
