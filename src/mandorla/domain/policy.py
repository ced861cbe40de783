"""IAM policies: statements that allow or deny actions on resources to principals, under conditions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Effect = Literal["Allow", "Deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principals:
    """Who a statement is about: account ids, ARNs or `*` under `aws`, service names under `services`."""

    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    is_everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test: an operator as written (`ForAnyValue:StringLikeIfExists`), a context key, the values of which one must hold."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`actions` and `resources` are patterns; with `not_actions` or `not_resources` the statement is about all others."""

    effect: Effect
    sid: str = ""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: Principals | None = None
    not_principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document. `has_variables`: only Version 2012-10-17 replaces `${aws:…}`."""

    statements: tuple[Statement, ...]
    has_variables: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """What is asked of policies: who wants to do what to which resource. Context keys are in lower case."""

    action: str
    resource: str
    principal_arn: str = ""
    account_id: str = ""
    service: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a request is allowed, and the statement that decided; none where nothing allows it."""

    is_allowed: bool
    statement: Statement | None = None

    @property
    def is_explicit_deny(self) -> bool:
        """Whether a statement denies it, which nothing else can undo."""
        return not self.is_allowed and self.statement is not None
