"""SQLGlot's expressions, loaded when the first one is made: whoever only maps by kernels makes none, and need not wait.

A module that takes `exp` from here has its annotations left unread (`from __future__ import annotations`).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


class LoadedWhenAsked:
    """Has the names of `sqlglot.exp`."""

    def __getattr__(self, name: str) -> Any:  # Any: whatever has the name
        found = getattr(import_module("sqlglot").exp, name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    from sqlglot import exp
else:
    exp = LoadedWhenAsked()

__all__ = ["exp"]
