"""How kernels are compiled: without the interpreter's lock, and kept on disk for the next process."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from mandorla.engines.on_kernels.code_on_disk import CodeOnDisk
from mandorla.engines.on_kernels.kept_kernels import cache_folder

Function = TypeVar("Function", bound=Callable[..., Any])  # Any: a kernel's arguments are Numba's to check

numba.config.CACHE_DIR = str(cache_folder())


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
