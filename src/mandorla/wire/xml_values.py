"""XML as a service model means it: S3's bodies in both directions, and the answers of IAM and STS."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from botocore.model import Shape

from mandorla.wire import scalars, timestamps
from mandorla.wire.errors import MalformedRequestError
from mandorla.wire.shapes import Tree

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'

# ElementTree writes these as they are. A parser would turn a carriage return into a line feed, and refuse the others; S3
# answers with character references, and tells clients to ask for encoding-type=url.
UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f]")


def parse_document(body: bytes) -> Element:
    """The root of a body. Document types are refused: no client sends one, and entities can swell without end."""
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise MalformedRequestError("The XML you provided has a document type, which is not accepted.")
        return ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise MalformedRequestError("The XML you provided was not well-formed.") from error


def print_document(root: Element) -> bytes:
    """The document in UTF-8, with every character such that a parser gives it back."""
    printed: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=False)
    return DECLARATION + UNPRINTABLE.sub(lambda found: b"&#x%X;" % found[0][0], printed)


def local_name(tag: str) -> str:
    """The tag without its namespace, which some clients leave out.

    >>> local_name("{http://s3.amazonaws.com/doc/2006-03-01/}Delete")
    'Delete'
    """
    return tag.rpartition("}")[2]


def is_flattened(shape: Shape) -> bool:
    """Whether the items stand in the structure itself, without an element around them."""
    return bool(shape.serialization.get("flattened"))


def element_name(shape: Shape, member_name: str) -> str:
    """The element of a member. In a flattened list the items' own name wins, where the model gives them one."""
    item_name = shape.member.serialization.get("name") if shape.type_name == "list" and is_flattened(shape) else None
    return str(item_name or shape.serialization.get("name", member_name))


def from_element(shape: Shape, element: Element) -> Tree:
    """The tree of an element. Wrong scalars stay text, and unknown elements keep their name, for the constraints to name."""
    match shape.type_name:
        case "structure":
            return members_from_element(shape, element)
        case "list":
            return [from_element(shape.member, item) for item in element]
        case "map":
            return dict(entry_from_element(shape, entry) for entry in element)
        case _:
            return scalars.from_text(shape, element.text or "", timestamp_format=timestamps.IN_XML_AND_FORMS)


def members_from_element(shape: Shape, element: Element) -> dict[str, Tree]:
    """Elements by name; the items of flattened lists and maps are gathered from where they stand."""
    names = {element_name(member, name): name for name, member in shape.members.items() if not is_attribute(member)}
    tree: dict[str, Tree] = dict(attributes_of(shape, element))
    for child in element:
        tag = local_name(child.tag)
        name = names.get(tag)
        if name is None:
            tree[tag] = child.text
        elif is_flattened(shape.members[name]) and shape.members[name].type_name == "list":
            tree.setdefault(name, []).append(from_element(shape.members[name].member, child))
        elif is_flattened(shape.members[name]):
            tree.setdefault(name, {}).update([entry_from_element(shape.members[name], child)])
        else:
            tree[name] = from_element(shape.members[name], child)
    return tree


def entry_from_element(shape: Shape, entry: Element) -> tuple[Tree, Tree]:
    """One key and its value."""
    found = {local_name(child.tag): child for child in entry}
    key_name, value_name = entry_names(shape)
    if key_name not in found or value_name not in found:
        raise MalformedRequestError(f"An entry of a map needs a {key_name} and a {value_name}.")
    return from_element(shape.key, found[key_name]), from_element(shape.value, found[value_name])


def entry_names(shape: Shape) -> tuple[str, str]:
    """What a map calls its keys and values."""
    return shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")


def is_attribute(shape: Shape) -> bool:
    """Whether the member is an attribute of its structure's element, as is a grantee's type."""
    return bool(shape.serialization.get("xmlAttribute"))


def attributes_of(shape: Shape, element: Element) -> Iterator[tuple[str, str]]:
    """Members that are attributes. A name as `xsi:type` is compared without its prefix, which is the writer's choice."""
    written = {local_name(name): value for name, value in element.attrib.items()}
    for name, member in shape.members.items():
        local = str(member.serialization.get("name", name)).rpartition(":")[2]
        if is_attribute(member) and local in written:
            yield name, written[local]


def add_members(parent: Element, shape: Shape, tree: dict[str, Tree]) -> None:
    """Write the members of a structure into its element."""
    add_namespace(parent, shape)
    for name, item in tree.items():
        member = shape.members[name]
        if is_attribute(member):
            parent.set(member.serialization["name"], item)
        else:
            add_member(parent, element_name(member, name), member, item)


def add_member(parent: Element, name: str, shape: Shape, item: Tree) -> None:
    """Write one value under a name; flattened lists and maps repeat the name instead of nesting."""
    match shape.type_name:
        case "structure":
            add_members(SubElement(parent, name), shape, item)
        case "list":
            inside = parent if is_flattened(shape) else SubElement(parent, name)
            item_name = name if is_flattened(shape) else shape.member.serialization.get("name", "member")
            for each in item:
                add_member(inside, item_name, shape.member, each)
        case "map":
            inside = parent if is_flattened(shape) else SubElement(parent, name)
            for key, value in item.items():
                entry = SubElement(inside, name if is_flattened(shape) else "entry")
                add_member(entry, entry_names(shape)[0], shape.key, key)
                add_member(entry, entry_names(shape)[1], shape.value, value)
        case _:
            text = scalars.to_text(shape, item, timestamp_format=timestamps.IN_XML_AND_FORMS)
            SubElement(parent, name).text = text


def add_namespace(element: Element, shape: Shape) -> None:
    """The namespace that the model gives a shape, with its prefix if it has one."""
    namespace = shape.serialization.get("xmlNamespace")
    if namespace:
        prefix = namespace.get("prefix")
        element.set(f"xmlns:{prefix}" if prefix else "xmlns", namespace["uri"])
