"""Where compiled kernels are kept from one process to the next, and whether they are there. Loads no compiler.

Numba looks at a kernel's own file to tell whether what it kept is still right, and not at the files of the kernels that it
calls. So what is kept lies in a folder named after all sources that kernels are made from.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import phonenumbers

# Any: a numpy array, whose element type the one who made it knows.
HERE = Path(__file__).parent
MADE_FROM = (HERE, HERE.parent.parent / "normalize")
# What kernels are compiled for, of which a file each says so; and what they look up.
MAPPING, PREPARING, TABLE = "complete", "complete-for-preparing", "tables.npy"


@cache
def version() -> str:
    """What tells these sources, and the numbering plans that tables are made from, from others."""
    sources = b"".join(source.read_bytes() for folder in MADE_FROM for source in sorted(folder.rglob("*.py")))
    return hashlib.sha256(sources + phonenumbers.__version__.encode()).hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: NUMBA_CACHE_DIR, else among the user's caches."""
    caches = os.environ.get("NUMBA_CACHE_DIR") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "mandorla")
    return Path(caches) / f"kernels-{version()}"


def are_compiled(work: str = MAPPING) -> bool:
    """Whether all kernels of some work were compiled here before."""
    return (cache_folder() / work).exists()


def note_compiled(table: Any, work: str = MAPPING) -> None:
    """Remember that all kernels of some work are compiled, and what they look up."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    aside = cache_folder() / f".{TABLE}.{os.getpid()}"
    with aside.open("wb") as stream:
        numpy.save(stream, table)
    os.replace(aside, cache_folder() / TABLE)
    (cache_folder() / work).touch()


def kept_table(make: Callable[[], Any]) -> Any:
    """What kernels look up: as it was kept, else made anew."""
    kept = cache_folder() / TABLE
    return numpy.load(kept) if kept.exists() else make()
