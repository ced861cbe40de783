"""What members bring to a collaboration to ask about: configured tables, their analysis rules, and query templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

RuleType = Literal["AGGREGATION", "LIST", "CUSTOM"]

# Any: members of the service model, kept as they were given.


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """An analysis rule as it was given: its type, its policy and its times."""

    type: RuleType
    policy: Mapping[str, Any]
    create_time: datetime
    update_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredTable:
    """A Glue table with the columns that may be used at all, and what analyses of them may look like."""

    account_id: str
    id: str
    arn: str
    name: str
    description: str | None
    table_reference: Mapping[str, Any]
    allowed_columns: tuple[str, ...]
    analysis_method: str
    selected_analysis_methods: tuple[str, ...]
    analysis_rule: RulePolicy | None
    create_time: datetime
    update_time: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredTableAssociation:
    """A configured table in one collaboration, under the name that queries use, with the collaboration's own rule."""

    account_id: str
    id: str
    arn: str
    membership_id: str
    collaboration_id: str
    name: str
    description: str | None
    configured_table_id: str
    role_arn: str
    collaboration_rules: Mapping[str, RulePolicy]
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that brought it."""
        return self.membership_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisTemplate:
    """A query that members can look at and allow; its text never changes."""

    account_id: str
    id: str
    arn: str
    membership_id: str
    collaboration_id: str
    name: str
    description: str | None
    format: str
    text: str
    analysis_parameters: tuple[Mapping[str, Any], ...]
    referenced_tables: tuple[str, ...]
    settings: Mapping[str, Any]
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The membership that wrote it."""
        return self.membership_id
