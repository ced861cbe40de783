"""The overview of all commands, which loads none of them."""

import os
import subprocess
import sys
from pathlib import Path

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


# Prints the flags that the system gives the memory of a large array; "hg" says that huge pages are asked for.
FLAGS_OF_AN_ARRAY = """
import mandorla.cli, numpy
array = numpy.empty(1 << 26, numpy.uint8)
middle, here = array.ctypes.data + (1 << 25), False
for line in open("/proc/self/smaps"):
    first = line.split()[0]
    if "-" in first:
        begin, end = (int(number, 16) for number in first.split("-"))
        here = begin <= middle < end
    elif here and first == "VmFlags:":
        print(line)
"""


@pytest.mark.skipif(
    not Path("/proc/self/smaps").exists() or not Path("/sys/kernel/mm/transparent_hugepage").exists(),
    reason="this system does not say which memory asks for huge pages",
)
@pytest.mark.parametrize(("wanted", "asks"), [(None, False), ("1", True)])
def test_a_command_asks_for_huge_pages_only_where_someone_wants_them(wanted: str | None, asks: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NUMPY_MADVISE_HUGEPAGE"}
    if wanted is not None:
        environment["NUMPY_MADVISE_HUGEPAGE"] = wanted
    command = [sys.executable, "-c", FLAGS_OF_AN_ARRAY]
    flags = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert flags[0] == "VmFlags:"
    assert ("hg" in flags) == asks
