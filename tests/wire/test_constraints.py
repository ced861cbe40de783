"""Whatever botocore's own validation refuses is refused here too; and the sentences, which are AWS's, are rows."""

import json
from typing import Any

import pytest
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from mandorla.wire.constraints import violations_of
from mandorla.wire.errors import ConstraintError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.patterns import compiled
from mandorla.wire.protocols import parse_request
from tests.wire.service_list import SERVICES, label, operations, service
from tests.wire.shape_values import TEXT, top_value_of

WITH_INPUT = [operation for operation in operations() if operation.input_shape]
STRANGERS = st.sampled_from([None, "", "text", 7, -1, 0.5, True, [], {}, ["x"], {"x": "y"}])


def broken(draw: Any, shape: Shape, value: Any) -> Any:
    """The value with something in it replaced by a stranger, or taken away, or with a stranger beside it."""
    if shape.type_name == "structure" and value and not shape.metadata.get("document") and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        without = {other: item for other, item in value.items() if other != name}
        deeper = {**without, name: broken(draw, shape.members[name], value[name])}
        return draw(st.sampled_from([without, deeper, {**value, "Stranger": 1}]))
    return draw(STRANGERS)


@pytest.mark.parametrize("operation", WITH_INPUT, ids=label)
def test_what_botocore_refuses_we_refuse(operation: OperationModel) -> None:
    shape = operation.input_shape

    @settings(max_examples=6, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def refuses(data: st.DataObject) -> None:
        value = broken(data.draw, shape, top_value_of(data.draw, shape, text=TEXT))
        if not isinstance(value, dict) or not ParamValidator().validate(value, shape).has_errors():
            return
        assert list(violations_of(shape, value, path="", is_private=False))

    refuses()


@pytest.mark.parametrize("operation", WITH_INPUT, ids=label)
def test_values_of_the_right_types_are_not_called_wrong(operation: OperationModel) -> None:
    shape = operation.input_shape

    @settings(max_examples=2, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def accepts(data: st.DataObject) -> None:
        found = violations_of(shape, top_value_of(data.draw, shape, text=TEXT), path="", is_private=False)
        limits = ("length", "regular expression", "enum value set", "have value")
        assert not [violation for violation in found if not any(limit in violation.constraint for limit in limits)]

    accepts()


def patterns_of(service_name: str) -> set[str]:
    """Every pattern of a service."""
    model = service(service_name)
    return {model.shape_for(name).metadata.get("pattern", "") for name in model.shape_names}


@pytest.mark.parametrize("service_name", SERVICES)
def test_every_pattern_can_be_tried(service_name: str) -> None:
    for pattern in patterns_of(service_name):
        compiled(pattern).fullmatch("arn:aws:glue:eu-central-1:111122223333:table/a/b \t€\U0001f600")


PATTERN_CASES = [
    (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a table \U0001f600", True),
    (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "two\nlines", False),
    (r"[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+", "Zoë – 北京_1", True),
    (r"[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+", "a;b", False),
    (r"[a-zA-Z_0-9-]*", "a\n", False),
]


@pytest.mark.parametrize(("pattern", "text", "matches"), PATTERN_CASES)
def test_patterns_mean_what_they_mean_to_java(pattern: str, text: str, matches: bool) -> None:
    assert bool(compiled(pattern).fullmatch(text)) == matches


FIELD = {"fieldName": "id", "type": "UNIQUE_ID"}
GOOD = {"schemaName": "s", "mappedInputFields": [FIELD, {"fieldName": "email", "type": "EMAIL_ADDRESS"}]}
LONG = "x" * 300
# Path, body, and the message.
MESSAGES = [
    ("/schemas", GOOD | {"schemaName": "a b"},
     "1 validation error detected: Value 'a b' at 'schemaName' failed to satisfy constraint: "
     "Member must satisfy regular expression pattern: [a-zA-Z_0-9-]*"),
    ("/schemas", {"mappedInputFields": [FIELD]},
     "2 validation errors detected: Value null at 'schemaName' failed to satisfy constraint: Member must not be null; "
     "Value at 'mappedInputFields' failed to satisfy constraint: Member must have length greater than or equal to 2"),
    ("/schemas", GOOD | {"schemaName": LONG},
     f"1 validation error detected: Value '{'x' * 60}…' at 'schemaName' failed to satisfy constraint: "
     "Member must have length less than or equal to 255"),
    ("/schemas", GOOD | {"mappedInputFields": [FIELD, FIELD | {"hashed": "yes"}]},
     "1 validation error detected: Value 'yes' at 'mappedInputFields.2.member.hashed' failed to satisfy constraint: "
     "Member must be a boolean"),
    ("/schemas", GOOD | {"mappedInputFields": {"a": "b"}, "schema": 1},
     "2 validation errors detected: Value at 'schema' failed to satisfy constraint: Member is not known; leave it out; "
     "Value at 'mappedInputFields' failed to satisfy constraint: Member must be a list"),
    ("/matchingworkflows/w/matches", {"record": {"email": "ann.lee@example.com;"}},
     "1 validation error detected: Value at 'record.value' failed to satisfy constraint: "
     "Member must satisfy regular expression pattern: [a-zA-Z_0-9-./@ ()+\\t]*"),
    ("/matchingworkflows/w/generateMatches",
     {"records": [{"inputSourceARN": "arn", "uniqueId": "ann@example.com", "recordAttributeMap": {"email": 1}}]},
     "3 validation errors detected: Value 'arn' at 'records.1.member.inputSourceARN' failed to satisfy constraint: "
     "Member must satisfy regular expression pattern: arn:(aws|aws-us-gov|aws-cn):entityresolution:[a-z]{2}-[a-z]{1,10}-[0-9]:"
     "[0-9]{12}:(idnamespace/[a-zA-Z_0-9-]{1,255})$|^arn:(aws|aws-us-gov|aws-cn):entityresolution:"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "message"), MESSAGES)
def test_all_fields_that_are_wrong_are_named_at_once(path: str, body: dict[str, Any], message: str) -> None:
    request = HttpRequest(method="POST", raw_path=path, body=json.dumps(body).encode())
    with pytest.raises(ConstraintError) as caught:
        parse_request(service("entityresolution"), request)
    assert caught.value.message.startswith(message)
    assert "ann" not in caught.value.message
