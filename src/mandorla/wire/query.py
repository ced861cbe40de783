"""The protocol `query`, which IAM and STS speak: a form of flattened names in, XML out."""

import re
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, SubElement

from botocore.model import OperationModel, ServiceModel, Shape

from mandorla.wire import scalars, timestamps
from mandorla.wire.errors import Fault, MalformedRequestError, UnknownOperationError
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.routing import FOREIGN_PARAMETERS, form_pairs_of
from mandorla.wire.shapes import Tree
from mandorla.wire.xml_values import add_members, entry_names, is_flattened, print_document

CONTENT_TYPE = "text/xml"
NUMBER = re.compile(r"[1-9][0-9]{0,5}")

# A form as a tree of its dotted names; the value of a name itself stands under the empty name.
Names = Mapping[str, Tree]


def find_operation(service_model: ServiceModel, request: HttpRequest) -> OperationModel:
    """The operation that the form's `Action` names, in the version the service has."""
    form = form_of(request)
    name, version = form.get("Action", ""), form.get("Version", service_model.api_version)
    if version != service_model.api_version or name not in service_model.operation_names:
        raise UnknownOperationError(f"Could not find operation {name[:60]!r} for version {version[:20]!r}.")
    return service_model.operation_model(name)


def form_of(request: HttpRequest) -> dict[str, str]:
    """All parameters; a presigned URL carries them in its query string."""
    return {**dict(request.query_pairs), **dict(form_pairs_of(request))}


def read_input(operation: OperationModel, request: HttpRequest) -> Tree:
    """The tree of the form."""
    form = form_of(request)
    own = {name: value for name, value in form.items() if name not in ("Action", "Version")}
    names = nested({name: value for name, value in own.items() if not FOREIGN_PARAMETERS.fullmatch(name)})
    return from_names(operation.input_shape, names) if operation.input_shape else {}


def nested(form: Mapping[str, str]) -> dict[str, Tree]:
    """Dotted names as a tree.

    >>> nested({"Tags.member.1.Key": "a", "Path": "/"})
    {'Tags': {'member': {'1': {'Key': {'': 'a'}}}}, 'Path': {'': '/'}}
    """
    tree: dict[str, Tree] = {}
    for name, value in form.items():
        parts = name.split(".")
        if len(parts) > 60:
            raise MalformedRequestError("A parameter is nested deeper than any shape is.")
        place = tree
        for part in parts:
            place = place.setdefault(part, {})
        place[""] = value
    return tree


def from_names(shape: Shape, names: Names) -> Tree:
    """The tree of one value."""
    return READERS.get(shape.type_name, read_scalar)(shape, names)


def read_scalar(shape: Shape, names: Names) -> Tree:
    """A text; a name with names below it is no scalar, and the constraints say so."""
    text = names.get("")
    if text is None or len(names) > 1:
        return dict(names)
    return scalars.from_text(shape, text, timestamp_format=timestamps.IN_XML_AND_FORMS)


def read_structure(shape: Shape, names: Names) -> Tree:
    """Members by name; unknown names are kept for the constraints to name."""
    wire_names = {form_name(member, name): name for name, member in shape.members.items()}
    return {
        wire_names.get(name, name): from_names(shape.members[wire_names[name]], below) if name in wire_names else below
        for name, below in names.items()
        if name
    }


def form_name(shape: Shape, member_name: str) -> str:
    """The name of a member. The items of a flattened list take the list's place, under their own name if they have one."""
    item_name = shape.member.serialization.get("name") if shape.type_name == "list" and is_flattened(shape) else None
    return str(item_name or shape.serialization.get("name", member_name))


def read_list(shape: Shape, names: Names) -> Tree:
    """Items by number; botocore says an empty list by an empty value."""
    items = names if is_flattened(shape) else names.get(shape.member.serialization.get("name", "member"), {})
    return [from_names(shape.member, items[number]) for number in sorted(filter(NUMBER.fullmatch, items), key=int)]


def read_map(shape: Shape, names: Names) -> Tree:
    """Entries by number, each with a key and a value."""
    entries = names if is_flattened(shape) else names.get("entry", {})
    key_name, value_name = entry_names(shape)
    found = {}
    for number in sorted(filter(NUMBER.fullmatch, entries), key=int):
        entry = entries[number]
        if key_name not in entry or value_name not in entry:
            raise MalformedRequestError(f"Entry {number} of a map needs a {key_name} and a {value_name}.")
        found[from_names(shape.key, entry[key_name])] = from_names(shape.value, entry[value_name])
    return found


READERS: dict[str, Callable[[Shape, Names], Tree]] = {
    "structure": read_structure,
    "list": read_list,
    "map": read_map,
}


def write_output(operation: OperationModel, tree: Tree, request_id: str) -> HttpResponse:
    """The result in its wrapper, and the request's id beside it."""
    root = Element(f"{operation.name}Response", xmlns=operation.service_model.metadata["xmlNamespace"])
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper")
        add_members(SubElement(root, wrapper) if wrapper else root, shape, tree)
    SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return HttpResponse(status=200, headers=headers_of(request_id), body=print_document(root))


def write_error(service_model: ServiceModel, fault: Fault, request_id: str) -> HttpResponse:
    """The error, who can mend it, and the request's id."""
    root = Element("ErrorResponse", xmlns=service_model.metadata["xmlNamespace"])
    error = SubElement(root, "Error")
    SubElement(error, "Type").text = "Sender" if fault.is_sender else "Receiver"
    SubElement(error, "Code").text = fault.code
    SubElement(error, "Message").text = fault.message
    if fault.shape is not None:
        named = {name: item for name, item in fault.members.items() if name.lower() != "message"}
        add_members(error, fault.shape, named)
    SubElement(root, "RequestId").text = request_id
    return HttpResponse(status=fault.status, headers=headers_of(request_id), body=print_document(root))


def headers_of(request_id: str) -> tuple[tuple[str, str], ...]:
    """What every answer carries."""
    return ("Content-Type", CONTENT_TYPE), ("x-amzn-RequestId", request_id)
