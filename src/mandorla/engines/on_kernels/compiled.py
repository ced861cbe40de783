"""How kernels are compiled: without the interpreter's lock, and kept on disk for the next process."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import rtsys

from mandorla.engines.on_kernels.kept_kernels import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a kernel's arguments are Numba's to check

numba.config.CACHE_DIR = str(cache_folder())


class CodeOnDisk(FunctionCache):  # type: ignore[misc]
    """Loads code without having Numba learn first of all that it could compile: whoever compiles has it do so anyway.

    That takes longer than to load all kernels of a mapping.
    """

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The code for a signature, None if there is none. What it asks memory of at run time, Numba must have made ready."""
        rtsys.initialize(target)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)


def kernel(function: Function) -> Function:
    """A function compiled by Numba at its first call."""
    compiled = numba.njit(nogil=True)(function)
    compiled._cache = CodeOnDisk(function)
    return compiled


def part(function: Function) -> Function:
    """A function that only kernels call: it becomes part of them, so nothing is made for Python to call, or kept."""
    compiled: Function = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


def inlined(function: Function) -> Function:
    """A part that LLVM puts wherever it is called, however long it is: where most texts are short, a call costs as much."""
    compiled: Function = numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)(function)
    return compiled
