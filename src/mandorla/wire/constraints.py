"""Arguments against the constraints of the service model: every field that breaks one is named, in AWS's own words.

"1 validation error detected: Value 'a b' at 'schemaName' failed to satisfy constraint: Member must satisfy regular
expression pattern: [a-zA-Z_0-9-]*". Values that may be a person's are left out, as AWS leaves out passwords.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from botocore.model import Shape

from mandorla.wire.errors import ConstraintError, Violation
from mandorla.wire.patterns import compiled
from mandorla.wire.shapes import Tree, is_document

LONGEST_VALUE_SHOWN = 60

# Members that hold a person's id, or SQL that may name one, and are not marked sensitive in the service models.
PRIVATE_MEMBERS = frozenset({"uniqueId", "uniqueIds", "recordId", "QueryString", "ExecutionParameters", "sqlText"})

Found = Iterator[Violation]


def is_integer_of(bits: int) -> Callable[[Tree], bool]:
    """A test for an integer that fits; to Python, a boolean is an integer too."""
    limit = 1 << (bits - 1)
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit


def is_number(value: Tree) -> bool:
    """An integer or a float, but not a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool)


TYPES: dict[str, tuple[Callable[[Tree], bool], str]] = {
    "structure": (lambda value: isinstance(value, dict), "a structure"),
    "list": (lambda value: isinstance(value, list), "a list"),
    "map": (lambda value: isinstance(value, dict), "a map"),
    "string": (lambda value: isinstance(value, str), "a string"),
    "character": (lambda value: isinstance(value, str), "a string"),
    "boolean": (lambda value: isinstance(value, bool), "a boolean"),
    "integer": (is_integer_of(32), "an integer"),
    "long": (is_integer_of(64), "a long integer"),
    "float": (is_number, "a number"),
    "double": (is_number, "a number"),
    "timestamp": (lambda value: isinstance(value, datetime), "a timestamp"),
    "blob": (lambda value: isinstance(value, bytes), "base64 data"),
}


def check(shape: Shape | None, tree: Tree) -> None:
    """Refuse arguments that break constraints, naming all of them at once."""
    found = tuple(violations_of(shape, tree, path="", is_private=False)) if shape is not None else ()
    if found:
        raise ConstraintError(found)


def violations_of(shape: Shape, tree: Tree, *, path: str, is_private: bool) -> Found:
    """What is wrong with one value and all inside it. A value of the wrong type is looked at no further."""
    is_private = is_private or bool(shape.metadata.get("sensitive"))
    if is_document(shape):
        return
    if tree is None:
        yield Violation(path, "Member must not be null", "null")
        return
    has_type, type_in_words = TYPES[shape.type_name]
    if not has_type(tree):
        yield Violation(path, f"Member must be {type_in_words}", shown(tree, is_private=is_private))
        return
    yield from (
        Violation(path, constraint, shown(tree, is_private=is_private)) for constraint in CHECKS[shape.type_name](shape, tree)
    )
    yield from INSIDE.get(shape.type_name, nothing_inside)(shape, tree, path, is_private)


def shown(value: Tree, *, is_private: bool) -> str:
    """The value as it may be shown: a scalar, shortened, and never one that may be a person's.

    >>> shown("a" * 100, is_private=False) == "'" + "a" * 60 + "…'", shown("Ann", is_private=True)
    (True, '')
    """
    if is_private or not isinstance(value, str | int | float):
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text[:LONGEST_VALUE_SHOWN]}{'…' if len(text) > LONGEST_VALUE_SHOWN else ''}'"


def string_constraints(shape: Shape, value: Tree) -> Iterator[str]:
    """Length first: a pattern is only tried on what is not too long, since some take their time."""
    too_long = list(length_constraints(shape, value))
    yield from too_long
    pattern = shape.metadata.get("pattern")
    if pattern and not too_long and not compiled(pattern).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    if shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"


def length_constraints(shape: Shape, value: Tree) -> Iterator[str]:
    """How many characters, bytes, items or entries."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield f"Member must have length greater than or equal to {least}"
    if most is not None and len(value) > most:
        yield f"Member must have length less than or equal to {most}"


def range_constraints(shape: Shape, value: Tree) -> Iterator[str]:
    """How large a number. What is not a number is in no range."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and not value >= least:
        yield f"Member must have value greater than or equal to {least}"
    if most is not None and not value <= most:
        yield f"Member must have value less than or equal to {most}"


def union_constraint(shape: Shape, value: Tree) -> Iterator[str]:
    """A union is one of its members."""
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        yield f"Member must have exactly one of [{', '.join(shape.members)}] set"


def no_constraints(shape: Shape, value: Tree) -> Iterator[str]:
    """The type says it all."""
    return iter(())


CHECKS: dict[str, Callable[[Shape, Tree], Iterator[str]]] = {
    "structure": union_constraint,
    "list": length_constraints,
    "map": length_constraints,
    "string": string_constraints,
    "character": string_constraints,
    "blob": length_constraints,
    "integer": range_constraints,
    "long": range_constraints,
    "float": range_constraints,
    "double": range_constraints,
    "boolean": no_constraints,
    "timestamp": no_constraints,
}


def in_structure(shape: Shape, tree: Tree, path: str, is_private: bool) -> Found:
    """Members that are missing, unknown, or wrong in themselves."""
    for name in shape.required_members:
        if name not in tree:
            yield Violation(below(path, name), "Member must not be null", "null")
    for name, item in tree.items():
        if name not in shape.members:
            # As it was written: a member in another case must not look like the one that is meant.
            written = f"{path}.{name[:LONGEST_VALUE_SHOWN]}" if path else name[:LONGEST_VALUE_SHOWN]
            yield Violation(written, "Member is not known; leave it out")
            continue
        private = is_private or name in PRIVATE_MEMBERS
        yield from violations_of(shape.members[name], item, path=below(path, name), is_private=private)


def in_list(shape: Shape, tree: Tree, path: str, is_private: bool) -> Found:
    """Items count from one, as in AWS's messages: 'mappedInputFields.1.member.fieldName'."""
    for number, item in enumerate(tree, start=1):
        yield from violations_of(shape.member, item, path=f"{path}.{number}.member", is_private=is_private)


def in_map(shape: Shape, tree: Tree, path: str, is_private: bool) -> Found:
    """Keys and values of a map are never shown: a record is a map."""
    for key, item in tree.items():
        yield from violations_of(shape.key, key, path=f"{path}.key", is_private=True)
        yield from violations_of(shape.value, item, path=f"{path}.value", is_private=True)


def nothing_inside(shape: Shape, tree: Tree, path: str, is_private: bool) -> Found:
    """Scalars have no inside."""
    return iter(())


INSIDE: dict[str, Callable[[Shape, Tree, str, bool], Found]] = {
    "structure": in_structure,
    "list": in_list,
    "map": in_map,
}


def below(path: str, name: str) -> str:
    """A member's path; AWS's messages begin names with a lower-case letter, as Java properties do.

    >>> below("tableInput", "StorageDescriptor"), below("", "Name")
    ('tableInput.storageDescriptor', 'name')
    """
    decapitalized = name[:1].lower() + name[1:]
    return f"{path}.{decapitalized}" if path else decapitalized
