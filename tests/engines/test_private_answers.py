"""Answers under differential privacy: a person changes no number by more than is said, and the noise is as wide as is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from statistics import fmean, pvariance

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opendp import prelude as dp

from mandorla.domain.privacy_budget import DELTA_OF_NOISE, DELTA_OF_SELECTION, least_users, loss_of, releases_in, whole_loss
from mandorla.domain.protected_query import CleanRoomsQuestion
from mandorla.engines.noise import Noise
from mandorla.engines.private_answers import BINS, LIMITS, prepare_answer
from mandorla.protect.protection import ProtectedSql, protect
from tests.protect.room import ANY_QUERY, RUNNER, clean_rooms_tables

# OpenDP draws from the operating system and takes no seed. So a test allows six deviations of what it looks at: it errs once in
# some hundred million runs.
DEVIATIONS = 6
EVERYTHING = """
    SELECT segment, COUNT(*) AS n, COUNT(amount) AS some, COUNT(DISTINCT id) AS users, COUNT(DISTINCT email) AS words,
        SUM(amount) AS total, AVG(amount) AS mean, STDDEV(amount) AS spread
    FROM provider GROUP BY segment
"""
Row = tuple[str, str, str, float | None]


def private(sql: str) -> ProtectedSql:
    rule = replace(ANY_QUERY, differential_privacy_column="id")
    return protect(sql, clean_rooms_tables(rule), question=CleanRoomsQuestion(runner=RUNNER))


def room_of(rows: Sequence[Row]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE provider (id VARCHAR, email VARCHAR, segment VARCHAR, amount DOUBLE)")
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute("INSERT INTO provider SELECT UNNEST(?), UNNEST(?), UNNEST(?), UNNEST(?::DOUBLE[])", columns)
    return connection


@dataclass
class Witness(Noise):
    """No noise: each release is written down, with what it was said that a person can change of it.

    What is released of limits and bounds is given, the same for two rooms: each release holds whatever those before it said.
    """

    limit: int
    low: int
    high: int
    users: int = 0
    loss: float = 0.0
    released: list[tuple[list[int], float]] = field(default_factory=list)
    groups: list[tuple[Mapping[int, int], int]] = field(default_factory=list)

    def added_to(self, values: Sequence[int], sensitivity: float) -> list[int]:
        self.released.append((list(values), sensitivity))
        size = 2 * BINS + 1
        if len(values) == len(LIMITS):
            return [int(place == self.limit) for place in range(len(LIMITS))]
        if len(values) == 2 * size:
            return [int(place in (self.low, size + self.high)) for place in range(2 * size)]
        return list(values)

    def groups_to_show(self, users_of: Mapping[int, int], rows_per_user: int) -> list[int]:
        self.groups.append((users_of, rows_per_user))
        return sorted(users_of)


def witnessed(rows: Sequence[Row], *, limit: int, low: int, high: int) -> Witness:
    witness = Witness(limit, low, high)
    found = private(EVERYTHING)
    assert found.private is not None
    prepare_answer(room_of(rows), found.private, witness)
    return witness


# Somebody who stays is in each group, so that the groups of both rooms have the same numbers.
STAYING: list[Row] = [(f"stays {name}", "s", name, 1.5) for name in "xyz"]
PEOPLE = "abcde"
AMOUNTS = st.one_of(
    st.none(),
    st.floats(-100, 100),
    st.sampled_from([0.0, 1e-9, -1e-9, 1.0, 2.0, 1e300, -1e300, float("inf"), float("-inf"), float("nan")]),
)
ROWS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from("pqr"), st.sampled_from("xyz"), AMOUNTS), max_size=40)
PLACES = st.integers(0, 2 * BINS)


@settings(max_examples=25, deadline=None, print_blob=True)
@given(rows=ROWS, person=st.sampled_from(PEOPLE), limit=st.integers(0, 4), low=PLACES, high=PLACES)
def test_a_person_changes_no_release_by_more_than_its_sensitivity(
    rows: list[Row], person: str, limit: int, low: int, high: int
) -> None:
    with_all = witnessed([*STAYING, *rows], limit=limit, low=low, high=high)
    without = witnessed([*STAYING, *(row for row in rows if row[0] != person)], limit=limit, low=low, high=high)
    for (values, sensitivity), (others, same) in zip(with_all.released, without.released, strict=True):
        assert sensitivity == same
        distance = sqrt(sum((one - other) ** 2 for one, other in zip(values, others, strict=True)))
        assert distance <= sensitivity * (1 + 1e-12)
    [(groups, most)], [(fewer, _)] = with_all.groups, without.groups
    changed = [groups[name] - fewer[name] for name in groups]
    assert set(changed) <= {0, 1}
    assert sum(changed) <= most == LIMITS[limit]


def test_every_release_of_a_question_is_counted() -> None:
    found = private(EVERYTHING)
    assert found.private is not None
    witness = witnessed(STAYING, limit=0, low=BINS, high=BINS + 21)
    assert len(witness.released) + len(witness.groups) == found.private.releases
    noise = Noise(10)
    prepare_answer(room_of(STAYING), found.private, noise)
    assert noise.loss == pytest.approx(float(loss_of(found.private.releases, 10)))


def test_noise_has_the_width_that_is_said() -> None:
    for users, sensitivity in ((10, 1.0), (30, 4.0), (100, sqrt(2))):
        drawn = Noise(users).added_to([0] * 4000, sensitivity)
        width = users * sensitivity
        assert abs(fmean(drawn)) < DEVIATIONS * width / sqrt(len(drawn))
        assert abs(pvariance(drawn) / width**2 - 1) < DEVIATIONS * sqrt(2 / len(drawn))


def test_each_aggregate_is_right_but_for_its_noise() -> None:
    # 3,000 people with the values 1.25 and 1.75, half of them in either of two groups: no bound cuts anything.
    people = 3000
    rows: list[Row] = [(str(n), "w", "xy"[n % 2], 1.25 + 0.5 * place) for n in range(people) for place in (0, 1)]
    connection = room_of(rows)
    found = private(
        "SELECT segment, COUNT(*) AS n, COUNT(DISTINCT id) AS u, SUM(amount) AS s, AVG(amount) AS a, STDDEV_POP(amount) AS d "
        "FROM provider GROUP BY segment"
    )
    assert found.private is not None
    users, limit, times = 10, 2, 50
    errors: dict[str, list[float]] = {"n": [], "u": [], "s": [], "a": [], "d": []}
    for _ in range(times):
        said = prepare_answer(connection, found.private, Noise(users))
        assert {one.user_contribution_limit for one in said} == {limit}
        assert [(one.min_column_value, one.max_column_value) for one in said[2:]] == [(1.0, 2.0)] * 3
        answer = connection.execute(found.sql()).fetchall()
        connection.execute("DROP TABLE protected_answer")
        assert [row[0] for row in answer] == ["x", "y"]
        for _, n, u, s, a, d in answer:
            errors["n"].append((n - people) / (users * limit))
            errors["u"].append((u - people / 2) / (users * sqrt(limit)))
            errors["s"].append((s - people * 1.5) / (users * limit * 2))
            # Values lie within 0.5 of the middle of their bounds, 1.5.
            errors["a"].append((a - 1.5) * people / (users * limit * 0.5))
            errors["d"].append(d - 0.25)
    for name in ("n", "u", "s", "a"):
        count = len(errors[name])
        tolerance = 0.1 if name == "a" else 0.0  # a mean is divided by a noisy number
        assert abs(fmean(errors[name])) < DEVIATIONS / sqrt(count) + tolerance, name
        assert abs(pvariance(errors[name]) - 1) < DEVIATIONS * sqrt(2 / count) + tolerance, name
    assert abs(fmean(errors["d"])) < 0.02


@pytest.mark.parametrize(("epsilon", "users"), [(1, 10), (3, 30), (10, 20), (20, 10)])
def test_opendp_says_that_a_whole_budget_is_within_its_epsilon(epsilon: int, users: int) -> None:
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    release = dp.m.make_gaussian(*space, scale=float(users))
    together = dp.c.make_composition([release] * releases_in(whole_loss(epsilon), users))
    assert dp.c.make_zCDP_to_approxDP(together).map(1.0).epsilon(DELTA_OF_NOISE) <= epsilon


def test_no_budget_holds_so_many_selections_that_groups_could_be_known() -> None:
    assert releases_in(whole_loss(20), 100) * DELTA_OF_SELECTION <= 1e-6 - DELTA_OF_NOISE


@pytest.mark.parametrize("limit", LIMITS)
def test_a_group_of_one_user_is_not_shown(limit: int) -> None:
    noise = Noise(10)
    for _ in range(20):
        assert noise.groups_to_show({1: 1, 2: 1, 3: 100 * least_users(10, limit)}, limit) == [3]


def test_one_user_with_everything_is_cut_down() -> None:
    rows: list[Row] = [(str(n), "w", "x", 1.5) for n in range(5000)]
    connection = room_of(rows)
    connection.execute("INSERT INTO provider SELECT 'heavy', 'w', 'only here', 1e12 FROM range(50000)")
    found = private("SELECT COUNT(*) AS n, SUM(amount) AS s FROM provider")
    assert found.private is not None
    said = prepare_answer(connection, found.private, Noise(10))
    [(n, s)] = connection.execute(found.sql()).fetchall()
    assert [one.user_contribution_limit for one in said] == [1, 1]
    assert abs(n - 5000) < 100
    assert abs(s - 7500) < 300


def test_counts_are_divided_into_fractions() -> None:
    rows: list[Row] = [(str(n), "w", "x", 1.5) for n in range(2000) for _ in range(2 - n % 2)]
    found = private("SELECT COUNT(*) / COUNT(DISTINCT id) AS often FROM provider")
    assert found.private is not None
    connection = room_of(rows)
    connection.execute("SET integer_division = true")
    prepare_answer(connection, found.private, Noise(10))
    [(often,)] = connection.execute(found.sql()).fetchall()
    assert abs(often - 1.5) < 0.2


def test_nobody_at_all_still_has_an_answer() -> None:
    connection = room_of([("1", "w", "x", 1.0)])
    connection.execute("DELETE FROM provider")
    for sql, rows in ((EVERYTHING, 0), (EVERYTHING.replace("segment, ", "", 1).replace("GROUP BY segment", ""), 1)):
        found = private(sql)
        assert found.private is not None
        prepare_answer(connection, found.private, Noise(10))
        assert len(connection.execute(found.sql()).fetchall()) == rows
        connection.execute("DROP TABLE protected_answer")
