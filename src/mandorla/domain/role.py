"""Roles and policies as IAM keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody to work as. `trust_policy` is the text that says who may; `inline_policies` are texts by name."""

    account_id: str
    role_name: str
    role_id: str
    path: str
    trust_policy: str
    created_at: datetime
    description: str = ""
    max_session_duration: int = 3600
    inline_policies: Mapping[str, str] = field(default_factory=dict)
    attached_policies: tuple[str, ...] = ()
    parent: str = ""

    @property
    def key(self) -> str:
        """Its name, unique in the account whatever its case."""
        return self.role_name.lower()

    @property
    def arn(self) -> str:
        """`arn:aws:iam::111122223333:role/path/name`."""
        return f"arn:aws:iam::{self.account_id}:role{self.path}{self.role_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One text of a managed policy."""

    version_id: str
    document: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A policy of an account's own that roles are given. At most five versions; one of them is in force."""

    account_id: str
    policy_name: str
    policy_id: str
    path: str
    created_at: datetime
    updated_at: datetime
    default_version_id: str
    versions: tuple[PolicyVersion, ...]
    versions_made: int = 1
    description: str = ""
    parent: str = ""

    @property
    def key(self) -> str:
        """Its ARN."""
        return self.arn

    @property
    def arn(self) -> str:
        """`arn:aws:iam::111122223333:policy/path/name`."""
        return f"arn:aws:iam::{self.account_id}:policy{self.path}{self.policy_name}"

    @property
    def document(self) -> str:
        """The text in force."""
        return next(version.document for version in self.versions if version.version_id == self.default_version_id)
