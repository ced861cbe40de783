"""Whether a role may do something, and who may work as it: asked by services before they act in somebody's name."""

from collections.abc import Mapping
from datetime import datetime

from mandorla.domain.account import Caller
from mandorla.domain.arn import parse_arn
from mandorla.domain.errors import AccessDeniedError, MandorlaError
from mandorla.domain.policy import AccessRequest, Policy
from mandorla.domain.role import ManagedPolicy, Role
from mandorla.services.iam.evaluation import evaluate
from mandorla.services.iam.managed_by_aws import POLICIES_OF_AWS
from mandorla.services.iam.policy_documents import policy_of, read_policy
from mandorla.store.records import Records

Context = dict[str, tuple[str, ...]]


def find_role(records: Records, role_arn: str) -> Role | None:
    """The role of an ARN."""
    try:
        arn = parse_arn(role_arn)
    except MandorlaError:
        return None
    if arn.service != "iam" or arn.resource_type != "role":
        return None
    role = records.find(Role, arn.account_id, arn.resource.rpartition("/")[2].lower())
    return role if role is not None and role.arn == role_arn else None


def policies_of(records: Records, role: Role) -> list[Policy]:
    """Every policy that a role has, its own and those it was given."""
    documents = list(role.inline_policies.values())
    policies = [read_policy(document) for document in documents]
    for arn in role.attached_policies:
        managed = records.find(ManagedPolicy, role.account_id, arn)
        if managed is not None:
            policies.append(read_policy(managed.document))
        elif arn in POLICIES_OF_AWS:
            policies.append(policy_of(POLICIES_OF_AWS[arn]))
    return policies


def context_of(caller_arn: str, account_id: str, now: datetime, more: Mapping[str, str]) -> Context:
    """The context keys that every request has, and those that a service adds; in lower case."""
    given = {
        "aws:principalarn": caller_arn,
        "aws:principalaccount": account_id,
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:securetransport": "false",
        **{key.lower(): value for key, value in more.items()},
    }
    return {key: (value,) for key, value in given.items() if value}


def require_assumable(
    records: Records, role_arn: str, *, service: str, source_account: str, source_arn: str = "", now: datetime
) -> Role:
    """The role, if the service may work as it; AccessDeniedError says what its trust policy lacks."""
    role = find_role(records, role_arn)
    context = {"aws:SourceAccount": source_account, "aws:SourceArn": source_arn}
    request = AccessRequest(
        action="sts:AssumeRole",
        resource=role_arn,
        service=service,
        context=context_of("", "", now, context),
    )
    if role is None or not evaluate(request, [read_policy(role.trust_policy, of_resource=True)]).is_allowed:
        raise AccessDeniedError(
            f"{service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}. "
            f'The role must exist, and its trust policy must allow the principal {{"Service": "{service}"}}.'
        )
    return role


def require_role_may(
    records: Records,
    role_arn: str,
    *,
    action: str,
    resource: str,
    service: str,
    source_account: str,
    source_arn: str = "",
    resource_account: str = "",
    now: datetime,
) -> None:
    """Nothing, if a service that works as the role may do it; else AccessDeniedError names action, resource and role."""
    role = require_assumable(records, role_arn, service=service, source_account=source_account, source_arn=source_arn, now=now)
    context = {"s3:ResourceAccount": resource_account, "aws:ResourceAccount": resource_account}
    request = AccessRequest(
        action=action,
        resource=resource,
        principal_arn=role.arn,
        account_id=role.account_id,
        context=context_of(role.arn, role.account_id, now, context),
    )
    decision = evaluate(request, policies_of(records, role))
    if not decision.is_allowed:
        raise AccessDeniedError(denial(role.arn, action, resource, is_explicit=decision.is_explicit_deny))


def denial(who: str, action: str, resource: str, *, is_explicit: bool) -> str:
    """The sentence of a denial, as AWS writes it."""
    because = (
        "with an explicit deny in an identity-based policy" if is_explicit else "because no identity-based policy allows it"
    )
    return f"{who} is not authorized to perform: {action} on resource: {resource} {because}."


def require_caller_may(
    records: Records,
    caller: Caller,
    *,
    action: str,
    resource: str = "",
    resource_account: str = "",
    more: Mapping[str, tuple[str, ...]] | None = None,
    now: datetime,
) -> None:
    """Nothing, if the caller may: an account may do all that is its own, a session what its role and its own policies allow.

    Without a resource the question is whether there is any on which the caller may do it. `more` are context keys, in lower
    case, that the request has besides.
    """
    if not caller.role_arn:
        return
    role = find_role(records, caller.role_arn)
    context = {"s3:ResourceAccount": resource_account, "aws:ResourceAccount": resource_account}
    request = AccessRequest(
        action=action,
        resource=resource,
        principal_arn=caller.arn,
        account_id=caller.account_id,
        context=context_of(caller.role_arn, caller.account_id, now, context) | dict(more or {}),
    )
    decisions = [evaluate(request, policies_of(records, role) if role is not None else [])]
    decisions += [evaluate(request, [read_policy(text)]) for text in caller.session_policies]
    if not all(decision.is_allowed for decision in decisions):
        is_explicit = any(decision.is_explicit_deny for decision in decisions)
        raise AccessDeniedError("User: " + denial(caller.arn, action, resource or "*", is_explicit=is_explicit))


def require_pass_role(records: Records, caller: Caller, role_arn: str, *, service: str, now: datetime) -> None:
    """Nothing, if the caller may hand a role of its own account to a service."""
    role = find_role(records, role_arn)
    if role is None or role.account_id != caller.account_id:
        raise AccessDeniedError(f"{role_arn} is no role of account {caller.account_id}. Create it, or correct the ARN.")
    context = {"iam:passedtoservice": (service,)}
    require_caller_may(records, caller, action="iam:PassRole", resource=role_arn, more=context, now=now)
