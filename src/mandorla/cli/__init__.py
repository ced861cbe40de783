"""The command line: one file a command, `app.py` lists them. Exit codes: 0 done, 1 findings or a failed job, 2 bad use.

People get tables and progress bars, machines get JSON on stdout with --json, logs go to stderr.
"""

from mandorla.cli.app import main

__all__ = ["main"]
