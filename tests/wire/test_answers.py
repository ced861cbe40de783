"""Ours writes the answers of every operation, and botocore's parser must read the values back."""

import math
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from mandorla.wire.messages import HttpResponse
from mandorla.wire.protocols import serialize_response
from tests.wire.service_list import label, operations
from tests.wire.shape_values import TEXT, XML_TEXT, ours, top_value_of

XML_PROTOCOLS = ("rest-xml", "query")
BODY_TEXT = dict.fromkeys(XML_PROTOCOLS, XML_TEXT)

# botocore reads this one with a handler of its own; test_s3_client.py has it.
READ_BY_A_HANDLER = frozenset({"GetBucketLocation"})
ANSWERS = [operation for operation in operations() if operation.name not in READ_BY_A_HANDLER]


def read_by_botocore(operation: OperationModel, response: HttpResponse) -> dict[str, Any]:
    """What a client gets from the answer."""
    parser = create_parser(operation.service_model.resolved_protocol)
    received = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body, "context": {}}
    return dict(parser.parse(received, operation.output_shape))


def readable(shape: Shape, value: Any, *, protocol: str) -> Any:
    """The value as botocore's parser gives it: `null` is absent, a flattened list of nothing is not there, a body is text."""
    match shape.type_name:
        case "structure" if not shape.metadata.get("document"):
            members = {name: readable(shape.members[name], item, protocol=protocol) for name, item in value.items()}
            return {name: item for name, item in members.items() if not is_lost(shape.members[name], item, protocol=protocol)}
        case "list":
            return [readable(shape.member, item, protocol=protocol) for item in value]
        case "map":
            return {key: readable(shape.value, item, protocol=protocol) for key, item in value.items()}
        case "float" | "double" if protocol == "json" and math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"  # This parser leaves the words as they are.
        case _:
            return value


def is_lost(shape: Shape, value: Any, *, protocol: str) -> bool:
    """Whether the reader cannot tell the value from nothing."""
    is_outside = shape.serialization.get("location") is not None
    return value in ({}, []) and (is_outside or (protocol in XML_PROTOCOLS and bool(shape.serialization.get("flattened"))))


def expected_of(operation: OperationModel, value: dict[str, Any]) -> dict[str, Any]:
    """What the client must give for the value."""
    shape = operation.output_shape
    if shape is None:
        return {}
    expected = readable(shape, value, protocol=operation.service_model.resolved_protocol)
    for name, member in shape.members.items():
        if member.serialization.get("location") == "headers":
            expected.setdefault(name, {})
    payload = shape.serialization.get("payload")
    if payload and shape.members[payload].type_name in ("blob", "string"):
        body = expected.get(payload, "")
        expected[payload] = body.decode() if isinstance(body, bytes) else body
        if "ContentType" in shape.members:
            expected.setdefault("ContentType", "binary/octet-stream")  # As S3 calls what it was told nothing about.
    elif payload:
        expected.setdefault(payload, {})
    return dict(expected)


@pytest.mark.parametrize("operation", ANSWERS, ids=label)
def test_botocore_reads_what_we_answer(operation: OperationModel) -> None:
    protocol = operation.service_model.resolved_protocol
    shape = operation.output_shape

    @settings(max_examples=6, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def is_read(data: st.DataObject) -> None:
        value = top_value_of(data.draw, shape, text=BODY_TEXT.get(protocol, TEXT))
        payload = shape.serialization.get("payload") if shape else None
        if payload and isinstance(value.get(payload), bytes):
            value[payload] = value[payload].hex().encode()
        response = serialize_response(operation, ours(shape, value) if shape else None, "request-1")
        found = read_by_botocore(operation, response)
        assert found.pop("ResponseMetadata")["RequestId"] == "request-1"
        assert found == expected_of(operation, value)

    is_read()
