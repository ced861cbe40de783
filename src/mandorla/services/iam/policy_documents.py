"""Policy documents from JSON: statements, or everything that is wrong with them at once."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mandorla.domain.policy import Condition, Policy, Principals, Statement
from mandorla.wire.errors import WireError

VERSIONS = frozenset({"2012-10-17", "2008-10-17"})
DOCUMENT_MEMBERS = frozenset({"Version", "Id", "Statement"})
STATEMENT_MEMBERS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)

# Any: a policy document is JSON from anybody.
Json = Any


def malformed(message: str) -> WireError:
    """IAM's own error for what is no policy."""
    return WireError("MalformedPolicyDocument", message)


def read_policy(text: str, *, of_resource: bool = False) -> Policy:
    """The policy that a text holds. `of_resource` says that it stands on a resource, so its statements name principals.

    MalformedPolicyDocument names the place, what is wrong there, and how to mend it.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        place = f"line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "its text"
        raise malformed(
            f"The policy stops being JSON at {place}. Take out prose, typographic quotes and placeholders."
        ) from error
    return policy_of(document, of_resource=of_resource)


def policy_of(document: Json, *, of_resource: bool = False) -> Policy:
    """The policy of a document that was read already."""
    if not isinstance(document, Mapping):
        raise malformed("A policy is a JSON object with Version and Statement.")
    version = document.get("Version", "2008-10-17")
    given = document.get("Statement")
    listed = given if isinstance(given, list) else [] if given is None else [given]
    faults = [f"{name} is no member of a policy" for name in document.keys() - DOCUMENT_MEMBERS]
    faults += [] if version in VERSIONS else ["Version must be 2012-10-17"]
    faults += [] if listed else ["Statement is missing"]
    for number, one in enumerate(listed):
        faults += (
            [f"Statement[{number}]: {fault}" for fault in faults_of(one, of_resource=of_resource)] if one is not None else []
        )
    if faults:
        raise malformed(f"The policy has {len(faults)} fault{'s' if len(faults) > 1 else ''}: {'; '.join(sorted(faults))}.")
    return Policy(statements=tuple(statement_of(one) for one in listed), has_variables=version == "2012-10-17")


def faults_of(statement: Json, *, of_resource: bool) -> Iterator[str]:
    """What is wrong with a statement."""
    if not isinstance(statement, Mapping):
        yield "it is not a JSON object"
        return
    yield from (f"{str(name)[:60]} is no member of a statement" for name in statement.keys() - STATEMENT_MEMBERS)
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield "Effect must be Allow or Deny"
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        is_needed = one == "Action" or (one == "Principal") == of_resource
        if one in statement and other in statement:
            yield f"it has both {one} and {other}; keep one"
        elif is_needed and one not in statement and other not in statement:
            yield f"{one} is missing"
        elif not of_resource and one == "Principal" and {one, other} & statement.keys():
            yield "a policy of a role or user names no principal"
    for name in ("Action", "NotAction"):
        for action in texts(statement.get(name)):
            if action != "*" and ":" not in action:
                yield f"{name} {action[:60]!r} must be service:action, such as s3:GetObject"
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in statement and not is_texts(statement[name]):
            yield f"{name} must be a text or a list of texts"
    yield from faults_of_condition(statement.get("Condition", {}))


def faults_of_condition(condition: Json) -> Iterator[str]:
    """What is wrong with the conditions of a statement."""
    if not isinstance(condition, Mapping) or not all(isinstance(tests, Mapping) for tests in condition.values()):
        yield "Condition must be {operator: {key: value}}"
        return
    for operator, tests in condition.items():
        for key, values in tests.items():
            if not all(isinstance(value, str | bool | int | float) for value in as_list(values)):
                yield f"the values of {operator} {key} must be texts, numbers or booleans"


def statement_of(statement: Mapping[str, Json]) -> Statement:
    """A statement that was looked at already."""
    return Statement(
        effect=statement["Effect"],
        sid=str(statement.get("Sid", "")),
        actions=texts(statement.get("Action")),
        not_actions=texts(statement.get("NotAction")),
        resources=texts(statement.get("Resource")),
        not_resources=texts(statement.get("NotResource")),
        principals=principals_of(statement.get("Principal")),
        not_principals=principals_of(statement.get("NotPrincipal")),
        conditions=tuple(
            Condition(operator=operator, key=key.lower(), values=tuple(text_of(value) for value in as_list(values)))
            for operator, tests in statement.get("Condition", {}).items()
            for key, values in tests.items()
        ),
    )


def principals_of(principal: Json) -> Principals | None:
    """`"*"`, `{"AWS": …}`, `{"Service": …}`."""
    if principal is None:
        return None
    if principal == "*":
        return Principals(is_everybody=True)
    if not isinstance(principal, Mapping) or principal.keys() - {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise malformed('Principal must be "*", or an object with AWS or Service.')
    aws = texts(principal.get("AWS"))
    return Principals(aws=aws, services=texts(principal.get("Service")), is_everybody="*" in aws)


def text_of(value: str | bool | int | float) -> str:
    """A condition's value as policies write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_list(value: Json) -> list[Json]:
    """One or several."""
    return value if isinstance(value, list) else [value]


def is_texts(value: Json) -> bool:
    """A text, or a list of them."""
    return all(isinstance(one, str) for one in as_list(value))


def texts(value: Json) -> tuple[str, ...]:
    """The texts of a member that may be missing, one, or several."""
    return tuple(one for one in as_list(value) if isinstance(one, str))
