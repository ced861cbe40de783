"""Who a caller is, and temporary credentials to be somebody with fewer rights (STS)."""

from datetime import timedelta
from typing import Any

from mandorla.domain.account import Caller, Credential
from mandorla.domain.errors import AccessDeniedError
from mandorla.domain.policy import AccessRequest
from mandorla.services.call import Call, Operations
from mandorla.services.iam.authorization import context_of, find_role, require_caller_may
from mandorla.services.iam.evaluation import evaluate
from mandorla.services.iam.policy_documents import read_policy
from mandorla.store.accounts import derive_secret, derive_session_token, new_access_key_id
from mandorla.wire.errors import WireError

DEFAULT_SECONDS, LEAST_SECONDS = 3600, 900


def get_caller_identity(call: Call) -> Any:
    """The account, and the ARN that policies see."""
    role = find_role(call.records, call.caller.role_arn) if call.caller.role_arn else None
    user_id = f"{role.role_id}:{call.caller.session_name}" if role is not None else call.account_id
    return {"user_id": user_id, "account": call.account_id, "arn": call.caller.arn}


def assume_role(
    call: Call,
    *,
    role_arn,
    role_session_name,
    policy_arns=(),
    policy=None,
    duration_seconds=DEFAULT_SECONDS,
    tags=(),
    transitive_tag_keys=(),
    external_id=None,
    serial_number=None,
    token_code=None,
    source_identity=None,
    provided_contexts=(),
    minimum_session_token_size=None,
) -> Any:
    """A temporary key that works as a role, if the role's trust policy lets the caller."""
    role = find_role(call.records, role_arn)
    trusts = role is not None and is_trusted(call, role_arn, role.trust_policy, external_id)
    if role is None or not trusts:
        raise AccessDeniedError(
            f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}."
        )
    require_caller_may(call.records, call.caller, action="sts:AssumeRole", resource=role_arn, now=call.now)
    if not LEAST_SECONDS <= duration_seconds <= role.max_session_duration:
        message = f"DurationSeconds must lie between {LEAST_SECONDS} and the role's {role.max_session_duration}."
        raise WireError("ValidationError", message)
    if policy is not None:
        read_policy(policy)
    credential = Credential(
        account_id=role.account_id,
        access_key_id=new_access_key_id("ASIA"),
        created_at=call.now,
        expires_at=call.now + timedelta(seconds=duration_seconds),
        role_arn=role_arn,
        session_name=role_session_name,
        session_policies=(policy,) if policy is not None else (),
    )
    call.records.add(credential)
    session = Caller(account_id=role.account_id, role_arn=role_arn, session_name=role_session_name)
    return {
        "credentials": {
            "access_key_id": credential.access_key_id,
            "secret_access_key": derive_secret(call.server_key, credential.access_key_id),
            "session_token": derive_session_token(call.server_key, credential.access_key_id),
            "expiration": credential.expires_at,
        },
        "assumed_role_user": {"assumed_role_id": f"{role.role_id}:{role_session_name}", "arn": session.arn},
    }


def is_trusted(call: Call, role_arn: str, trust_policy: str, external_id: str | None) -> bool:
    """Whether a role's trust policy names the caller."""
    request = AccessRequest(
        action="sts:AssumeRole",
        resource=role_arn,
        principal_arn=call.caller.role_arn or call.caller.arn,
        account_id=call.account_id,
        context=context_of(call.caller.arn, call.account_id, call.now, {"sts:ExternalId": external_id or ""}),
    )
    return evaluate(request, [read_policy(trust_policy, of_resource=True)]).is_allowed


OPERATIONS: Operations = {
    "GetCallerIdentity": get_caller_identity,
    "AssumeRole": assume_role,
}
