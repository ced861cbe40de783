"""A temporary folder that does not outlive its process for long: what a killed one left, the next one removes.

Its process holds a lock on a file in it, which the system gives up when the process ends in whatever way.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX, LOCK = "mandorla-", "lock"


class Scratch:
    """A new folder in `parent`, or where the system keeps temporary files; `remove` ends it."""

    def __init__(self, parent: Path | None) -> None:
        folder = Path(tempfile.gettempdir() if parent is None else parent)
        remove_leftovers(folder)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        self._lock = os.open(self.path / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def remove_leftovers(folder: Path) -> None:
    """Remove the folders that nobody holds."""
    for leftover in folder.glob(f"{PREFIX}*"):
        if is_left(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def is_left(folder: Path) -> bool:
    """True of a folder of ours whose process has ended; one without a lock may be just being made."""
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return False
        if not (folder / LOCK).exists():
            return False
        with (folder / LOCK).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
