"""How the parts of kernels are compiled: they are called from compiled code only, so that nothing is made for Python to call.

What they become part of is cached (`normalized`); they are not, by themselves.
"""

from numba import njit

part = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
