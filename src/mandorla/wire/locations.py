"""The members that REST protocols keep outside the body: in the path, the query string, the headers and the status."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import OperationModel, Shape

from mandorla.wire import scalars, timestamps
from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest
from mandorla.wire.routing import labels_of
from mandorla.wire.shapes import Tree

# What stands between the commas of a header that is a list; quotes keep a comma inside.
LIST_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')
CHARACTERS_OF_NO_HEADER = re.compile(r"[\r\n\x00]|[^\x00-\xff]")


def read_located(operation: OperationModel, request: HttpRequest) -> dict[str, Tree]:
    """All members that the model keeps outside the body, as far as they were sent."""
    shape = operation.input_shape
    labels = labels_of(operation, request.raw_path)
    tree: dict[str, Tree] = {}
    for name, member in shape.members.items() if shape else ():
        match member.serialization.get("location"):
            case "uri":
                found = read_text(member, labels.get(wire_name(member, name)), timestamps.IN_PATHS_AND_QUERY_STRINGS)
            case "querystring":
                found = read_query_string(member, wire_name(member, name), request, bound_names(shape))
            case "header":
                found = read_header(member, request.header(wire_name(member, name)))
            case "headers":
                found = read_prefixed_headers(wire_name(member, ""), request) or None
            case _:
                continue
        if found is not None:
            tree[name] = found
    return tree


def wire_name(shape: Shape, member_name: str) -> str:
    """The name of a header, label or parameter."""
    return str(shape.serialization.get("name", member_name))


def bound_names(shape: Shape) -> frozenset[str]:
    """The query parameters that have a member of their own; a map in the query string takes the others."""
    return frozenset(
        wire_name(member, name)
        for name, member in shape.members.items()
        if member.serialization.get("location") == "querystring" and member.type_name != "map"
    )


def read_text(shape: Shape, text: str | None, timestamp_format: str) -> Tree:
    """A scalar, if it was sent."""
    return None if text is None else scalars.from_text(shape, text, timestamp_format=timestamp_format)


def read_query_string(shape: Shape, name: str, request: HttpRequest, bound: frozenset[str]) -> Tree:
    """One parameter; a list is the parameter repeated, a map is all that is left."""
    if shape.type_name == "map":
        left: dict[str, Tree] = {}
        for key, value in request.query_pairs:
            if key not in bound:
                left[key] = [*left.get(key, []), value] if shape.value.type_name == "list" else value
        return left or None
    found = [value for key, value in request.query_pairs if key == name]
    if shape.type_name == "list":
        return [read_text(shape.member, value, timestamps.IN_PATHS_AND_QUERY_STRINGS) for value in found] or None
    return read_text(shape, found[0] if found else None, timestamps.IN_PATHS_AND_QUERY_STRINGS)


def read_header(shape: Shape, text: str | None) -> Tree:
    """One header; a list has its items between commas."""
    if text is not None and shape.type_name == "list":
        return [read_text(shape.member, item, timestamps.IN_HEADERS) for item in split_header_list(text)]
    return read_text(shape, text, timestamps.IN_HEADERS)


def split_header_list(text: str) -> list[str]:
    """The items of a header that is a list.

    >>> split_header_list('ETag, "a,b", "say \\\\"c\\\\""')
    ['ETag', 'a,b', 'say "c"']
    """
    items = [found[1].strip() for found in LIST_ITEM.finditer(text) if found[0]]
    if text.endswith(","):
        items.append("")
    return [item[1:-1].replace('\\"', '"') if len(item) > 1 and item.startswith('"') else item for item in items]


def read_prefixed_headers(prefix: str, request: HttpRequest) -> dict[str, str]:
    """All headers with the prefix, without it: S3's metadata. HTTP knows no case, and S3 lowers it."""
    return {
        name.lower().removeprefix(prefix.lower()): request.header(name) or ""
        for name, _ in request.headers
        if name.lower().startswith(prefix.lower())
    }


def write_headers(shape: Shape, tree: Mapping[str, Tree]) -> Iterator[tuple[str, str]]:
    """The headers that the model makes of an answer's members."""
    for name, item in tree.items():
        member = shape.members[name]
        match member.serialization.get("location"):
            case "header":
                yield wire_name(member, name), printable(header_text(member, item))
            case "headers":
                for key, value in item.items():
                    yield printable(wire_name(member, "") + key), printable(value)


def header_text(shape: Shape, item: Tree) -> str:
    """One header's text; the items of a list are joined with commas."""
    if shape.type_name == "list":
        return ",".join(header_text(shape.member, each) for each in item)
    return scalars.to_text(shape, item, timestamp_format=timestamps.IN_HEADERS)


def printable(text: str) -> str:
    """A line break in a header would begin another one; S3 lets callers choose headers of the answer, and so try."""
    if CHARACTERS_OF_NO_HEADER.search(text):
        raise WireError("InvalidArgument", "A header of the answer would hold a character that HTTP does not allow there.")
    return text


def write_status(operation: OperationModel, tree: Mapping[str, Tree]) -> int:
    """The status of success: the model's, unless a member of the answer is the status itself."""
    members: Mapping[str, Any] = operation.output_shape.members if operation.output_shape else {}
    for name, member in members.items():
        if member.serialization.get("location") == "statusCode" and name in tree:
            return int(tree[name])
    return int(operation.http.get("responseCode", 200))


def body_members(shape: Shape) -> dict[str, Shape]:
    """The members that stay in the body."""
    return {name: member for name, member in shape.members.items() if "location" not in member.serialization}
