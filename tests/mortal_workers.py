"""A worker that is killed, and others that follow it, until what was asked for has ended."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def outlived(
    command: Sequence[str],
    ask: Callable[[], dict[str, Any]],
    is_over: Callable[[dict[str, Any]], bool],
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Start the command, and again whenever its process has died; how often it died, and what was said in the end."""
    process, deaths, deadline = subprocess.Popen(command, env=environment), 0, time.monotonic() + seconds
    try:
        while not is_over(said := ask()):
            if process.poll() is not None:
                deaths += 1
                process = subprocess.Popen(command, env=environment)
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    return deaths, said
