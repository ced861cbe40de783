"""Questions that try to see a row, an id, an unmapped record or a small group. Each is refused for its reason, or shows
nothing.

`harmless`: every row of the answer would be there without the target too, so the answer says nothing of the target.
`shared`: the answer is about groups that are large enough, and names none of the target's values.
"""

from pathlib import Path

import duckdb
import pytest

from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.protect.protection import protect, protect_audience
from mandorla.protect.refusal import RefusedError
from tests.protect.room import AMC_TABLES, QUESTION, RUNNER, answer, cases, clean_rooms_tables, open_room

TABLES = Path(__file__).parent.parent / "tables" / "attacks"
AMC, CLEAN_ROOMS = cases(TABLES / "amc.sql"), cases(TABLES / "clean_rooms.sql")
AUDIENCES = cases(TABLES / "audiences.sql")
OF_THE_TARGET = {"u7", "k7", "canary", "solo", "rare", "secret", 77, 987.654, 12345.0, 4321.0}


@pytest.fixture(scope="module")
def rooms() -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    return open_room(), open_room(with_target=False)


@pytest.mark.parametrize(("verdict", "sql"), AMC, ids=[sql[:70] for _, sql in AMC])
def test_an_attack_on_amc_sees_nothing(
    rooms: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection], verdict: str, sql: str
) -> None:
    if verdict.startswith("refused: "):
        with pytest.raises(RefusedError) as refused:
            protect(sql, AMC_TABLES, question=QUESTION)
        assert verdict.removeprefix("refused: ") in [refusal.sentence for refusal in refused.value.refusals]
        return
    protected = protect(sql, AMC_TABLES, question=QUESTION)
    shown, without_target = (answer(room, protected) for room in rooms)
    assert not {cell for row in shown for cell in row if isinstance(cell, (str, int, float))} & OF_THE_TARGET
    if verdict == "harmless":
        assert set(map(repr, shown)) <= set(map(repr, without_target))
    else:
        assert verdict == "shared"


@pytest.mark.parametrize(("verdict", "sql"), CLEAN_ROOMS, ids=[sql[:70] for _, sql in CLEAN_ROOMS])
def test_an_attack_on_clean_rooms_is_refused(verdict: str, sql: str) -> None:
    with pytest.raises(RefusedError) as refused:
        protect(sql, clean_rooms_tables(), question=CleanRoomsQuestion(runner=RUNNER))
    assert verdict.removeprefix("refused: ") in [refusal.sentence for refusal in refused.value.refusals]


@pytest.mark.parametrize(("verdict", "sql"), AUDIENCES, ids=[sql[:70] for _, sql in AUDIENCES])
def test_an_attack_by_an_audiences_size_sees_nothing(
    rooms: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection], verdict: str, sql: str
) -> None:
    if verdict.startswith("refused: "):
        with pytest.raises(RefusedError) as refused:
            protect_audience(sql, AMC_TABLES, question=QUESTION)
        assert verdict.removeprefix("refused: ") in [refusal.sentence for refusal in refused.value.refusals]
        return
    assert verdict == "harmless"
    size = protect_audience(sql, AMC_TABLES, question=QUESTION).size
    shown, without_target = (answer(room, size) for room in rooms)
    assert set(map(repr, shown)) <= set(map(repr, without_target))


def test_there_are_a_hundred_and_fifty_attacks() -> None:
    assert len(AMC) + len(CLEAN_ROOMS) + len(AUDIENCES) >= 150


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(1) AS n FROM dsp_clicks WHERE " + "(" * 3000 + "1 = 1" + ")" * 3000,
        "SELECT COUNT(1) AS n FROM dsp_clicks WHERE " + " OR ".join(["campaign = 'c1'"] * 5000),
        "SELECT COUNT(1) AS n FROM dsp_clicks WHERE campaign = '" + "x" * 500_000 + "'",
    ],
    ids=["nested", "chained", "long"],
)
def test_a_query_too_large_to_read_is_refused_and_not_a_crash(sql: str) -> None:
    with pytest.raises(RefusedError):
        protect(sql, AMC_TABLES, question=QUESTION)
