"""Kernels and the reference engine write the same rows and count the same, whatever the tables and options are."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.depth import deep
from tests.engines.same_mapping import Example, examples, mapped, write_example


@given(examples())
@settings(max_examples=deep(12), deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_kernels_map_as_the_reference_engine(example: Example) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        arguments = write_example(example, folder)
        rows, result = mapped("kernels", arguments, folder)
        wanted_rows, wanted = mapped("duckdb", arguments, folder)
        assert rows == wanted_rows
        assert replace(result, engine="", output="") == replace(wanted, engine="", output="")
