"""Compiled code as it lies on disk: loaded without what only who compiles needs.

Numba would first learn that it could compile, then parse what others may inline of every kernel, and load its own modules
that a kernel was made with: five times as long as to load the machine code of all kernels of a mapping.
"""

from functools import cache
from typing import Any

import llvmlite.binding
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.runtime import _nrt_python

# Any: Numba's own values, whose types it does not publish.


class KeptLibrary(JITCodeLibrary):  # type: ignore[misc]
    """The machine code of a kernel. What others inline of it is parsed when one of them is compiled."""

    _shared_module: Any

    def __init__(self, codegen: Any, name: str, code: bytes, to_inline: bytes, symbols: frozenset[str]) -> None:
        super().__init__(codegen, name)
        self._to_inline = to_inline
        self.enable_object_caching()
        self._set_compiled_object(code)
        self._finalize_final_module()
        codegen._engine._defined_symbols |= symbols

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = llvmlite.binding.parse_bitcode(self._to_inline)
        return self._shared_module


class KeptCode(CompileResultCacheImpl):  # type: ignore[misc]
    """What is kept of a compiled function, and how it is made from that again."""

    def reduce(self, compiled: Any) -> Any:
        """What is kept of a function that Numba compiled."""
        (name, _, (code, to_inline)), described, environment, signature, *_, used = super().reduce(compiled)
        assert not compiled.reload_init, "nothing has to run before kernels do"
        module = compiled.library._get_module_for_linking()
        named = (*module.functions, *module.global_variables)
        symbols = frozenset(one.name for one in named if not one.is_declaration)
        # Machine code asks an environment for constants and nothing else.
        asked = tuple(one for one in used if one.consts)
        return (name, code, to_inline, symbols), described, environment, signature, asked

    def rebuild(self, context: Any, kept: Any) -> Any:
        """The function of which that was kept."""
        library, described, environment, signature, asked = kept
        library = KeptLibrary(context.codegen(), *library)
        entry_point = context.get_executable(library, described, environment)
        for one in asked:
            library.codegen.set_env(one.env_name, one)
        values = dict.fromkeys(CompileResult._fields)
        values |= {"typing_context": context.typing_context, "target_context": context, "library": library}
        values |= {"fndesc": described, "environment": environment, "signature": signature, "entry_point": entry_point}
        values |= {"objectmode": False, "lifted": (), "reload_init": (), "referenced_envs": asked}
        return CompileResult(**values)


class CodeOnDisk(FunctionCache):  # type: ignore[misc]
    """Where a kernel's code is kept."""

    _impl_class = KeptCode

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The code for a signature, None if there is none. Numba's own method readies it to compile before."""
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
