"""A rest-json service model as an OpenAPI 3.1 document, for tools that read that and not botocore's format."""

from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from mandorla.wire.shapes import is_document

# Any: JSON.

SCALARS: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "double": {"type": "number"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "timestamp": {"type": "number"},
    "blob": {"type": "string", "format": "byte"},
}
# JSON Schema's name of each limit, by the type of shape it is on.
LIMITS: Mapping[str, tuple[str, str]] = {
    "string": ("minLength", "maxLength"),
    "list": ("minItems", "maxItems"),
    "integer": ("minimum", "maximum"),
    "long": ("minimum", "maximum"),
}
PLACES = {"uri": "path", "querystring": "query", "header": "header"}
ERROR = {"type": "object", "properties": {"code": {"type": "string"}, "details": {"type": "string"}}}
HEADERS = ("Amazon-Advertising-API-ClientId", "Amazon-Advertising-API-AdvertiserId", "Amazon-Advertising-API-MarketplaceId")


def openapi_of(model: ServiceModel) -> dict[str, Any]:
    """The document: every operation with its parameters, body and answers. Callers bring a bearer token."""
    paths: dict[str, dict[str, Any]] = {}
    for name in model.operation_names:
        operation = model.operation_model(name)
        paths.setdefault(operation.http["requestUri"], {})[operation.http["method"].lower()] = described(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": model.metadata["serviceFullName"], "version": model.api_version},
        "paths": dict(sorted(paths.items())),
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }


def described(operation: OperationModel) -> dict[str, Any]:
    """One operation."""
    content_type = operation.http.get("contentType", "application/json")
    parameters = [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in HEADERS[:1]]
    parameters += [{"name": name, "in": "header", "schema": {"type": "string"}} for name in HEADERS[1:]]
    body: dict[str, Any] = {}
    required = []
    for name, member in operation.input_shape.members.items():
        place = PLACES.get(member.serialization.get("location", ""))
        is_required = name in operation.input_shape.required_members
        if place:
            named = member.serialization.get("name", name)
            parameters.append({"name": named, "in": place, "required": is_required, "schema": schema_of(member)})
            continue
        body[name] = schema_of(member)
        required += [name] if is_required else []
    errors = sorted({error.metadata["error"]["httpStatusCode"] for error in operation.error_shapes} | {401})
    found: dict[str, Any] = {
        "operationId": operation.name,
        "parameters": parameters,
        "responses": {
            str(operation.http.get("responseCode", 200)): answer_of(operation, content_type),
            **{str(status): {"description": "refused", "content": in_json(ERROR)} for status in errors},
        },
    }
    if body:
        schema = {"type": "object", "properties": body, "additionalProperties": False}
        schema |= {"required": required} if required else {}
        content = {content_type: {"schema": schema}, "application/json": {"schema": schema}}
        found["requestBody"] = {"required": bool(required), "content": content}
    return found


def answer_of(operation: OperationModel, content_type: str) -> dict[str, Any]:
    """What an operation answers when all is well."""
    if operation.http.get("responseCode") == 204:
        return {"description": "done"}
    return {"description": "done", "content": {content_type: {"schema": schema_of(operation.output_shape)}}}


def in_json(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as the content of a JSON answer."""
    return {"application/json": {"schema": schema}}


def schema_of(shape: Shape) -> dict[str, Any]:
    """A shape as a JSON schema, with what it consists of inside it."""
    if is_document(shape):
        return {}
    if isinstance(shape, StructureShape):
        members = {name: schema_of(member) for name, member in shape.members.items()}
        found: dict[str, Any] = {"type": "object", "properties": members}
        return found | ({"required": shape.required_members} if shape.required_members else {})
    if isinstance(shape, ListShape):
        return {"type": "array", "items": schema_of(shape.member), **limits_of(shape)}
    if isinstance(shape, MapShape):
        return {"type": "object", "additionalProperties": schema_of(shape.value)}
    enumerated = {"enum": list(shape.enum)} if shape.type_name == "string" and shape.enum else {}
    pattern = {"pattern": f"^(?:{shape.metadata['pattern']})$"} if "pattern" in shape.metadata else {}
    return {**SCALARS[shape.type_name], **enumerated, **pattern, **limits_of(shape)}


def limits_of(shape: Shape) -> dict[str, Any]:
    """The least and the most that a shape allows."""
    names = LIMITS.get(shape.type_name)
    if names is None:
        return {}
    return {name: shape.metadata[key] for name, key in zip(names, ("min", "max"), strict=True) if key in shape.metadata}
