"""How commands speak: findings, JSON, tables and progress, for people on stderr and for machines on stdout."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mandorla.domain.finding import Finding
from mandorla.domain.progress import Report


def print_findings(findings: Sequence[Finding]) -> None:
    """One finding a line, on stderr."""
    for finding in findings:
        sys.stderr.write(f"{finding}\n")


def print_json(document: object) -> None:
    """A document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def console() -> Console:
    """Where tables for people go."""
    return Console(highlight=False)


@contextmanager
def progress(*, shown: bool) -> Iterator[Report]:
    """A progress bar on stderr that appears once work takes longer than two seconds; gives the function that moves it."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not shown,
    )
    task = bar.add_task("starting", total=1)

    def report(doing: str, done: int, total: int) -> None:
        bar.update(task, description=doing, completed=done, total=total)
        if not bar.live.is_started and bar.tasks[0].elapsed is not None and bar.tasks[0].elapsed > 2:
            bar.start()

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()
