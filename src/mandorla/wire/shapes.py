"""Wire names and our names, both read from the model.

A tree is what a protocol read or is to write: dictionaries under the model's member names, lists, and scalars of the type
the shape says. Arguments and results are the same under our names, `xform_name` of the member's, with tuples for lists.
"""

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.model import Shape

# Any: what a tree holds is said by the shape beside it, and no static type can follow a model that is read at run time.
Tree = Any


def is_document(shape: Shape) -> bool:
    """Whether the shape holds free JSON, whose names are nobody's but the caller's."""
    return bool(shape.metadata.get("document"))


def from_wire(shape: Shape, tree: Tree) -> Tree:
    """The tree under our names."""
    if tree is None or is_document(shape):
        return tree
    match shape.type_name:
        case "structure":
            return {xform_name(name): from_wire(member, tree[name]) for name, member in shape.members.items() if name in tree}
        case "list":
            return tuple(from_wire(shape.member, item) for item in tree)
        case "map":
            return {key: from_wire(shape.value, item) for key, item in tree.items()}
        case _:
            return tree


def to_wire(shape: Shape, value: Tree) -> Tree:
    """A result under the model's names. A structure may be a mapping or a record; what is None is absent."""
    if value is None or is_document(shape):
        return value
    match shape.type_name:
        case "structure":
            members = {name: to_wire(member, member_of(value, name)) for name, member in shape.members.items()}
            assert_members_are_known(shape, value)
            return {name: member for name, member in members.items() if member is not None}
        case "list":
            return [to_wire(shape.member, item) for item in value]
        case "map":
            return {str(key): to_wire(shape.value, item) for key, item in value.items()}
        case _:
            return value


def member_of(value: Tree, name: str) -> Tree:
    """A member of a mapping or a record, by the model's name for it."""
    ours = xform_name(name)
    return value.get(ours) if isinstance(value, Mapping) else getattr(value, ours, None)


def assert_members_are_known(shape: Shape, value: Tree) -> None:
    """A result with a name that the model does not have is a mistake of ours, and would vanish without a word."""
    if isinstance(value, Mapping):
        unknown = set(value) - {xform_name(name) for name in shape.members}
        assert not unknown, f"{shape.name} has no {sorted(unknown)}"
