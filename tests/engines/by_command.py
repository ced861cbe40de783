"""The command that maps the made-up people of a folder."""

import sys
from pathlib import Path


def match_command(people: Path, engine: str, output: Path) -> list[str]:
    """`mandorla match` on an engine, of what `write_people` wrote into a folder."""
    command = [sys.executable, "-m", "mandorla", "match", "--engine", engine, "--output", str(output)]
    command += ["--rules", str(people / "rules.json")]
    for side in ("source", "target"):
        command += [f"--{side}", str(people / f"{side}.parquet"), f"--{side}-schema", str(people / f"{side}-schema.json")]
    return command
