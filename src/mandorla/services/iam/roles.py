"""Roles: who may work as them, and which policies they have."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from mandorla.domain.role import Role
from mandorla.services.call import Call, Operations
from mandorla.services.iam.policy_documents import read_policy
from mandorla.services.paging import paged, paged_in_order
from mandorla.services.tagging import forget_tags, tag, tags_of, untag
from mandorla.store.accounts import new_access_key_id
from mandorla.wire.errors import WireError

MOST_ROLES = 1000  # IAM quotas: roles in an account


def no_such(what: str, name: str) -> WireError:
    """IAM's own error for what is not there."""
    return WireError("NoSuchEntity", f"The {what} with name {name} cannot be found.", status=404)


def role_of(call: Call, role_name: str) -> Role:
    """A role of the caller's."""
    role = call.records.find(Role, call.account_id, role_name.lower())
    if role is None:
        raise no_such("role", role_name)
    return role


def refuse_unserved(others: Mapping[str, Any]) -> None:
    """Members that would change what a role may do, and would not here, are refused by name."""
    asked = sorted(name for name, value in others.items() if value)
    if asked:
        raise WireError("InvalidInput", f"{asked[0]} is not served here. Leave it out.")


def create_role(
    call: Call,
    *,
    role_name,
    assume_role_policy_document,
    path="/",
    description="",
    max_session_duration=3600,
    tags=(),
    **others,
) -> Any:
    """A role, once its trust policy can be read."""
    refuse_unserved(others)
    if call.records.find(Role, call.account_id, role_name.lower()) is not None:
        raise WireError("EntityAlreadyExists", f"Role with name {role_name} already exists.", status=409)
    if call.records.count(Role, call.account_id) >= MOST_ROLES:
        raise WireError("LimitExceeded", f"An account can have {MOST_ROLES} roles.", status=409)
    read_policy(assume_role_policy_document, of_resource=True)
    role = Role(
        account_id=call.account_id,
        role_name=role_name,
        role_id=new_access_key_id("AROA"),
        path=path,
        trust_policy=assume_role_policy_document,
        created_at=call.now,
        description=description,
        max_session_duration=max_session_duration,
    )
    call.records.add(role)
    tag(call, role.arn, {one["key"]: one["value"] for one in tags})
    return {"role": shown(call, role)}


def get_role(call: Call, *, role_name) -> Any:
    """A role with its trust policy."""
    return {"role": shown(call, role_of(call, role_name))}


def list_roles(call: Call, *, path_prefix="/", marker=None, max_items=None) -> Any:
    """The account's roles below a path."""

    def read(after: str, limit: int) -> list[Role]:
        every = call.records.owned_by(Role, call.account_id, after=after)
        return [role for role in every if role.path.startswith(path_prefix)][:limit]

    page, token = paged(read, token=marker, max_results=max_items, key_of=lambda role: role.key, largest=100)
    return {"roles": [shown(call, role) for role in page], "is_truncated": token is not None, "marker": token}


def update_role(call: Call, *, role_name, description=None, max_session_duration=None, **others) -> Any:
    """Change a role's words or its longest session."""
    refuse_unserved(others)
    role = role_of(call, role_name)
    changes = {"description": description, "max_session_duration": max_session_duration}
    call.records.put(replace(role, **{name: value for name, value in changes.items() if value is not None}))
    return {}


def update_role_description(call: Call, *, role_name, description) -> Any:
    """Change a role's words, and show it."""
    role = replace(role_of(call, role_name), description=description)
    call.records.put(role)
    return {"role": shown(call, role)}


def update_assume_role_policy(call: Call, *, role_name, policy_document) -> Any:
    """Change who may work as a role."""
    role = role_of(call, role_name)
    read_policy(policy_document, of_resource=True)
    call.records.put(replace(role, trust_policy=policy_document))


def delete_role(call: Call, *, role_name) -> Any:
    """Forget a role that has no policies any more."""
    role = role_of(call, role_name)
    if role.attached_policies or role.inline_policies:
        what = "detach" if role.attached_policies else "delete"
        raise WireError("DeleteConflict", f"Cannot delete entity, must {what} all policies first.", status=409)
    call.records.remove(role)
    forget_tags(call, role.arn)


def put_role_policy(call: Call, *, role_name, policy_name, policy_document) -> Any:
    """Give a role a policy of its own."""
    role = role_of(call, role_name)
    read_policy(policy_document)
    call.records.put(replace(role, inline_policies={**role.inline_policies, policy_name: policy_document}))


def get_role_policy(call: Call, *, role_name, policy_name) -> Any:
    """A role's own policy."""
    role = role_of(call, role_name)
    if policy_name not in role.inline_policies:
        raise no_such("role policy", policy_name)
    return {
        "role_name": role.role_name,
        "policy_name": policy_name,
        "policy_document": quote(role.inline_policies[policy_name]),
    }


def list_role_policies(call: Call, *, role_name, marker=None, max_items=None) -> Any:
    """The names of a role's own policies."""
    names = sorted(role_of(call, role_name).inline_policies)
    read = partial(after_in, names)
    page, token = paged(read, token=marker, max_results=max_items, key_of=str, largest=100)
    return {"policy_names": page, "is_truncated": token is not None, "marker": token}


def after_in(names: list[str], after: str, limit: int) -> list[str]:
    """The names behind one."""
    return [name for name in names if name > after][:limit]


def delete_role_policy(call: Call, *, role_name, policy_name) -> Any:
    """Take a policy of its own from a role."""
    role = role_of(call, role_name)
    if policy_name not in role.inline_policies:
        raise no_such("role policy", policy_name)
    kept = {name: text for name, text in role.inline_policies.items() if name != policy_name}
    call.records.put(replace(role, inline_policies=kept))


def tag_role(call: Call, *, role_name, tags) -> Any:
    """Add tags to a role."""
    tag(call, role_of(call, role_name).arn, {one["key"]: one["value"] for one in tags})


def untag_role(call: Call, *, role_name, tag_keys) -> Any:
    """Take tags from a role."""
    untag(call, role_of(call, role_name).arn, tag_keys)


def list_role_tags(call: Call, *, role_name, marker=None, max_items=None) -> Any:
    """A role's tags."""
    return page_of_tags(call, role_of(call, role_name).arn, marker=marker, max_items=max_items)


def page_of_tags(call: Call, arn: str, *, marker: str | None, max_items: int | None) -> dict[str, Any]:
    """What ListRoleTags and ListPolicyTags answer with."""
    page, token = paged_in_order(tags_shown(call, arn), token=marker, max_results=max_items, largest=100)
    return {"tags": page, "is_truncated": token is not None, "marker": token}


def tags_shown(call: Call, arn: str) -> list[dict[str, str]]:
    """The tags of a role or a policy as IAM lists them."""
    return [{"key": key, "value": value} for key, value in sorted(tags_of(call, arn).items())]


def list_instance_profiles_for_role(call: Call, *, role_name, marker=None, max_items=None) -> Any:
    """None: there are no machines here. Terraform asks before it deletes a role."""
    role_of(call, role_name)
    nothing: tuple[str, ...] = ()
    page, token = paged_in_order(nothing, token=marker, max_results=max_items, largest=100)
    return {"instance_profiles": page, "is_truncated": token is not None, "marker": token}


def shown(call: Call, role: Role) -> dict[str, Any]:
    """A role as IAM shows it; policies are percent-encoded there."""
    return {
        "path": role.path,
        "role_name": role.role_name,
        "role_id": role.role_id,
        "arn": role.arn,
        "create_date": role.created_at,
        "assume_role_policy_document": quote(role.trust_policy),
        "description": role.description or None,
        "max_session_duration": role.max_session_duration,
        "tags": tags_shown(call, role.arn) or None,
    }


OPERATIONS: Operations = {
    "CreateRole": create_role,
    "GetRole": get_role,
    "ListRoles": list_roles,
    "UpdateRole": update_role,
    "UpdateRoleDescription": update_role_description,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
    "DeleteRole": delete_role,
    "PutRolePolicy": put_role_policy,
    "GetRolePolicy": get_role_policy,
    "ListRolePolicies": list_role_policies,
    "DeleteRolePolicy": delete_role_policy,
    "TagRole": tag_role,
    "UntagRole": untag_role,
    "ListRoleTags": list_role_tags,
    "ListInstanceProfilesForRole": list_instance_profiles_for_role,
}
