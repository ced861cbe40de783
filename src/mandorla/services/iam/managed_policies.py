"""Managed policies: written once, attached to many roles, in at most five versions."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from mandorla.domain.role import ManagedPolicy, PolicyVersion, Role
from mandorla.services.call import Call, Operations
from mandorla.services.iam.managed_by_aws import POLICIES_OF_AWS
from mandorla.services.iam.policy_documents import read_policy
from mandorla.services.iam.roles import after_in, page_of_tags, role_of, tags_shown
from mandorla.services.paging import paged, paged_in_order
from mandorla.services.tagging import forget_tags, tag, untag
from mandorla.store.accounts import new_access_key_id
from mandorla.wire.errors import WireError

MOST_VERSIONS = 5  # IAM quotas: versions of a managed policy
MOST_ATTACHED = 20  # IAM quotas: managed policies attached to a role, at most


def no_such_policy(policy_arn: str) -> WireError:
    """IAM's own error for an ARN that is no policy's."""
    return WireError("NoSuchEntity", f"Policy {policy_arn} was not found.", status=404)


def policy_of_arn(call: Call, policy_arn: str) -> ManagedPolicy:
    """A policy of the caller's own."""
    policy = call.records.find(ManagedPolicy, call.account_id, policy_arn)
    if policy is None:
        raise no_such_policy(policy_arn)
    return policy


def create_policy(call: Call, *, policy_name, policy_document, path="/", description="", tags=()) -> Any:
    """A policy, once it can be read."""
    read_policy(policy_document)
    policy = ManagedPolicy(
        account_id=call.account_id,
        policy_name=policy_name,
        policy_id=new_access_key_id("ANPA"),
        path=path,
        created_at=call.now,
        updated_at=call.now,
        default_version_id="v1",
        versions=(PolicyVersion(version_id="v1", document=policy_document, created_at=call.now),),
        description=description,
    )
    if call.records.find(ManagedPolicy, call.account_id, policy.arn) is not None:
        raise WireError("EntityAlreadyExists", f"A policy called {policy_name} already exists.", status=409)
    call.records.add(policy)
    tag(call, policy.arn, {one["key"]: one["value"] for one in tags})
    return {"policy": shown(call, policy)}


def get_policy(call: Call, *, policy_arn) -> Any:
    """A policy without its text."""
    if policy_arn in POLICIES_OF_AWS:
        return {"policy": of_aws(policy_arn)}
    return {"policy": shown(call, policy_of_arn(call, policy_arn))}


def list_policies(
    call: Call, *, scope=None, only_attached=False, path_prefix="/", policy_usage_filter=None, marker=None, max_items=None
) -> Any:
    """The account's own policies, and those of AWS's own that exist here."""
    every = [] if scope == "AWS" else [shown(call, one) for one in call.records.owned_by(ManagedPolicy, call.account_id)]
    every += [] if scope == "Local" else [of_aws(arn) for arn in POLICIES_OF_AWS]
    below = [one for one in every if one["path"].startswith(path_prefix)]
    wanted = [one for one in below if not only_attached or roles_with(call, one["arn"])]
    page, token = paged_in_order(wanted, token=marker, max_results=max_items, largest=100)
    return {"policies": page, "is_truncated": token is not None, "marker": token}


def of_aws(policy_arn: str) -> dict[str, Any]:
    """A policy of AWS's own as IAM shows it."""
    path, _, name = policy_arn.removeprefix("arn:aws:iam::aws:policy").rpartition("/")
    return {"arn": policy_arn, "policy_name": name, "path": f"{path}/", "default_version_id": "v1", "is_attachable": True}


def create_policy_version(call: Call, *, policy_arn, policy_document, set_as_default=False) -> Any:
    """Another text for a policy."""
    policy = policy_of_arn(call, policy_arn)
    read_policy(policy_document)
    if len(policy.versions) >= MOST_VERSIONS:
        message = f"A managed policy can have up to {MOST_VERSIONS} versions. Delete one that is not in force."
        raise WireError("LimitExceeded", message, status=409)
    number = policy.versions_made + 1
    version = PolicyVersion(version_id=f"v{number}", document=policy_document, created_at=call.now)
    in_force = version.version_id if set_as_default else policy.default_version_id
    versions = (version, *policy.versions)
    changed = replace(policy, versions=versions, versions_made=number, default_version_id=in_force, updated_at=call.now)
    call.records.put(changed)
    return {"policy_version": version_shown(changed, version, with_document=False)}


def get_policy_version(call: Call, *, policy_arn, version_id) -> Any:
    """The text of a policy, percent-encoded."""
    if policy_arn in POLICIES_OF_AWS:
        document = quote(json.dumps(POLICIES_OF_AWS[policy_arn]))
        return {"policy_version": {"document": document, "version_id": version_id, "is_default_version": True}}
    policy = policy_of_arn(call, policy_arn)
    return {"policy_version": version_shown(policy, version_of(policy, version_id), with_document=True)}


def list_policy_versions(call: Call, *, policy_arn, marker=None, max_items=None) -> Any:
    """The versions of a policy, the latest first."""
    policy = policy_of_arn(call, policy_arn)
    versions = [version_shown(policy, version, with_document=False) for version in policy.versions]
    page, token = paged_in_order(versions, token=marker, max_results=max_items, largest=100)
    return {"versions": page, "is_truncated": token is not None, "marker": token}


def set_default_policy_version(call: Call, *, policy_arn, version_id) -> Any:
    """Put another version in force."""
    policy = policy_of_arn(call, policy_arn)
    version_of(policy, version_id)
    call.records.put(replace(policy, default_version_id=version_id, updated_at=call.now))


def delete_policy_version(call: Call, *, policy_arn, version_id) -> Any:
    """Forget a version that is not in force."""
    policy = policy_of_arn(call, policy_arn)
    version_of(policy, version_id)
    if version_id == policy.default_version_id:
        raise WireError("DeleteConflict", "Cannot delete the default version of a policy.", status=409)
    kept = tuple(version for version in policy.versions if version.version_id != version_id)
    call.records.put(replace(policy, versions=kept))


def delete_policy(call: Call, *, policy_arn) -> Any:
    """Forget a policy that no role has and that has one version."""
    policy = policy_of_arn(call, policy_arn)
    if roles_with(call, policy_arn):
        raise WireError("DeleteConflict", "Cannot delete a policy attached to entities.", status=409)
    if len(policy.versions) > 1:
        message = "This policy has more than one version. Before you delete a policy, you must delete the others."
        raise WireError("DeleteConflict", message, status=409)
    call.records.remove(policy)
    forget_tags(call, policy.arn)


def attach_role_policy(call: Call, *, role_name, policy_arn) -> Any:
    """Give a policy to a role; giving it twice changes nothing."""
    role = role_of(call, role_name)
    if policy_arn not in POLICIES_OF_AWS:
        policy_of_arn(call, policy_arn)
    attached = tuple(dict.fromkeys((*role.attached_policies, policy_arn)))
    if len(attached) > MOST_ATTACHED:
        raise WireError("LimitExceeded", f"A role can have {MOST_ATTACHED} policies attached.", status=409)
    call.records.put(replace(role, attached_policies=attached))


def detach_role_policy(call: Call, *, role_name, policy_arn) -> Any:
    """Take a policy from a role."""
    role = role_of(call, role_name)
    if policy_arn not in role.attached_policies:
        raise no_such_policy(policy_arn)
    kept = tuple(arn for arn in role.attached_policies if arn != policy_arn)
    call.records.put(replace(role, attached_policies=kept))


def list_attached_role_policies(call: Call, *, role_name, path_prefix="/", marker=None, max_items=None) -> Any:
    """The policies that a role was given."""
    attached = sorted(role_of(call, role_name).attached_policies)

    def read(after: str, limit: int) -> list[str]:
        return after_in(attached, after, limit)

    page, token = paged(read, token=marker, max_results=max_items, key_of=str, largest=100)
    named = [{"policy_arn": arn, "policy_name": arn.rpartition("/")[2]} for arn in page]
    return {"attached_policies": named, "is_truncated": token is not None, "marker": token}


def list_entities_for_policy(
    call: Call, *, policy_arn, entity_filter=None, path_prefix="/", policy_usage_filter=None, marker=None, max_items=None
) -> Any:
    """The roles that have a policy."""
    roles = [{"role_name": role.role_name, "role_id": role.role_id} for role in roles_with(call, policy_arn)]
    page, token = paged_in_order(roles, token=marker, max_results=max_items, largest=100)
    return {"policy_roles": page, "policy_groups": [], "policy_users": [], "is_truncated": token is not None, "marker": token}


def tag_policy(call: Call, *, policy_arn, tags) -> Any:
    """Add tags to a policy."""
    tag(call, policy_of_arn(call, policy_arn).arn, {one["key"]: one["value"] for one in tags})


def untag_policy(call: Call, *, policy_arn, tag_keys) -> Any:
    """Take tags from a policy."""
    untag(call, policy_of_arn(call, policy_arn).arn, tag_keys)


def list_policy_tags(call: Call, *, policy_arn, marker=None, max_items=None) -> Any:
    """A policy's tags."""
    return page_of_tags(call, policy_of_arn(call, policy_arn).arn, marker=marker, max_items=max_items)


def roles_with(call: Call, policy_arn: str) -> list[Role]:
    """The caller's roles that have a policy."""
    return [role for role in call.records.owned_by(Role, call.account_id) if policy_arn in role.attached_policies]


def version_of(policy: ManagedPolicy, version_id: str) -> PolicyVersion:
    """A version of a policy."""
    for version in policy.versions:
        if version.version_id == version_id:
            return version
    raise WireError("NoSuchEntity", f"Policy {policy.arn} version {version_id} does not exist.", status=404)


def version_shown(policy: ManagedPolicy, version: PolicyVersion, *, with_document: bool) -> dict[str, Any]:
    """A version as IAM shows it."""
    return {
        "document": quote(version.document) if with_document else None,
        "version_id": version.version_id,
        "is_default_version": version.version_id == policy.default_version_id,
        "create_date": version.created_at,
    }


def shown(call: Call, policy: ManagedPolicy) -> dict[str, Any]:
    """A policy as IAM shows it."""
    return {
        "policy_name": policy.policy_name,
        "policy_id": policy.policy_id,
        "arn": policy.arn,
        "path": policy.path,
        "default_version_id": policy.default_version_id,
        "attachment_count": len(roles_with(call, policy.arn)),
        "is_attachable": True,
        "description": policy.description or None,
        "create_date": policy.created_at,
        "update_date": policy.updated_at,
        "tags": tags_shown(call, policy.arn) or None,
    }


OPERATIONS: Operations = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "ListPolicies": list_policies,
    "CreatePolicyVersion": create_policy_version,
    "GetPolicyVersion": get_policy_version,
    "ListPolicyVersions": list_policy_versions,
    "SetDefaultPolicyVersion": set_default_policy_version,
    "DeletePolicyVersion": delete_policy_version,
    "DeletePolicy": delete_policy,
    "AttachRolePolicy": attach_role_policy,
    "DetachRolePolicy": detach_role_policy,
    "ListAttachedRolePolicies": list_attached_role_policies,
    "ListEntitiesForPolicy": list_entities_for_policy,
    "TagPolicy": tag_policy,
    "UntagPolicy": untag_policy,
    "ListPolicyTags": list_policy_tags,
}
