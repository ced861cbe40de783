"""Resource policies: what other accounts may do with a namespace, a workflow or a schema mapping."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from mandorla.domain.arn import parse_arn
from mandorla.domain.errors import ConflictError, MandorlaError, NotFoundError
from mandorla.domain.id_namespace import IdNamespace
from mandorla.domain.registered_schema import RegisteredSchema
from mandorla.domain.resource_policy import ResourcePolicy
from mandorla.domain.workflows import IdMappingWorkflow, MatchingWorkflow
from mandorla.services.call import Call, Operations
from mandorla.services.iam.policy_documents import policy_of, read_policy
from mandorla.store.records import Records

RESOURCES = {
    "idnamespace": IdNamespace,
    "idmappingworkflow": IdMappingWorkflow,
    "matchingworkflow": MatchingWorkflow,
    "schemamapping": RegisteredSchema,
}


def require_own_resource(call: Call, arn_text: str) -> None:
    """The caller has that resource; NotFoundError in the same words for what is not there or another's."""
    arn = parse_arn(arn_text)
    kind = RESOURCES.get(arn.resource_type)
    is_own = arn.service == "entityresolution" and arn.account_id == call.account_id
    if kind is None or not is_own or call.records.find(kind, call.account_id, arn.resource_name) is None:
        raise NotFoundError(f"Resource {arn_text} was not found.")


def find_policy(records: Records, arn: str) -> ResourcePolicy:
    """The policy of a resource; one without statements where there is none yet."""
    account_id = parse_arn(arn).account_id
    found = records.find(ResourcePolicy, account_id, arn)
    return found or ResourcePolicy(account_id=account_id, resource_arn=arn, token=str(uuid4()), statements=())


def keep(records: Records, policy: ResourcePolicy, statements: tuple[Mapping[str, Any], ...]) -> ResourcePolicy:
    """A new revision of a policy, checked as a policy first."""
    if statements:
        policy_of({"Version": "2012-10-17", "Statement": list(statements)}, of_resource=True)
    changed = replace(policy, statements=statements, token=str(uuid4()))
    records.put(changed)
    return changed


def put_policy(call: Call, *, arn, policy, token=None) -> Any:
    """Replace the whole policy. The token, where given, must be that of the revision that is replaced."""
    require_own_resource(call, arn)
    present = call.records.find(ResourcePolicy, call.account_id, arn)
    if token is not None and (present is None or token != present.token):
        raise ConflictError("The policy has changed since this token was given out. Get it again, and put it with its token.")
    read_policy(policy, of_resource=True)
    given = json.loads(policy)["Statement"]
    statements = tuple(given if isinstance(given, list) else [given])
    return shown(keep(call.records, find_policy(call.records, arn), statements))


def get_policy(call: Call, *, arn) -> Any:
    """The policy and its token."""
    require_own_resource(call, arn)
    return shown(find_policy(call.records, arn))


def add_policy_statement(call: Call, *, arn, statement_id, effect, action, principal, condition=None) -> Any:
    """One more statement."""
    require_own_resource(call, arn)
    statement = {
        "Sid": statement_id,
        "Effect": effect,
        "Principal": principal_of(principal),
        "Action": list(action),
        "Resource": arn,
    }
    if condition:
        try:
            statement["Condition"] = json.loads(condition)
        except ValueError as error:
            raise MandorlaError("condition must be a JSON object, as in a policy's Condition.") from error
    return shown(add_statement(call.records, arn, statement))


def add_statement(records: Records, arn: str, statement: Mapping[str, Any]) -> ResourcePolicy:
    """One more statement; ConflictError if its id is taken."""
    policy = find_policy(records, arn)
    if any(one.get("Sid") == statement["Sid"] for one in policy.statements):
        raise ConflictError(
            f"A statement with the id {statement['Sid']!r} exists already. Choose another id, or delete it first."
        )
    return keep(records, policy, (*policy.statements, statement))


def delete_policy_statement(call: Call, *, arn, statement_id) -> Any:
    """One statement less."""
    require_own_resource(call, arn)
    policy = find_policy(call.records, arn)
    if not any(one.get("Sid") == statement_id for one in policy.statements):
        raise NotFoundError(f"The policy has no statement {statement_id!r}.")
    return shown(remove_statement(call.records, arn, statement_id))


def remove_statement(records: Records, arn: str, statement_id: str) -> ResourcePolicy:
    """The policy without a statement, whether it was there or not."""
    policy = find_policy(records, arn)
    return keep(records, policy, tuple(one for one in policy.statements if one.get("Sid") != statement_id))


def principal_of(principals: tuple[str, ...]) -> dict[str, list[str]]:
    """Accounts and services as a policy's Principal names them.

    >>> principal_of(("111122223333", "cleanrooms.amazonaws.com"))
    {'AWS': ['111122223333'], 'Service': ['cleanrooms.amazonaws.com']}
    """
    services = [one for one in principals if one.endswith(".amazonaws.com")]
    accounts = [one for one in principals if one not in services]
    return {name: named for name, named in (("AWS", accounts), ("Service", services)) if named}


def shown(policy: ResourcePolicy) -> dict[str, Any]:
    """A policy as the API shows it."""
    document = {"Version": "2012-10-17", "Statement": list(policy.statements)}
    return {"arn": policy.resource_arn, "token": policy.token, "policy": json.dumps(document) if policy.statements else None}


OPERATIONS: Operations = {
    "PutPolicy": put_policy,
    "GetPolicy": get_policy,
    "AddPolicyStatement": add_policy_statement,
    "DeletePolicyStatement": delete_policy_statement,
}
