"""The command line: one file a command, `app.py` lists them. Exit codes: 0 done, 1 findings or a failed job, 2 bad use.

People get tables and progress bars, machines get JSON on stdout with --json, logs go to stderr.
"""

import os

# Before NumPy is loaded, which reads it then. See docs/decisions/0022-no-huge-pages.md.
os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")

from mandorla.cli.app import main

__all__ = ["main"]
