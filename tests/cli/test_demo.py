"""The demo as its users run it: the whole guide on a server of its own."""

import subprocess
import sys
from pathlib import Path


def test_the_demo_goes_from_files_to_answers(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mandorla", "demo", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    for said in (
        "are mapped to a user of the publisher's",
        "Only one refresh every 14 days is allowed",
        "Reach and purchases by campaign: 4 rows",
        "Who they are: refused",
    ):
        assert said in done.stdout
    again = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert again.returncode != 0
    assert "holds a demo already" in again.stderr
