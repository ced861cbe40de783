"""A payload has the members, the types and the patterns of its operation in the service model; all that differ are named."""

import difflib
from collections.abc import Iterator, Mapping

from botocore.model import Shape

from mandorla.domain.errors import InvalidInputError
from mandorla.domain.finding import Finding
from mandorla.domain.rules_payload import rules_from
from mandorla.domain.schema_payload import schema_mapping_from
from mandorla.prepare.rules.payload import CREATE_SCHEMA_MAPPING, KINDS, RULES, TABLE_INPUT, Json, Payload
from mandorla.wire import constraints
from mandorla.wire.errors import ConstraintError
from mandorla.wire.service_models import load_service_model

CODE, UNKNOWN = "MEMBER_WRONG", "MEMBER_UNKNOWN"

# What the caller gives on the command line, beside the payload.
GIVEN_ASIDE = frozenset({"membershipIdentifier"})


def findings(payload: Payload) -> Iterator[Finding]:
    """Everything that the model of the payload's operation says against it."""
    reader = {CREATE_SCHEMA_MAPPING: schema_mapping_from, RULES: rules_from}.get(payload.kind)
    if reader is not None:
        try:
            reader(payload.document, str(payload.path))
        except InvalidInputError as error:
            yield from error.findings
        return
    shape = shape_of(payload.kind)
    if shape is None or not isinstance(payload.document, Mapping):
        return
    try:
        constraints.check(shape, dict.fromkeys(GIVEN_ASIDE & shape.members.keys(), "given") | dict(payload.document))
    except ConstraintError as error:
        for violation in error.violations:
            if violation.path not in GIVEN_ASIDE and "{{" not in violation.shown:  # placeholders have a rule of their own
                yield finding(payload, shape, violation.path, violation.constraint)


def shape_of(kind_name: str) -> Shape | None:
    """The input of the operation that a payload is the body of."""
    service = next((kind.service for kind in KINDS if kind.name == kind_name and kind.service), None)
    if kind_name == "CreateIdMappingTable":
        service = "cleanrooms"
    if service is None:
        return None
    model = load_service_model(service)
    return model.shape_for(TABLE_INPUT) if kind_name == TABLE_INPUT else model.operation_model(kind_name).input_shape


def finding(payload: Payload, shape: Shape, path: str, constraint: str) -> Finding:
    """A violation as a finding; an unknown member gets the known one that is nearest."""
    if "not known" in constraint:
        names = known_members(shape, payload.document)
        near = difflib.get_close_matches(path.rpartition(".")[2], names, n=1)
        mend = f"did you mean {near[0]}?" if near else "leave it out"
        return Finding(code=UNKNOWN, where=payload.where(path), what="no such member", mend=mend)
    what = constraint.replace("Member must", "the value must")
    return Finding(code=CODE, where=payload.where(path), what=what, mend=f"see {payload.kind} in the service's API reference")


def known_members(shape: Shape, document: Json) -> list[str]:
    """The names of all members that the payload's structures may have."""
    names: list[str] = []
    if shape.type_name == "structure" and isinstance(document, Mapping):
        names += shape.members
        for name, member in shape.members.items():
            names += known_members(member, document.get(name))
    elif shape.type_name == "list" and isinstance(document, list):
        for item in document:
            names += known_members(shape.member, item)
    return names
