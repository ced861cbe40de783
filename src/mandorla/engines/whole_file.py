"""A file that appears whole or not at all: written beside its place under a hidden name, then renamed."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Who still writes has written something within so many seconds.
SECONDS_UNTIL_LEFT = 3600


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Where to write what shall be at `path` when the block ends without an error; else nothing new is left.

    What a killed process left there, another removes that writes the same file an hour later or more.
    """
    remove_leftovers(path)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what nobody writes any more."""
    beginning = f".{path.name}."
    for leftover in path.parent.glob("*.part"):
        if leftover.name.startswith(beginning) and leftover.name[len(beginning) : -len(".part")].isdigit():
            with suppress(OSError):  # another removes it too, or it is not ours to remove
                if time.time() - leftover.stat().st_mtime > SECONDS_UNTIL_LEFT:
                    leftover.unlink()
