"""A progress bar for people, on stderr."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from mandorla.domain.progress import Report


@contextmanager
def shown_progress() -> Iterator[Report]:
    """A bar that appears once work takes longer than two seconds; gives the function that moves it."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
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
