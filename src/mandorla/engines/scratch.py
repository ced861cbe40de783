"""Folders for files that live as long as the work they serve: whoever is killed leaves one behind, and the next one removes it.

A folder is held by a lock on a file in it, which the system lets go when its process ends, however it ends.
"""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "mandorla-scratch-"
LOCK = "held"
# A folder without a lock may be one that is being made just now.
SECONDS_TO_BE_HELD = 600


class ScratchFolder:
    """A folder of one's own below `parent` (the system's temporary folder if None), until `close`."""

    def __init__(self, parent: Path | None = None) -> None:
        place = Path(parent or tempfile.gettempdir())
        remove_abandoned(place)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def remove_abandoned(place: Path) -> None:
    """Remove the folders of those that were killed."""
    for folder in place.glob(f"{PREFIX}*"):
        if is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def is_abandoned(folder: Path) -> bool:
    """Whether nobody holds a folder. Another user's folder, and one that vanishes meanwhile, is somebody's."""
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return folder.exists() and time.time() - folder.stat().st_mtime > SECONDS_TO_BE_HELD
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
