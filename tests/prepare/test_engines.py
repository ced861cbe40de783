"""Who prepares: what `auto` picks and says, what is done by steps whoever is asked, and who is refused."""

from pathlib import Path

import pytest

from mandorla.domain.errors import InvalidInputError
from mandorla.engines import arguments
from mandorla.engines.source_files import SourceFile
from tests.prepare.prepared import prepared, written

FIELDS = ("id:UNIQUE_ID", "email:EMAIL_ADDRESS:Email")
ROWS = [["1", "A@b.c"], ["2", ""], ["3", "c@b.c"]]


@pytest.mark.parametrize(
    ("worth", "options", "engine", "why"),
    [
        (1 << 40, {}, "duckdb", "quickest to begin"),
        (0, {}, "kernels", "the fastest"),
        (0, {"collapse": True}, "duckdb", "collapses rows"),
        (1 << 40, {"engine": "kernels"}, "kernels", ""),
        (0, {"engine": "duckdb"}, "duckdb", ""),
    ],
)
def test_auto_picks_by_size_and_says_why(
    worth: int, options: dict[str, object], engine: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arguments, "BYTES_WORTH_KERNELS", worth)
    monkeypatch.setattr(arguments, "BYTES_WORTH_COMPILING", worth)
    result = prepared(tmp_path, FIELDS, ROWS, **options)
    assert result.engine == engine
    assert why in result.engine_reason
    assert bool(why) == bool(result.engine_reason)
    assert result.as_json().get("engineReason", "") == result.engine_reason


def test_kernels_that_are_asked_to_collapse_leave_it_to_the_steps(tmp_path: Path) -> None:
    result = prepared(tmp_path, FIELDS, [["1", "a@b.c"], ["1", "b@b.c"]], engine="kernels", collapse=True)
    assert written(result) == [{"id": "1", "email": "a@b.c", "email_2": "b@b.c"}]
    assert (result.engine, result.engine_reason) == ("duckdb", "only it collapses rows")


def test_an_engine_that_prepares_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="'spark' does not prepare files"):
        prepared(tmp_path, FIELDS, ROWS, engine="spark")


def test_auto_leaves_what_may_be_too_many_ids_for_memory_to_the_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "BYTES_WORTH_COMPILING", 0)
    with (tmp_path / "huge.csv").open("wb") as stream:
        stream.truncate(5_000_000_000)
    huge = SourceFile(path=tmp_path / "huge.csv", file_format="csv", columns=("id",))
    for limit, engine in (("4GB", "duckdb"), ("8GB", "kernels")):
        monkeypatch.setenv("MANDORLA_MEMORY_LIMIT", limit)
        assert arguments.preparer_for([huge], collapsing=False)[0] == engine
