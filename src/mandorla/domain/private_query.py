"""A question under differential privacy, taken apart: whose rows it reads, what is aggregated of them, and what that costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AggregationType(StrEnum):
    """The aggregates that noise can be added to, under the service model's names."""

    AVG = "AVG"
    COUNT = "COUNT"
    COUNT_DISTINCT = "COUNT_DISTINCT"
    SUM = "SUM"
    STDDEV = "STDDEV"


# What an aggregate releases: a mean is a sum and a count, a deviation a sum, a sum of squares and a count.
RELEASES_OF: Mapping[AggregationType, int] = {
    AggregationType.AVG: 2,
    AggregationType.COUNT: 1,
    AggregationType.COUNT_DISTINCT: 1,
    AggregationType.SUM: 1,
    AggregationType.STDDEV: 3,
}
# Those of numbers, whose bounds have to be found first. That is a release of its own.
NUMERIC = (AggregationType.AVG, AggregationType.SUM, AggregationType.STDDEV)
# How many rows a user has at most is a release too, and so is which groups are shown.
RELEASES_OF_LIMIT, RELEASES_OF_BOUNDS, RELEASES_OF_SELECTION = 1, 1, 1

# Where the noisy numbers stand when the answer is made of them, and how the columns of the rows are called.
PRIVATE_ANSWER, PRIVATE_USER, PRIVATE_KEY, PRIVATE_VALUE = (
    "protected_answer",
    "protected_user",
    "protected_key_",
    "protected_value_",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateAggregate:
    """An aggregate over a column of values. `of_users` says that the values are the users themselves."""

    type: AggregationType
    value: int
    expression: str
    of_users: bool = False
    of_population: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateQuery:
    """`rows` is SQL for one row a contribution: its user, the keys of its group, its values. The answer is made of
    `aggregates`, each as a column under the number of its place."""

    rows: str
    keys: int
    values: int
    aggregates: tuple[PrivateAggregate, ...]

    @property
    def needs_limit(self) -> bool:
        """Whether it matters how many rows a user has: it does not where all users are counted once."""
        return self.keys > 0 or not all(one.of_users for one in self.aggregates)

    @property
    def is_of_distinct_rows(self) -> bool:
        """Whether a second row that is like the first one changes nothing, so that only one is a contribution."""
        return all(one.type is AggregationType.COUNT_DISTINCT for one in self.aggregates)

    @property
    def bounded_values(self) -> tuple[int, ...]:
        """The columns of numbers whose bounds are needed, each once."""
        return tuple(sorted({one.value for one in self.aggregates if one.type in NUMERIC}))

    @property
    def releases(self) -> int:
        """What the question costs."""
        own = sum(RELEASES_OF[one.type] for one in self.aggregates)
        bounds = RELEASES_OF_BOUNDS * len(self.bounded_values)
        return own + bounds + RELEASES_OF_LIMIT * self.needs_limit + RELEASES_OF_SELECTION * bool(self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityParameters:
    """What was found of an aggregate on the way: how much a user may add to it. It says nothing that was not released."""

    aggregation_type: AggregationType
    aggregation_expression: str
    user_contribution_limit: int
    min_column_value: float | None = None
    max_column_value: float | None = None


def releases_alone(aggregation_type: AggregationType) -> int:
    """What a question costs that has one such aggregate and no groups.

    >>> [releases_alone(one) for one in AggregationType]
    [4, 2, 2, 3, 5]
    """
    return RELEASES_OF[aggregation_type] + RELEASES_OF_LIMIT + RELEASES_OF_BOUNDS * (aggregation_type in NUMERIC)
