"""The entry: a request to an operation and its arguments, and a result or an error to an answer, in the service's protocol."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from botocore.model import OperationModel, ServiceModel

from mandorla.wire import constraints, json_rpc, query, rest_json, rest_xml
from mandorla.wire.checksums import verify_declared_checksums
from mandorla.wire.errors import Fault, WireError, fault_of
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.shapes import Tree, from_wire, to_wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What a protocol does; each is a module with four functions of these names."""

    find_operation: Callable[[ServiceModel, HttpRequest], OperationModel]
    read_input: Callable[[OperationModel, HttpRequest], Tree]
    write_output: Callable[[OperationModel, Tree, str], HttpResponse]
    write_error: Callable[[ServiceModel, Fault, str], HttpResponse]


PROTOCOLS = {
    name: Protocol(
        find_operation=module.find_operation,
        read_input=module.read_input,
        write_output=module.write_output,
        write_error=module.write_error,
    )
    for name, module in {"rest-json": rest_json, "json": json_rpc, "rest-xml": rest_xml, "query": query}.items()
}


def protocol_of(service_model: ServiceModel) -> Protocol:
    """The protocol that botocore's clients choose among those the service offers."""
    return PROTOCOLS[service_model.resolved_protocol]


def find_operation(service_model: ServiceModel, request: HttpRequest) -> OperationModel:
    """The operation that a request asks for."""
    return protocol_of(service_model).find_operation(service_model, request)


def read_arguments(operation: OperationModel, request: HttpRequest) -> dict[str, Tree]:
    """The arguments under our names, once they keep the model's constraints."""
    verify_declared_checksums(operation, request)
    return read_head_arguments(operation, request)


def read_head_arguments(operation: OperationModel, request: HttpRequest) -> dict[str, Tree]:
    """The same where the body is not there to be verified: it streams, and is held to its checksums on its way."""
    tree = protocol_of(operation.service_model).read_input(operation, request)
    constraints.check(operation.input_shape, tree)
    return dict(from_wire(operation.input_shape, tree)) if operation.input_shape is not None else {}


def parse_request(service_model: ServiceModel, request: HttpRequest) -> tuple[OperationModel, dict[str, Tree]]:
    """Operation and arguments at once, for those who need not know the operation when the arguments are wrong."""
    operation = find_operation(service_model, request)
    return operation, read_arguments(operation, request)


def serialize_response(operation: OperationModel, result: Tree, request_id: str) -> HttpResponse:
    """The answer of success. The result is a mapping under our names or a record, or None when there is nothing to say."""
    shape = operation.output_shape
    tree = {} if shape is None or result is None else to_wire(shape, result)
    return protocol_of(operation.service_model).write_output(operation, tree, request_id)


def serialize_error(
    service_model: ServiceModel, error: Exception, request_id: str, *, operation: OperationModel | None = None
) -> HttpResponse:
    """The answer of failure, as the operation declares it. Where HTTP allows no body (after HEAD, and for "not modified"),
    the status is all it says."""
    fault = fault_of(error, service_model, operation)
    if operation is not None:
        # AMC versions the types of its answers, and not always those of its errors.
        own = operation.http.get("errorContentType") or operation.http.get("contentType")
        fault = replace(fault, content_type=own)
    response = protocol_of(service_model).write_error(service_model, fault, request_id)
    if isinstance(error, WireError):
        response = replace(response, headers=(*response.headers, *error.headers.items()))
    is_without_body = response.status == 304 or (operation is not None and operation.http.get("method") == "HEAD")
    return replace(response, body=b"") if is_without_body else response
