"""Answer a question under differential privacy: bound what each user contributes, add it up, add noise, and answer from that.

Rows, values and groups are bounded before anything is summed up, and each bound is itself found with noise. Sums are of whole
numbers: a value is written as a number of steps between its bounds. `docs/differential-privacy.md` has the reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import duckdb

from mandorla.domain.private_query import (
    PRIVATE_ANSWER,
    PRIVATE_KEY,
    PRIVATE_USER,
    PRIVATE_VALUE,
    AggregationType,
    PrivateAggregate,
    PrivateQuery,
    SensitivityParameters,
)
from mandorla.engines.noise import Noise

ROWS, KEPT, GROUPS = "protected_rows", "protected_kept", "protected_groups"
# Users have 1, 2, 4, … rows at most; who has more than the last is cut down to it.
LIMITS = tuple(1 << power for power in range(11))
# The share of users who may lose rows to the limit; fewer than the noise hides are not looked for.
SHARE_CUT, DEVIATIONS_LOST = 0.05, 2
# Values are sorted by their power of two, from 2^-20 to 2^62 and below zero the same. Smaller ones count as zero.
SMALLEST_POWER, LARGEST_POWER = -20, 62
BINS = LARGEST_POWER - SMALLEST_POWER + 1
# So many deviations of the noise say that somebody is there: over all bins, it errs about once in three million times. A bin
# that is seen wrongly may lie far out, and then the noise of a sum drowns everything.
DEVIATIONS_SEEN = 6
STEPS = 2**20
WHOLE = (AggregationType.COUNT, AggregationType.COUNT_DISTINCT)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which two numbers values are kept."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The number in the middle."""
        return (self.low + self.high) / 2

    @property
    def half(self) -> float:
        """From the middle to either end."""
        return (self.high - self.low) / 2

    @property
    def largest(self) -> float:
        """The largest size that a value can have."""
        return max(abs(self.low), abs(self.high))


def prepare_answer(
    connection: duckdb.DuckDBPyConnection, query: PrivateQuery, noise: Noise
) -> tuple[SensitivityParameters, ...]:
    """Make the table that the answer is selected from. Gives what was found of each aggregate on the way."""
    distinct = "DISTINCT" if query.is_of_distinct_rows else ""
    connection.execute(
        f"CREATE TEMP TABLE {ROWS} AS SELECT {distinct} * FROM ({query.rows}) AS t WHERE {PRIVATE_USER} IS NOT NULL"
    )
    limit = row_limit(connection, noise) if query.needs_limit else 0
    keep_rows(connection, query, limit)
    bounds = {value: bounds_of(connection, value, noise) for value in query.bounded_values}
    shown = shown_groups(connection, query, limit, noise)
    columns = [numbers_of(connection, one, bounds.get(one.value), limit, noise) for one in query.aggregates]
    write_answer(connection, query, shown, columns)
    return tuple(found_of(one, bounds.get(one.value), limit) for one in query.aggregates)


def row_limit(connection: duckdb.DuckDBPyConnection, noise: Noise) -> int:
    """How many rows a user may have: so many that few users lose any. A user is in one of the counts, and changes it by one."""
    counted = connection.execute(
        f"SELECT LEAST(CEIL(LOG2(n)), {len(LIMITS) - 1})::INTEGER, COUNT(*) FROM "
        f"(SELECT COUNT(*) AS n FROM {ROWS} GROUP BY {PRIVATE_USER}) GROUP BY 1"
    ).fetchall()
    users = noise.added_to(in_places(counted, len(LIMITS)), 1)
    tolerated = max(SHARE_CUT * sum(users), DEVIATIONS_LOST * noise.users)
    return next(limit for place, limit in enumerate(LIMITS) if sum(users[place + 1 :]) <= tolerated)


def in_places(counted: Sequence[tuple[int, int]], size: int) -> list[int]:
    """Counts as a list, with nothing where there is none."""
    found = dict(counted)
    return [found.get(place, 0) for place in range(size)]


def keep_rows(connection: duckdb.DuckDBPyConnection, query: PrivateQuery, limit: int) -> None:
    """No more rows of a user than the limit. Which, depends on these rows alone and not on anybody else's."""
    columns = columns_of(query)
    number = "" if query.keys else ", 0::BIGINT AS number"
    order = ", ".join((f"HASH({', '.join((PRIVATE_USER, *columns))})", *columns))
    chosen = f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {PRIVATE_USER} ORDER BY {order}) <= {limit}" if limit else ""
    connection.execute(f"CREATE TEMP TABLE {KEPT} AS SELECT *{number} FROM {ROWS} {chosen}")


def columns_of(query: PrivateQuery) -> list[str]:
    """The keys and values of a row."""
    return [f"{PRIVATE_KEY}{place}" for place in range(query.keys)] + [
        f"{PRIVATE_VALUE}{place}" for place in range(query.values)
    ]


def bounds_of(connection: duckdb.DuckDBPyConnection, value: int, noise: Noise) -> Bounds:
    """Powers of two between which the values of nearly all users lie.

    Each user counts once for its lowest value and once for its highest, so it changes all counts together by √2.
    """
    number = f"{PRIVATE_VALUE}{value}"
    power = f"LEAST(FLOOR(LOG2(ABS(x))), {LARGEST_POWER}) - {SMALLEST_POWER} + 1"
    place = f"(CASE WHEN ABS(x) < POWER(2, {SMALLEST_POWER}) THEN 0 ELSE SIGN(x) * ({power}) END)::INTEGER + {BINS}"
    counts = []
    for end in ("MIN", "MAX"):
        counted = connection.execute(
            f"SELECT {place}, COUNT(*) FROM (SELECT {end}({number}) AS x FROM {KEPT} "
            f"WHERE ISFINITE({number}) GROUP BY {PRIVATE_USER}) GROUP BY 1"
        ).fetchall()
        counts += in_places(counted, 2 * BINS + 1)
    users = noise.added_to(counts, sqrt(2))
    half = len(users) // 2
    lowest, highest = seen_in(users[:half], noise.users), seen_in(users[half:], noise.users)
    low, high = sorted((edges_of(lowest[0])[0], edges_of(highest[-1])[1]))
    return Bounds(low, max(high, low + 2.0**SMALLEST_POWER))


def seen_in(users: Sequence[int], noise_users: int) -> list[int]:
    """The places where somebody is, beyond the noise; where that is nowhere, the one that looks most like it."""
    threshold = DEVIATIONS_SEEN * sqrt(2) * noise_users
    return [place for place, count in enumerate(users) if count > threshold] or [users.index(max(users))]


def edges_of(place: int) -> tuple[float, float]:
    """Between which numbers the values of a place lie.

    >>> edges_of(BINS), edges_of(BINS + 21), edges_of(BINS - 21)
    ((0.0, 0.0), (1.0, 2.0), (-2.0, -1.0))
    """
    power = abs(place - BINS) + SMALLEST_POWER - 1
    if place == BINS:
        return 0.0, 0.0
    near, far = 2.0**power, 2.0 ** (power + 1)
    return (near, far) if place > BINS else (-far, -near)


def shown_groups(connection: duckdb.DuckDBPyConnection, query: PrivateQuery, limit: int, noise: Noise) -> list[int]:
    """Number the groups, and choose those that enough users are in. Without keys there is one, whoever is in it."""
    keys = [f"{PRIVATE_KEY}{place}" for place in range(query.keys)]
    if not keys:
        connection.execute(f"CREATE TEMP TABLE {GROUPS} AS SELECT 0::BIGINT AS number")
        return [0]
    listed = ", ".join(keys)
    connection.execute(
        f"CREATE TEMP TABLE {GROUPS} AS SELECT {listed}, COUNT(DISTINCT {PRIVATE_USER}) AS users, "
        f"ROW_NUMBER() OVER (ORDER BY {listed}) AS number FROM {KEPT} GROUP BY {listed}"
    )
    users = dict(connection.execute(f"SELECT number, users FROM {GROUPS}").fetchall())
    shown = noise.groups_to_show(users, limit)
    connection.execute(f"DELETE FROM {GROUPS} WHERE number NOT IN (SELECT UNNEST(?::BIGINT[]))", [shown])
    same = " AND ".join(f"k.{key} IS NOT DISTINCT FROM g.{key}" for key in keys)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {KEPT} AS SELECT k.*, g.number FROM {KEPT} k JOIN {GROUPS} g ON {same}")
    return shown


def sums_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[int]:
    """A whole number for each group that is shown, in their order; `sql` aggregates over the rows `k` that are kept."""
    found = connection.execute(
        f"SELECT g.number, COALESCE({sql}, 0)::BIGINT FROM {GROUPS} g LEFT JOIN {KEPT} k ON k.number = g.number "
        f"GROUP BY g.number ORDER BY g.number"
    )
    return [value for _, value in found.fetchall()]


def numbers_of(
    connection: duckdb.DuckDBPyConnection, aggregate: PrivateAggregate, bounds: Bounds | None, limit: int, noise: Noise
) -> list[float] | list[int]:
    """An aggregate of each group that is shown, with noise. A user has `limit` rows in all groups together."""
    number = f"k.{PRIVATE_VALUE}{aggregate.value}"
    if aggregate.type is AggregationType.COUNT:
        return noise.added_to(sums_of(connection, f"COUNT({number})"), limit)
    if aggregate.type is AggregationType.COUNT_DISTINCT:
        most = sqrt(max(limit, 1)) if aggregate.of_users else limit
        return noise.added_to(sums_of(connection, f"COUNT(DISTINCT {number})"), most)
    assert bounds is not None, "numbers have bounds"
    inside = f"LEAST(GREATEST({number}, {bounds.low!r}), {bounds.high!r})"
    if aggregate.type is AggregationType.SUM:
        steps = noise.added_to(sums_of(connection, sum_in_steps(f"{inside} / {bounds.largest!r}", number)), limit * STEPS)
        return [step * bounds.largest / STEPS for step in steps]
    return means_of(connection, aggregate, bounds, limit, noise)


def means_of(
    connection: duckdb.DuckDBPyConnection, aggregate: PrivateAggregate, bounds: Bounds, limit: int, noise: Noise
) -> list[float]:
    """The mean or the standard deviation of each group that is shown, with noise: values are taken from the middle of their
    bounds, where they lie between -1 and 1, and their squares from a half, where these are a half at most."""
    number = f"k.{PRIVATE_VALUE}{aggregate.value}"
    value = f"(LEAST(GREATEST({number}, {bounds.low!r}), {bounds.high!r}) - {bounds.middle!r}) / {bounds.half!r}"
    counts = noise.added_to(sums_of(connection, f"COUNT(CASE WHEN ISFINITE({number}) THEN 1 END)"), limit)
    sums = noise.added_to(sums_of(connection, sum_in_steps(value, number)), limit * STEPS)
    if aggregate.type is AggregationType.AVG:
        means = (total / STEPS / max(count, 1) for total, count in zip(sums, counts, strict=True))
        return [bounds.middle + bounds.half * min(max(mean, -1.0), 1.0) for mean in means]
    square = sum_in_steps(f"POWER({value}, 2) - 0.5", number, STEPS // 2)
    squares = noise.added_to(sums_of(connection, square), limit * STEPS // 2)
    return [
        bounds.half * deviation(total / STEPS, two / STEPS, count, of_population=aggregate.of_population)
        for total, two, count in zip(sums, squares, counts, strict=True)
    ]


def sum_in_steps(value: str, number: str, most: int = STEPS) -> str:
    """SQL for the sum of what is made of each finite number: a whole number of steps, and never more than `most`."""
    steps = f"LEAST(GREATEST(ROUND(({value}) * {STEPS}), -{most}), {most})"
    return f"SUM(CASE WHEN ISFINITE({number}) THEN {steps}::BIGINT END)"


def deviation(total: float, squares: float, count: int, *, of_population: bool) -> float:
    """The standard deviation of values between -1 and 1, from their sum, that of their squares less a half, and their number.

    >>> deviation(0.0, 2.0, 4, of_population=True)
    1.0
    """
    number = max(count, 2)
    variance = squares / number + 0.5 - (total / number) ** 2
    whole = variance if of_population else variance * number / (number - 1)
    return sqrt(min(max(whole, 0.0), 1.0))


def write_answer(
    connection: duckdb.DuckDBPyConnection, query: PrivateQuery, shown: list[int], columns: Sequence[Sequence[float | int]]
) -> None:
    """The noisy numbers beside the keys of their groups, in the order of the keys."""
    keys = [f"g.{PRIVATE_KEY}{place}" for place in range(query.keys)]
    kinds = ["BIGINT" if one.type in WHOLE else "DOUBLE" for one in query.aggregates]
    numbers = [f"UNNEST(?::{kind}[]) AS {PRIVATE_VALUE}{place}" for place, kind in enumerate(kinds)]
    unnested = ", ".join(["UNNEST(?::BIGINT[]) AS number", *numbers])
    listed = ", ".join([*keys, *(f"n.{PRIVATE_VALUE}{place}" for place in range(len(kinds)))])
    connection.execute(
        f"CREATE TEMP TABLE {PRIVATE_ANSWER} AS SELECT {listed} FROM (SELECT {unnested}) AS n "
        f"JOIN {GROUPS} g ON g.number = n.number ORDER BY g.number",
        [shown, *(list(column) for column in columns)],
    )
    for name in (ROWS, KEPT, GROUPS):
        connection.execute(f"DROP TABLE {name}")


def found_of(aggregate: PrivateAggregate, bounds: Bounds | None, limit: int) -> SensitivityParameters:
    """What may be said of an aggregate: how many rows a user has, and between which bounds values were kept."""
    return SensitivityParameters(
        aggregation_type=aggregate.type,
        aggregation_expression=aggregate.expression,
        user_contribution_limit=limit or 1,
        min_column_value=bounds.low if bounds is not None else None,
        max_column_value=bounds.high if bounds is not None else None,
    )
