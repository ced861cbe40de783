"""Every handler has the name and the parameters of its operation, today's model's and next year's."""

import inspect
from inspect import Parameter

import pytest
from botocore import xform_name

from mandorla.server.parts import SERVICES
from mandorla.services.call import Handler
from mandorla.wire.service_models import load_service_model

VAR_KEYWORD = Parameter.VAR_KEYWORD

HANDLERS = [
    pytest.param(service, name, handler, id=f"{service}.{name}")
    for service, operations in SERVICES.items()
    for name, handler in operations.items()
]


@pytest.mark.parametrize(("service", "name", "handler"), HANDLERS)
def test_a_handler_has_the_parameters_of_the_model(service: str, name: str, handler: Handler) -> None:
    shape = load_service_model(service).operation_model(name).input_shape
    members = {xform_name(member): member in shape.required_members for member in shape.members} if shape else {}
    first, *rest = inspect.signature(handler).parameters.values()
    assert handler.__name__ == xform_name(name)
    assert first.name == "call"
    # What a handler does not name it may take as `others`, to refuse it in one place.
    named = {parameter.name: parameter.default is parameter.empty for parameter in rest if parameter.kind != VAR_KEYWORD}
    assert named.items() <= members.items()
    assert named == members or rest[-1].name in ("others", "members")
