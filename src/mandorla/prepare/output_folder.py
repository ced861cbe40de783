"""The output folder appears whole or not at all: everything is written into a folder beside it and renamed at the end.

A folder that holds anything else than an earlier preparation is never replaced. What a killed run left (a hidden folder that
carries the run's process id) is removed by the next run in the same place, whatever its output is called.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mandorla.engines.source_files import refused

REPORT = "report.json"
TOOL = "mandorla prepare"
# What a preparation writes into its folder.
PIECE = re.compile(r"data|part-[0-9]+|create-schema-mapping\.json|glue-table\.json|rejected\.csv|report\.(json|html)")


@contextmanager
def appearing(output: Path) -> Iterator[Path]:
    """A folder to write into that becomes `output` if the work ends well, and vanishes if it does not."""
    if output.exists() and not is_replaceable(output):
        what = "the folder holds other things than an earlier preparation"
        raise refused("OUTPUT_EXISTS", output, what, "name a new folder, or empty this one")
    parent = output.parent
    if not parent.is_dir():
        raise refused("FOLDER_MISSING", parent, "there is no such folder", "make it, or write elsewhere")
    remove_leftovers(output)
    aside = hidden(output, "part")
    aside.mkdir()
    try:
        yield aside
        take_place(aside, output)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def is_replaceable(output: Path) -> bool:
    """True of an empty folder, and of one that a preparation wrote."""
    if not output.is_dir():
        return False
    if not any(output.iterdir()):
        return True
    report = output / REPORT
    if not report.is_file():
        return False
    try:
        document = json.loads(report.read_bytes())
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("tool") == TOOL


def take_place(aside: Path, output: Path) -> None:
    """Rename the finished folder; an earlier one steps aside first, so that one of the two is whole at every moment."""
    earlier = hidden(output, "earlier")
    if output.exists():
        os.replace(output, earlier)
    os.replace(aside, output)
    shutil.rmtree(earlier, ignore_errors=True)


def remove_leftovers(output: Path) -> None:
    """Remove what runs that are no longer alive left; an earlier output that lost its place gets it back."""
    for leftover in output.parent.glob(".*.*.part"):
        if leftover.is_dir() and not is_alive(leftover) and is_ours(leftover):
            shutil.rmtree(leftover, ignore_errors=True)
    for earlier in output.parent.glob(f".{output.name}.*.earlier"):
        if not is_alive(earlier):
            if output.exists():
                shutil.rmtree(earlier, ignore_errors=True)
            else:
                os.replace(earlier, output)


def is_ours(leftover: Path) -> bool:
    """True of a folder in which nothing stands that a preparation does not write."""
    return leftover.name.split(".")[-2].isdigit() and all(PIECE.fullmatch(path.name) for path in leftover.iterdir())


def hidden(output: Path, ending: str) -> Path:
    """A name beside the output that carries our process id."""
    return output.with_name(f".{output.name}.{os.getpid()}.{ending}")


def is_alive(leftover: Path) -> bool:
    """True if the process that a leftover's name carries still runs."""
    number = leftover.name.split(".")[-2]
    if not number.isdigit() or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
