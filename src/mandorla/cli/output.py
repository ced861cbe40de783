"""How commands speak: findings, JSON, tables and progress, for people on stderr and for machines on stdout."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING

from mandorla.domain.finding import Finding
from mandorla.domain.progress import Report, unheard

if TYPE_CHECKING:
    from rich.console import Console


def print_findings(findings: Sequence[Finding]) -> None:
    """One finding a line, on stderr."""
    for finding in findings:
        sys.stderr.write(f"{finding}\n")


def print_json(document: object) -> None:
    """A document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


# What draws for people is loaded when there is something to draw: machines do not wait for it.
def console() -> "Console":
    """Where tables for people go."""
    made: Console = import_module("rich.console").Console(highlight=False)
    return made


def progress(*, shown: bool) -> AbstractContextManager[Report]:
    """What moves a progress bar, or nothing if none is shown."""
    if not shown:
        return nullcontext(unheard)
    bar: AbstractContextManager[Report] = import_module("mandorla.cli.progress_bar").shown_progress()
    return bar
