"""mandorla: an open clean room for identity data.

Two parties hold tables about people; mandorla finds the people whom both know, and shows neither the other's records.
`mandorla.prepare(…)`, `mandorla.check(…)` and `mandorla.match(…)` do what the commands of those names do, and return typed
results.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import mandorla.match
import mandorla.prepare  # noqa: F401  # only so that it is loaded

if TYPE_CHECKING:
    from mandorla.jobs.file_matching import match
    from mandorla.prepare.checking import check
    from mandorla.prepare.file_preparation import prepare
else:
    # The package has folders of these names too; loaded already, they do not take the names back.
    del match, prepare

# Where each function stands: loaded when somebody asks for it, so that no command loads what it does not run.
FUNCTIONS = {
    "check": "mandorla.prepare.checking",
    "match": "mandorla.jobs.file_matching",
    "prepare": "mandorla.prepare.file_preparation",
}

__all__ = ["check", "match", "prepare"]


def __getattr__(name: str) -> Any:  # Any: whatever has that name
    """One of the functions."""
    if name not in FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    function = globals()[name] = getattr(import_module(FUNCTIONS[name]), name)
    return function
