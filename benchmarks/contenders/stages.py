"""What the contenders share: their arguments, and the time of each of their stages, printed as JSON at the end."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Stages:
    """Seconds by stage, in the order in which they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside for a stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started

    def print(self) -> None:
        """For the process that measures."""
        sys.stdout.write(json.dumps({"stages": self.seconds}))


def folders() -> tuple[Path, Path]:
    """The folder to read and the file to write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    options = parser.parse_args()
    return options.folder, options.output
