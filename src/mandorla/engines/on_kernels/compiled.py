"""How kernels are compiled: without the interpreter's lock, and kept on disk for the next process."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import llvmlite.binding
import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import _nrt_python

from mandorla.engines.on_kernels.kept_kernels import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a kernel's arguments are Numba's to check

numba.config.CACHE_DIR = str(cache_folder())


class CodeOnDisk(FunctionCache):  # type: ignore[misc]
    """Loads code without having Numba learn first of all that it could compile: whoever compiles has it do so anyway.

    That takes longer than to load all kernels of a mapping.
    """

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The code for a signature, None if there is none."""
        name_runtime()
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)


@cache
def name_runtime() -> None:
    """Tell LLVM where the functions lie that compiled code asks memory of.

    Numba does so too, and then compiles what counts who uses an array: only who compiles needs that.
    """
    for name, address in _nrt_python.c_helpers.items():
        llvmlite.binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


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
