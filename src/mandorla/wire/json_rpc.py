"""The protocol `json`: one path, the operation in `X-Amz-Target`, all arguments in a JSON object. Athena and Glue speak it."""

from botocore.model import OperationModel, ServiceModel

from mandorla.wire.errors import Fault, UnknownOperationError
from mandorla.wire.json_values import from_json, parse_object, print_object, to_json
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.shapes import Tree


def find_operation(service_model: ServiceModel, request: HttpRequest) -> OperationModel:
    """The operation that the target names."""
    prefix, _, name = (request.header("x-amz-target") or "").rpartition(".")
    if prefix != service_model.metadata["targetPrefix"] or name not in service_model.operation_names:
        raise UnknownOperationError(f"The header X-Amz-Target names no operation of {service_model.service_name}.")
    return service_model.operation_model(name)


def read_input(operation: OperationModel, request: HttpRequest) -> Tree:
    """The tree of the body."""
    parsed = parse_object(request.body)
    return from_json(operation.input_shape, parsed) if operation.input_shape else {}


def write_output(operation: OperationModel, tree: Tree, request_id: str) -> HttpResponse:
    """The answer; an operation without an output has an empty body."""
    shape = operation.output_shape
    body = print_object(to_json(shape, tree)) if shape else b""
    return HttpResponse(status=200, headers=headers_of(operation.service_model, request_id), body=body)


def write_error(service_model: ServiceModel, fault: Fault, request_id: str) -> HttpResponse:
    """The code stands in `__type`."""
    members = to_json(fault.shape, fault.members) if fault.shape else {}
    message = {} if {"message", "Message"} & set(members) else {"message": fault.message}
    body = print_object({"__type": fault.code, **message, **members})
    return HttpResponse(status=fault.status, headers=headers_of(service_model, request_id), body=body)


def headers_of(service_model: ServiceModel, request_id: str) -> tuple[tuple[str, str], ...]:
    """The content type holds the version of the protocol that the service speaks."""
    version = service_model.metadata.get("jsonVersion", "1.0")
    return ("Content-Type", f"application/x-amz-json-{version}"), ("x-amzn-RequestId", request_id)
