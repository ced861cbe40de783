"""JSON as a service model means it: what both JSON protocols share."""

import json
import math
import re
from collections.abc import Callable

from botocore.model import Shape

from mandorla.wire import scalars, timestamps
from mandorla.wire.errors import MalformedRequestError
from mandorla.wire.shapes import Tree, is_document

WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")
TRUTHS = {"true": True, "false": False}
CONTAINERS: dict[str, type] = {"structure": dict, "list": list, "map": dict}


def parse_object(body: bytes) -> Tree:
    """The JSON object of a body; an empty body is an empty object."""
    try:
        parsed = json.loads(body or b"{}", parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("The request body is not JSON that can be read.") from error
    if not isinstance(parsed, dict):
        raise MalformedRequestError("The request body is JSON, but not an object.")
    return parsed


def refuse_constant(name: str) -> float:
    """Python reads NaN without quotes; JSON has no such word."""
    raise ValueError(name)


def from_json(shape: Shape, value: Tree) -> Tree:
    """The tree of a JSON value. What has the wrong type stays as it is, so that the constraints can name it."""
    if value is None or is_document(shape):
        return value
    if shape.type_name in CONTAINERS and not isinstance(value, CONTAINERS[shape.type_name]):
        return value
    match shape.type_name:
        case "structure":
            return members_from_json(shape, value)
        case "list":
            return [from_json(shape.member, item) for item in value]
        case "map":
            return {key: from_json(shape.value, item) for key, item in value.items()}
        case _:
            return scalar_from_json(shape, value)


def with_scalars_read(shape: Shape, value: dict[str, Tree]) -> dict[str, Tree]:
    """Members whose number or truth came as text, as some clients of AMC write them: `"86400"`, `"True"`.

    Text that is neither stays, to be refused by the member's name.
    """
    types = {name: member.type_name for name, member in shape.members.items()}
    read: dict[str, Callable[[str], Tree]] = {
        "integer": lambda text: int(text) if WHOLE_NUMBER.fullmatch(text) else text,
        "long": lambda text: int(text) if WHOLE_NUMBER.fullmatch(text) else text,
        "boolean": lambda text: TRUTHS.get(text.lower(), text),
    }
    return {
        name: read[types[name]](item) if isinstance(item, str) and types.get(name) in read else item
        for name, item in value.items()
    }


def members_from_json(shape: Shape, value: dict[str, Tree]) -> dict[str, Tree]:
    """Members under the model's names; `null` is absent; a name the model does not have is kept, to be refused by name."""
    names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    unknown = {name: item for name, item in value.items() if name not in names}
    known = {names[name]: item for name, item in value.items() if name in names and item is not None}
    return unknown | {name: from_json(shape.members[name], item) for name, item in known.items()}


def scalar_from_json(shape: Shape, value: Tree) -> Tree:
    """Bytes, times and the three words for what is not a number; all else is in JSON what it is in Python."""
    read = SCALARS.get(shape.type_name)
    if read is None:
        return value
    try:
        return read(shape, value)
    except ValueError:
        return value


def read_timestamp(shape: Shape, value: Tree) -> Tree:
    """A number of seconds, unless the shape asks for a text."""
    if not isinstance(value, int | float | str):
        return value
    timestamp_format = timestamps.format_of(shape.serialization, timestamps.IN_JSON)
    if timestamp_format == "unixtimestamp" and isinstance(value, str):
        return value
    return timestamps.READERS[timestamp_format](value)


def read_blob(shape: Shape, value: Tree) -> Tree:
    """Base64."""
    return scalars.from_base64(value) if isinstance(value, str) else value


def read_float(shape: Shape, value: Tree) -> Tree:
    """A number, or one of the three words."""
    return float(value) if isinstance(value, str) and value in scalars.NOT_NUMBERS else value


SCALARS: dict[str, Callable[[Shape, Tree], Tree]] = {
    "timestamp": read_timestamp,
    "blob": read_blob,
    "float": read_float,
    "double": read_float,
}


def to_json(shape: Shape, tree: Tree) -> Tree:
    """The JSON value of a tree."""
    if tree is None or is_document(shape):
        return tree
    match shape.type_name:
        case "structure":
            return {
                shape.members[name].serialization.get("name", name): to_json(shape.members[name], item)
                for name, item in tree.items()
            }
        case "list":
            return [to_json(shape.member, item) for item in tree]
        case "map":
            return {key: to_json(shape.value, item) for key, item in tree.items()}
        case "timestamp":
            return timestamps.WRITERS[timestamps.format_of(shape.serialization, timestamps.IN_JSON)](tree)
        case "blob":
            return scalars.to_base64(tree)
        case "float" | "double":
            return float(tree) if math.isfinite(tree) else scalars.to_float_text(tree)
        case _:
            return tree


def print_object(value: dict[str, Tree]) -> bytes:
    """UTF-8, as AWS answers."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
