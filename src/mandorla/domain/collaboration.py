"""Collaborations of Clean Rooms: who was invited to what, and who came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

MemberStatus = Literal["INVITED", "ACTIVE", "LEFT", "REMOVED"]
MembershipStatus = Literal["ACTIVE", "REMOVED", "COLLABORATION_DELETED"]

# Any: members of the service model, kept as they were given.


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaboration:
    """What its creator set up. `settings` are those members of the service model that nothing here reads."""

    account_id: str
    id: str
    arn: str
    name: str
    description: str | None
    creator_display_name: str
    query_log_status: str
    auto_approved_change_types: tuple[str, ...]
    settings: Mapping[str, Any]
    create_time: datetime
    update_time: datetime
    parent: str = ""

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account in a collaboration: the creator has number 0. `membership_id` is empty until it comes."""

    account_id: str
    collaboration_id: str
    number: int
    display_name: str
    abilities: tuple[str, ...]
    ml_abilities: Mapping[str, Any] | None
    payment_configuration: Mapping[str, Any]
    status: MemberStatus
    membership_id: str
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """An account is in a collaboration once."""
        return self.collaboration_id

    @property
    def parent(self) -> str:
        """The collaboration."""
        return self.collaboration_id

    @property
    def is_present(self) -> bool:
        """Whether it may see the collaboration."""
        return self.status in ("INVITED", "ACTIVE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An account's own end of a collaboration; what it brings hangs on it. It outlives the collaboration."""

    account_id: str
    id: str
    arn: str
    collaboration_id: str
    collaboration_arn: str
    collaboration_name: str
    collaboration_creator_account_id: str
    collaboration_creator_display_name: str
    status: MembershipStatus
    member_abilities: tuple[str, ...]
    ml_member_abilities: Mapping[str, Any] | None
    payment_configuration: Mapping[str, Any]
    query_log_status: str
    settings: Mapping[str, Any]
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id, unique over all accounts."""
        return self.id

    @property
    def parent(self) -> str:
        """The collaboration."""
        return self.collaboration_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """What a member wants changed of a collaboration. `approvals` holds an account's say, and when it was said."""

    account_id: str
    id: str
    collaboration_id: str
    status: str
    is_auto_approved: bool
    changes: tuple[Mapping[str, Any], ...]
    approvals: Mapping[str, Mapping[str, Any]]
    create_time: datetime
    update_time: datetime

    @property
    def key(self) -> str:
        """Its id."""
        return self.id

    @property
    def parent(self) -> str:
        """The collaboration."""
        return self.collaboration_id
