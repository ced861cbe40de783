"""How a run is measured: one process from its start to its end, with the most memory that it ever held."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`document` is what the process printed as JSON; a run that did not end well has a `failure` instead."""

    wall_seconds: float
    peak_bytes: int
    document: dict[str, Any] = field(default_factory=dict)
    failure: str = ""


def measure(command: Sequence[str], *, timeout_seconds: float) -> Run:
    """Run a command that prints one JSON document."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    is_late = threading.Event()

    def stop() -> None:
        is_late.set()
        os.killpg(process.pid, signal.SIGKILL)

    clock = threading.Timer(timeout_seconds, stop)
    clock.start()
    assert process.stdout is not None
    printed = process.stdout.read()
    # wait4 tells the most memory of this one child; getrusage would tell the most of all children so far.
    _, status, usage = os.wait4(process.pid, 0)
    clock.cancel()
    wall_seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    peak_bytes = usage.ru_maxrss * 1024
    if is_late.is_set():
        return Run(wall_seconds=wall_seconds, peak_bytes=peak_bytes, failure=f"not done in {timeout_seconds:.0f} s")
    if process.returncode:
        return Run(wall_seconds=wall_seconds, peak_bytes=peak_bytes, failure=f"exit code {process.returncode}")
    return Run(wall_seconds=wall_seconds, peak_bytes=peak_bytes, document=json.loads(printed))


def mandorla_match(folder: Path, output: Path) -> list[str]:
    """Our command, as a user calls it."""
    return [
        str(Path(sys.executable).with_name("mandorla")),
        "match",
        *("--source", str(folder / "source.parquet"), "--source-schema", str(folder / "source-schema.json")),
        *("--target", str(folder / "target.parquet"), "--target-schema", str(folder / "target-schema.json")),
        *("--rules", str(folder / "rules.json"), "--output", str(output), "--profile", "amazon-ads", "--json"),
    ]


def machine_facts() -> dict[str, str]:
    """What the figures depend on."""
    cpu = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": cpu[0] if cpu else os.uname().machine,
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "load before the first run": f"{os.getloadavg()[0]:.2f}",
        "Python": sys.version.split()[0],
    }
