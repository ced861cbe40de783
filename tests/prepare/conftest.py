"""Tests that use `preparing_engine` run twice: by steps on the reference engine, and by kernels in one pass."""

import pytest

from mandorla.engines import arguments


@pytest.fixture(params=["duckdb", "kernels"])
def preparing_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `auto` stands for, whatever the size of the files."""
    worth = {"duckdb": 1 << 60, "kernels": 0}[request.param]
    monkeypatch.setattr(arguments, "BYTES_WORTH_KERNELS", worth)
    monkeypatch.setattr(arguments, "BYTES_WORTH_COMPILING", worth)
    return str(request.param)
