"""ID namespaces: a population wrapped for mapping, a SOURCE with its tables or a TARGET with its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.arn import parse_arn
from mandorla.domain.errors import LimitError, MandorlaError, NotFoundError
from mandorla.domain.id_namespace import IdNamespace, InputSource
from mandorla.domain.resource_policy import ResourcePolicy
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.people import people_of
from mandorla.services.entityresolution.resource_access import may_use
from mandorla.services.iam.authorization import require_assumable, require_pass_role
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag, tags_of

SERVICE = "entityresolution.amazonaws.com"


def create_id_namespace(
    call: Call,
    *,
    id_namespace_name,
    type,  # the model's own name
    description="",
    input_source_config=(),
    id_mapping_workflow_properties=(),
    role_arn=None,
    tags=None,
) -> Any:
    """A namespace, once its inputs exist and its role can be worked as."""
    if call.records.count(IdNamespace, call.account_id) >= call.limits.id_namespaces:
        raise LimitError(f"An account can have {call.limits.id_namespaces} ID namespaces. Delete one that is not used.")
    namespace = IdNamespace(
        account_id=call.account_id,
        id_namespace_name=id_namespace_name,
        id_namespace_arn=call.arn("entityresolution", f"idnamespace/{id_namespace_name}"),
        type=type,
        description=description,
        input_source_config=inputs_of(input_source_config),
        id_mapping_workflow_properties=tuple(id_mapping_workflow_properties),
        role_arn=role_arn,
        created_at=call.now,
        updated_at=call.now,
    )
    require_sound(call, namespace)
    call.records.add(namespace)
    tag(call, namespace.id_namespace_arn, tags)
    return {**shown(namespace), "tags": tags}


def inputs_of(config: Sequence[Mapping[str, Any]]) -> tuple[InputSource, ...]:
    """Input sources as an API request gives them."""
    return tuple(InputSource(one["input_source_arn"], one.get("schema_name"), one.get("type")) for one in config)


def require_sound(call: Call, namespace: IdNamespace) -> None:
    """A MandorlaError for what could never be mapped: no input, one that is not there, a role that cannot read it."""
    if namespace.type == "SOURCE" and not namespace.input_source_config:
        raise MandorlaError("A SOURCE namespace needs inputSourceConfig: the Glue tables that hold its people.")
    for properties in namespace.id_mapping_workflow_properties:
        if properties["id_mapping_type"] != "RULE_BASED":
            raise MandorlaError("Only RULE_BASED ID mapping is served here; provider services are not.")
    for source in namespace.input_source_config:
        if parse_arn(source.input_source_arn).resource_type == "idnamespace":
            raise MandorlaError("A namespace's input is a Glue table or a matching workflow, not another namespace.")
    require_role(call, namespace.role_arn)
    listed = people_of(call.records, namespace.input_source_config, account_id=call.account_id, role_arn=namespace.role_arn)
    if any(not people.role_arn for people in listed):
        raise MandorlaError("roleArn is missing: Glue tables are read as a role.")


def require_role(call: Call, role_arn: str | None) -> None:
    """The caller may hand the role to Entity Resolution, and its trust policy lets Entity Resolution work as it."""
    if role_arn:
        require_pass_role(call.records, call.caller, role_arn, service=SERVICE, now=call.now)
        require_assumable(call.records, role_arn, service=SERVICE, source_account=call.account_id, now=call.now)


def get_id_namespace(call: Call, *, id_namespace_name) -> Any:
    """A namespace of the caller's by name, or any that the caller may look at by ARN."""
    if not id_namespace_name.startswith("arn:"):
        namespace = own_namespace(call, id_namespace_name)
        return {**shown(namespace), "tags": tags_of(call, namespace.id_namespace_arn)}
    arn = parse_arn(id_namespace_name)
    is_own = arn.account_id == call.account_id
    if is_own or may_use(call.records, id_namespace_name, "entityresolution:GetIdNamespace", call.account_id):
        found = call.records.find(IdNamespace, arn.account_id, arn.resource_name)
        if found is not None:
            return {**shown(found), "tags": tags_of(call, id_namespace_name) if is_own else None}
    raise NotFoundError(f"ID namespace {id_namespace_name} was not found.")


def own_namespace(call: Call, name: str) -> IdNamespace:
    """A namespace of the caller's."""
    return call.records.get(IdNamespace, call.account_id, name)


def list_id_namespaces(call: Call, *, next_token=None, max_results=None) -> Any:
    """The account's namespaces by name."""
    read = partial(owned, call)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda one: one.key, largest=25)
    names = ("id_namespace_name", "id_namespace_arn", "description", "type", "created_at", "updated_at")
    summaries = []
    for namespace in page:
        types = [{"id_mapping_type": one["id_mapping_type"]} for one in namespace.id_mapping_workflow_properties]
        summary = {name: getattr(namespace, name) for name in names}
        summaries.append({**summary, "id_mapping_workflow_properties": types})
    return {"id_namespace_summaries": summaries, "next_token": token}


def owned(call: Call, after: str, limit: int) -> list[IdNamespace]:
    """A page of the account's namespaces."""
    return call.records.owned_by(IdNamespace, call.account_id, after=after, limit=limit)


def update_id_namespace(
    call: Call,
    *,
    id_namespace_name,
    description=None,
    input_source_config=None,
    id_mapping_workflow_properties=None,
    role_arn=None,
) -> Any:
    """Change what is given; the type stays, and so does what is not given."""
    namespace = own_namespace(call, id_namespace_name)
    changes = {
        "description": description,
        "input_source_config": None if input_source_config is None else inputs_of(input_source_config),
        "id_mapping_workflow_properties": id_mapping_workflow_properties,
        "role_arn": role_arn,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    changed = replace(namespace, **given, updated_at=call.now)
    require_sound(call, changed)
    call.records.put(changed)
    return shown(changed)


def delete_id_namespace(call: Call, *, id_namespace_name) -> Any:
    """Forget a namespace and its policy. Workflows that name it fail from then on."""
    namespace = own_namespace(call, id_namespace_name)
    call.records.remove(namespace)
    policy = call.records.find(ResourcePolicy, call.account_id, namespace.id_namespace_arn)
    if policy is not None:
        call.records.remove(policy)
    forget_tags(call, namespace.id_namespace_arn)
    return {"message": f"ID namespace {id_namespace_name} is deleted."}


def shown(namespace: IdNamespace) -> dict[str, Any]:
    """What Create, Get and Update answer with."""
    names = (
        "id_namespace_name", "id_namespace_arn", "description", "id_mapping_workflow_properties", "type", "role_arn",
        "created_at", "updated_at",
    )  # fmt: skip
    inputs = [
        {"input_source_arn": one.input_source_arn, "schema_name": one.schema_name} for one in namespace.input_source_config
    ]
    return {**{name: getattr(namespace, name) for name in names}, "input_source_config": inputs}


OPERATIONS: Operations = {
    "CreateIdNamespace": create_id_namespace,
    "GetIdNamespace": get_id_namespace,
    "ListIdNamespaces": list_id_namespaces,
    "UpdateIdNamespace": update_id_namespace,
    "DeleteIdNamespace": delete_id_namespace,
}
