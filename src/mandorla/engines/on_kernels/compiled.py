"""How kernels are compiled: without the interpreter's lock, and kept on disk for the next process.

Numba looks at a kernel's own file to tell whether what it kept is still right, and not at the files of the kernels that it
calls. So what is kept lies in a folder named after all of this folder's sources.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

HERE = Path(__file__).parent
Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a kernel's arguments are Numba's to check


def version() -> str:
    """What tells these sources, and what they are built on, from others."""
    sources = b"".join(source.read_bytes() for source in sorted(HERE.rglob("*.py")))
    tables = b"".join(source.read_bytes() for source in sorted((HERE.parent.parent / "normalize").glob("*.py")))
    return hashlib.sha256(sources + tables).hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: NUMBA_CACHE_DIR, else among the user's caches."""
    caches = os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mandorla")
    return Path(caches) / f"kernels-{version()}"


numba.config.CACHE_DIR = str(cache_folder())


def kernel(function: Function) -> Function:
    """A function compiled by Numba at its first call."""
    compiled: Function = numba.njit(nogil=True, cache=True)(function)
    return compiled
