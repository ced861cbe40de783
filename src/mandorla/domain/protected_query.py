"""What is asked besides the SQL: by whom, with which parameters, and how AMC is to filter what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from mandorla.domain.query_table import Sensitivity


class SqlDialect(StrEnum):
    """How a question is written."""

    AMC = "amc"
    SPARK = "spark"
    REDSHIFT = "redshift"


class PrivacyFiltering(StrEnum):
    """What becomes of a row with too few users: it goes, or the values that need more users become NULL."""

    REMOVE_ROWS = "REMOVE_ROWS"
    REMOVE_VALUES = "REMOVE_VALUES"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryParameter:
    """A typed placeholder of an analysis template (`:name`) or a workflow (`CUSTOM_PARAMETER('name')`).

    `data_type` is a name of the service's; `element_type` that of the elements where it is ARRAY.
    """

    name: str
    data_type: str
    default_value: str | None = None
    element_type: str | None = None


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From a moment, inclusive, to another, exclusive; both in UTC without a zone. The zone is the asker's own."""

    start: datetime
    end: datetime
    time_zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class UserThresholds:
    """How many distinct users each level of sensitivity needs.

    With `zero_needs_users`, a metric to which nobody contributes is as small as one of a single user: its row is removed too.
    """

    none: int = 1
    low: int = 2
    medium: int = 100
    high: int = 100
    zero_needs_users: bool = False

    def users_for(self, sensitivity: Sensitivity) -> int:
        """The users that a value of this level needs. What may not be shown at all counts as HIGH where it is counted."""
        levels = {Sensitivity.NONE: self.none, Sensitivity.LOW: self.low, Sensitivity.MEDIUM: self.medium}
        return levels.get(sensitivity, self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcQuestion:
    """An execution of an AMC workflow: its window, its declared parameters and the names of the columns it adds."""

    time_window: TimeWindow | None = None
    parameters: tuple[QueryParameter, ...] = ()
    privacy_filtering: PrivacyFiltering = PrivacyFiltering.REMOVE_ROWS
    distinct_user_count_column: str | None = None
    filtered_metrics_discriminator_column: str | None = None
    filtered_reason_column: str | None = None
    thresholds: UserThresholds = field(default_factory=UserThresholds)
    built_in_parameters: Mapping[str, str] = field(default_factory=dict)

    dialect = SqlDialect.AMC


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRoomsQuestion:
    """A protected query of Clean Rooms: who asks, who receives, and the template if the SQL is one's."""

    runner: str
    analysis_template_arn: str | None = None
    result_receivers: tuple[str, ...] = ()
    parameters: tuple[QueryParameter, ...] = ()
    dialect: SqlDialect = SqlDialect.SPARK


Question: TypeAlias = AmcQuestion | CleanRoomsQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedQuery:
    """A question that a member of a collaboration asked: its text, who receives the answer, and the job that finds it.

    `sql_parameters` and `result_configuration` are as they were given. `receivers` are accounts, `s3_output` where the asker
    itself receives it, if it does.
    """

    account_id: str
    id: str
    membership_id: str
    collaboration_id: str
    sql_parameters: Mapping[str, Any]  # Any: members of the service model
    result_configuration: Mapping[str, Any] | None
    compute_configuration: Mapping[str, Any] | None
    s3_output: Mapping[str, Any] | None
    receivers: tuple[str, ...]
    create_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that asked."""
        return self.membership_id
