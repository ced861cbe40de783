"""The command, in a process of its own, as it maps the made-up people of a folder."""

import os
import sys
from pathlib import Path


def match_command(people: Path, engine: str, output: Path) -> list[str]:
    """`mandorla match` on an engine, of what `write_people` wrote into a folder."""
    command = [sys.executable, "-m", "mandorla", "match", "--engine", engine, "--output", str(output)]
    command += ["--rules", str(people / "rules.json")]
    for side in ("source", "target"):
        command += [f"--{side}", str(people / f"{side}.parquet"), f"--{side}-schema", str(people / f"{side}-schema.json")]
    return command


def plain_environment() -> dict[str, str]:
    """Our environment without what a session through Connect left in it, which would keep a classic one from starting."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
