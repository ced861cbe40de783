"""What is kept of compiled kernels is enough for the next process: to run them, and to compile others with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

KERNELS = '''
import numpy
from mandorla.engines.on_kernels.compiled import kernel

@kernel
def filled(rows):
    """The sum of an array that the kernel makes."""
    return numpy.full(rows, 3.0).sum()

@kernel
def twice(rows):
    """A kernel made with another."""
    return filled(rows) + filled(rows)
'''
# What Numba compiles with.
COMPILING = "numba.np.arrayobj"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module of kernels, of which one was compiled in a process before."""
    made = tmp_path_factory.mktemp("kernels")
    (made / "kernels.py").write_text(KERNELS)
    assert said_by("from kernels import filled; print(filled(2))", made) == "6.0"
    return made


def said_by(code: str, folder: Path) -> str:
    """What a process prints that finds the module and its compiled kernels."""
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "kept"), "PYTHONPATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_code_is_loaded_without_what_compiles(folder: Path) -> None:
    run = f"import sys; from kernels import filled; print(filled(2), {COMPILING!r} in sys.modules)"
    assert said_by(run, folder) == "6.0 False"


def test_loaded_code_raises_what_it_raised(folder: Path) -> None:
    run = "from kernels import filled\ntry: filled(-1)\nexcept ValueError as error: print(error)"
    assert said_by(run, folder) == "negative dimensions not allowed"


def test_others_are_compiled_with_loaded_code(folder: Path) -> None:
    run = "from kernels import filled, twice; print(twice(2), sum(filled.stats.cache_hits.values()), twice(2))"
    assert said_by(run, folder) == "12.0 1 12.0"
    assert said_by(run, folder) == "12.0 0 12.0", "the second process loads both as one"
