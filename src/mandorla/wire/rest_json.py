"""The protocol `rest-json`: a path an operation, members in path, query string, headers and a JSON body.

Entity Resolution and Clean Rooms speak it, and AMC but for its content types: an operation of a model of ours may name one
as `contentType` in its `http` trait. Requests are read by their body, whatever content type they claim.
"""

from botocore.model import OperationModel, ServiceModel

from mandorla.wire.errors import Fault
from mandorla.wire.json_values import from_json, parse_object, print_object, to_json, with_scalars_read
from mandorla.wire.locations import body_members, read_located, write_headers, write_status
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.payloads import is_raw, payload_of, raw_answer, read_raw
from mandorla.wire.routing import find_rest_operation as find_operation
from mandorla.wire.shapes import Tree

__all__ = ["find_operation", "read_input", "write_error", "write_output"]

CONTENT_TYPE = "application/json"


def read_input(operation: OperationModel, request: HttpRequest) -> Tree:
    """The tree of all places a member may stand in."""
    shape = operation.input_shape
    if shape is None:
        return {}
    located = read_located(operation, request)
    payload = payload_of(shape)
    if payload is not None and is_raw(shape.members[payload]):
        return located | read_raw(shape, payload, request)
    if payload is not None:
        return located | ({payload: from_json(shape.members[payload], parse_object(request.body))} if request.body else {})
    # A key of the body that is the name of a member elsewhere must not stand in for it.
    given = parse_object(request.body) if body_members(shape) else {}
    if operation.service_model.metadata.get("scalars") == "as text too":
        given = with_scalars_read(shape, given)
    return from_json(shape, given) | located


def write_output(operation: OperationModel, tree: Tree, request_id: str) -> HttpResponse:
    """The answer in all its places."""
    shape = operation.output_shape
    status = write_status(operation, tree)
    headers = (("x-amzn-RequestId", request_id), *(write_headers(shape, tree) if shape else ()))
    payload = payload_of(shape)
    if shape is not None and payload is not None and is_raw(shape.members[payload]):
        return raw_answer(shape.members[payload], tree.get(payload), status=status, headers=headers)
    if status == 204:
        return HttpResponse(status=status, headers=headers)
    if shape is not None and payload is not None:
        value = to_json(shape.members[payload], tree.get(payload, {}))
    else:
        value = to_json(shape, {name: tree[name] for name in body_members(shape) if name in tree}) if shape else {}
    content_type = operation.http.get("contentType", CONTENT_TYPE)
    return HttpResponse(status=status, headers=(("Content-Type", content_type), *headers), body=print_object(value))


def write_error(service_model: ServiceModel, fault: Fault, request_id: str) -> HttpResponse:
    """The code stands in a header, the message and the other members in the body.

    AMC has errors of its own form, which its model says: the status as text and the sentence, `{code, details}`; the few
    operations that answer with `{message, requestId}` find these beside.
    """
    if service_model.metadata.get("errorBody") == "code and details":
        said = {"code": str(fault.status), "details": fault.message, "message": fault.message, "requestId": request_id}
        own = (("Content-Type", fault.content_type or CONTENT_TYPE), ("x-amzn-RequestId", request_id))
        return HttpResponse(status=fault.status, headers=own, body=print_object(said))
    members = to_json(fault.shape, fault.members) if fault.shape else {}
    message = {} if {"message", "Message"} & set(members) else {"message": fault.message}
    headers = (("Content-Type", CONTENT_TYPE), ("x-amzn-ErrorType", fault.code), ("x-amzn-RequestId", request_id))
    return HttpResponse(status=fault.status, headers=headers, body=print_object({**message, **members}))
