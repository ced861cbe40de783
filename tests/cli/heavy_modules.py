"""Which modules that take long to load a command loads."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("duckdb", "numba", "rich.table", "sqlglot")
RUN = f"""
import sys
from mandorla.cli import main
try:
    main()
except SystemExit:
    pass
print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""


def heavy_modules(folder: Path, *arguments: str) -> list[str]:
    """Those that `mandorla` with these arguments loads, run in a folder."""
    done = subprocess.run([sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, cwd=folder, check=True)
    return done.stderr.split()
