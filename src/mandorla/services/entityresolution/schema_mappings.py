"""Schema mappings: which columns of a table identify a person, and as what."""

from dataclasses import replace
from functools import partial
from typing import Any

from mandorla.domain.errors import ConflictError, LimitError, NotFoundError
from mandorla.domain.registered_schema import RegisteredSchema
from mandorla.domain.schema_payload import checked_fields
from mandorla.services.call import Call, Operations
from mandorla.services.entityresolution.uses import uses_of_schema
from mandorla.services.paging import paged
from mandorla.services.tagging import forget_tags, tag, tags_of


def create_schema_mapping(call: Call, *, schema_name, mapped_input_fields, description="", tags=None) -> Any:
    """Keep a schema mapping. Everything that is wrong with its fields is said at once."""
    if call.records.count(RegisteredSchema, call.account_id) >= call.limits.schema_mappings:
        raise LimitError(f"An account can have {call.limits.schema_mappings} schema mappings. Delete one that is not used.")
    schema = RegisteredSchema(
        account_id=call.account_id,
        schema_name=schema_name,
        schema_arn=call.arn("entityresolution", f"schemamapping/{schema_name}"),
        description=description,
        mapped_input_fields=checked_fields(mapped_input_fields, "mappedInputFields", call.limits),
        created_at=call.now,
        updated_at=call.now,
    )
    call.records.add(schema)
    tag(call, schema.schema_arn, tags)
    return shown(schema)


def schema_of(call: Call, schema_name: str) -> RegisteredSchema:
    """A schema mapping of the caller's."""
    schema = call.records.find(RegisteredSchema, call.account_id, schema_name)
    if schema is None:
        raise NotFoundError(f"Schema mapping {schema_name!r} was not found.")
    return schema


def get_schema_mapping(call: Call, *, schema_name) -> Any:
    """A schema mapping with its times and tags."""
    schema = schema_of(call, schema_name)
    times = {"created_at": schema.created_at, "updated_at": schema.updated_at}
    return {**shown(schema), **times, "has_workflows": has_workflows(call, schema), "tags": tags_of(call, schema.schema_arn)}


def list_schema_mappings(call: Call, *, next_token=None, max_results=None) -> Any:
    """The account's schema mappings by name."""
    read = partial(owned, call)
    page, token = paged(read, token=next_token, max_results=max_results, key_of=lambda schema: schema.key, largest=25)
    names = ("schema_name", "schema_arn", "created_at", "updated_at")
    summaries = [
        {**{name: getattr(schema, name) for name in names}, "has_workflows": has_workflows(call, schema)} for schema in page
    ]
    return {"schema_list": summaries, "next_token": token}


def update_schema_mapping(call: Call, *, schema_name, mapped_input_fields, description="") -> Any:
    """Change a schema mapping that no workflow uses."""
    schema = schema_of(call, schema_name)
    require_unused(call, schema)
    fields = checked_fields(mapped_input_fields, "mappedInputFields", call.limits)
    changed = replace(schema, mapped_input_fields=fields, description=description, updated_at=call.now)
    call.records.put(changed)
    return shown(changed)


def delete_schema_mapping(call: Call, *, schema_name) -> Any:
    """Forget a schema mapping."""
    schema = schema_of(call, schema_name)
    require_unused(call, schema)
    call.records.remove(schema)
    forget_tags(call, schema.schema_arn)
    return {"message": f"Schema mapping {schema_name} is deleted."}


def has_workflows(call: Call, schema: RegisteredSchema) -> bool:
    """Whether a namespace or a workflow reads by the schema mapping."""
    return bool(uses_of_schema(call, schema.schema_name))


def require_unused(call: Call, schema: RegisteredSchema) -> None:
    """ "You can't modify a schema mapping after you associate it with a workflow. You can clone" it under another name."""
    users = uses_of_schema(call, schema.schema_name)
    if users:
        listed = ", ".join(users)
        raise ConflictError(f"The schema mapping {schema.schema_name!r} is used by {listed}. Create another one beside it.")


def shown(schema: RegisteredSchema) -> dict[str, Any]:
    """What Create, Get and Update all answer with."""
    names = ("schema_name", "schema_arn", "description", "mapped_input_fields")
    return {name: getattr(schema, name) for name in names}


def owned(call: Call, after: str, limit: int) -> list[RegisteredSchema]:
    """A page of the account's schema mappings."""
    return call.records.owned_by(RegisteredSchema, call.account_id, after=after, limit=limit)


OPERATIONS: Operations = {
    "CreateSchemaMapping": create_schema_mapping,
    "GetSchemaMapping": get_schema_mapping,
    "ListSchemaMappings": list_schema_mappings,
    "UpdateSchemaMapping": update_schema_mapping,
    "DeleteSchemaMapping": delete_schema_mapping,
}
