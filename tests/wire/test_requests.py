"""botocore writes the requests of every operation, and ours must read the parameters back."""

from typing import Any

import pytest
from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import OperationModel, Shape
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from mandorla.wire.messages import HttpRequest
from mandorla.wire.protocols import find_operation, protocol_of
from mandorla.wire.shapes import from_wire
from tests.wire.service_list import SHADOWED, label, operations
from tests.wire.shape_values import TEXT, XML_TEXT, ours, top_value_of

ENDPOINT = "http://127.0.0.1:4700"
BODY_TEXT = {"rest-xml": XML_TEXT}


def written_by_botocore(operation: OperationModel, params: dict[str, Any]) -> HttpRequest:
    """The request that botocore sends for these parameters, as a server receives it."""
    serializer = create_serializer(operation.service_model.resolved_protocol, include_validation=False)
    serialized = serializer.serialize_to_request(params, operation)
    serialized.pop("host_prefix", None)
    prepare_request_dict(serialized, endpoint_url=ENDPOINT, context={})
    prepared = create_request_object(serialized).prepare()
    path, _, query_string = prepared.url.removeprefix(ENDPOINT).partition("?")
    headers = tuple((name, value if isinstance(value, str) else value.decode()) for name, value in prepared.headers.items())
    body = prepared.body or b""
    return HttpRequest(
        method=prepared.method,
        raw_path=path,
        query_string=query_string,
        headers=headers,
        body=body.encode() if isinstance(body, str) else body,
    )


def sayable(shape: Shape, value: Any, protocol: str) -> Any:
    """The value without what its protocol has no way to say: a form has no empty structures, a flattened list no emptiness."""
    match shape.type_name:
        case "structure" if not shape.metadata.get("document"):
            members = {name: sayable(shape.members[name], item, protocol) for name, item in value.items()}
            return {name: item for name, item in members.items() if not is_unsayable(shape.members[name], item, protocol)}
        case "list":
            return [sayable(shape.member, item, protocol) for item in value]
        case "map":
            return {key: sayable(shape.value, item, protocol) for key, item in value.items()}
        case _:
            return value


def is_unsayable(shape: Shape, value: Any, protocol: str) -> bool:
    """Whether nothing of the value gets onto the wire."""
    if value not in ({}, []):
        return False
    is_outside = shape.serialization.get("location") is not None
    is_flat = protocol == "rest-xml" and bool(shape.serialization.get("flattened"))
    return is_outside or is_flat or (protocol == "query" and value == {})


def has_emptiness_in_lists(shape: Shape, value: Any) -> bool:
    """Whether a form would lose an item of a list: one that is empty leaves no trace, not even of its number."""
    match shape.type_name:
        case "structure":
            return any(has_emptiness_in_lists(shape.members[name], item) for name, item in value.items())
        case "list":
            return any(item == {} or has_emptiness_in_lists(shape.member, item) for item in value)
        case "map":
            return any(item == {} or has_emptiness_in_lists(shape.value, item) for item in value.values())
        case _:
            return False


def expected_of(operation: OperationModel, params: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """What our parser must give for what was said."""
    shape = operation.input_shape
    if shape is None:
        return {}
    expected = sayable(shape, params, operation.service_model.resolved_protocol)
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].serialization.get("streaming"):
        expected.setdefault(payload, b"")
    elif payload and expected.get(payload) in ("", b""):
        del expected[payload]
    if "ContentLength" in shape.members and request.header("content-length") is not None:
        expected.setdefault("ContentLength", len(request.body))
    return dict(ours(shape, expected))


@pytest.mark.parametrize("operation", operations(), ids=label)
def test_a_request_of_botocore_gives_its_parameters_back(operation: OperationModel) -> None:
    protocol = operation.service_model.resolved_protocol

    @settings(max_examples=6, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def reads_back(data: st.DataObject) -> None:
        params = top_value_of(data.draw, operation.input_shape, text=BODY_TEXT.get(protocol, TEXT))
        if protocol == "query" and operation.input_shape and has_emptiness_in_lists(operation.input_shape, params):
            return
        request = written_by_botocore(operation, params)
        assert find_operation(operation.service_model, request).name == SHADOWED.get(operation.name, operation.name)
        tree = protocol_of(operation.service_model).read_input(operation, request)
        found = from_wire(operation.input_shape, tree) if operation.input_shape else {}
        assert found == expected_of(operation, params, request)

    reads_back()
