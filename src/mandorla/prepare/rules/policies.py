"""The guide's roles: a trust policy for entityresolution.amazonaws.com, and permission to read the data and its catalogue."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from mandorla.domain.finding import Finding
from mandorla.prepare.rules.payload import POLICY, TRUST_POLICY, Payload, listed, statements

SHAPE, SERVICE, ACTION, MISSING, CONDITION = (
    "POLICY_SHAPE", "TRUST_SERVICE", "TRUST_ACTION", "PERMISSION_MISSING", "CONDITION_ACCOUNT",
)  # fmt: skip

ENTITY_RESOLUTION = "entityresolution.amazonaws.com"

# The guide's "SOURCE IdNamespace Pass Role Permissions".
NEEDED = (
    "s3:GetObject", "s3:ListBucket", "s3:GetBucketLocation",
    "glue:GetDatabase", "glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:GetSchema",
    "glue:GetSchemaVersion", "glue:BatchGetPartition",
)  # fmt: skip


def findings(payload: Payload) -> Iterator[Finding]:
    """What keeps a policy from doing what the guide needs it for."""
    if payload.kind not in (TRUST_POLICY, POLICY):
        return
    if payload.document.get("Version") != "2012-10-17":
        what = "Version is not 2012-10-17"
        yield Finding(code=SHAPE, where=payload.where("Version"), what=what, mend='write "Version": "2012-10-17"')
    for number, statement in enumerate(statements(payload.document)):
        if statement.get("Effect") not in ("Allow", "Deny"):
            where = payload.where(f"Statement[{number}].Effect")
            yield Finding(code=SHAPE, where=where, what="Effect is neither Allow nor Deny", mend="write one of them")
    yield from (of_trust if payload.kind == TRUST_POLICY else of_permission)(payload)


def of_trust(payload: Payload) -> Iterator[Finding]:
    """Who may work as the role."""
    allowing = [one for one in statements(payload.document) if one.get("Effect") == "Allow"]
    services = [
        service
        for one in allowing
        if isinstance(one.get("Principal"), dict)
        for service in listed(one["Principal"].get("Service"))
    ]
    if ENTITY_RESOLUTION not in services:
        what = f"no statement lets {ENTITY_RESOLUTION} work as the role"
        mend = f'write "Principal": {{"Service": ["{ENTITY_RESOLUTION}"]}}'
        yield Finding(code=SERVICE, where=payload.where("Statement"), what=what, mend=mend)
    if not any(is_allowed("sts:AssumeRole", listed(one.get("Action"))) for one in allowing):
        what = "no statement allows sts:AssumeRole"
        yield Finding(code=ACTION, where=payload.where("Statement"), what=what, mend='write "Action": "sts:AssumeRole"')


def of_permission(payload: Payload) -> Iterator[Finding]:
    """What the role may do."""
    allowed = [
        action for one in statements(payload.document) if one.get("Effect") == "Allow" for action in listed(one.get("Action"))
    ]
    services = {action.partition(":")[0].lower() for action in allowed}
    if not services & {"s3", "glue", "*"}:
        return  # the policy of another role
    missing = [action for action in NEEDED if not is_allowed(action, allowed)]
    if missing:
        what = f"the role may not: {', '.join(missing)}"
        yield Finding(code=MISSING, where=payload.where("Statement"), what=what, mend="allow these actions too")
    for number, statement in enumerate(statements(payload.document)):
        accounts = (((statement.get("Condition") or {}).get("StringEquals")) or {}).get("s3:ResourceAccount", [])
        for account in listed(accounts):
            if "{{" not in account and not re.fullmatch(r"[0-9]{12}", account):
                where = payload.where(f"Statement[{number}].Condition")
                what = "s3:ResourceAccount is not an account id of twelve digits, so it is never true"
                yield Finding(code=CONDITION, where=where, what=what, mend="write the account's id")


def is_allowed(action: str, patterns: list[str]) -> bool:
    """Whether one of a policy's action patterns covers an action; their case does not matter.

    >>> is_allowed("s3:GetObject", ["S3:Get*"]), is_allowed("s3:ListBucket", ["s3:Get*"])
    (True, False)
    """
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)
