"""Typed parameters become literals of their type before anything else looks at the query: a value can never be a name or a
clause.

Templates of Clean Rooms write `:name`; AMC writes CUSTOM_PARAMETER('name') and BUILT_IN_PARAMETER('TIME_WINDOW_START').
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from mandorla.domain.protected_query import AmcQuestion, QueryParameter, Question
from mandorla.protect.refusal import Refusal

# A literal that stands for the execution's time window, and not for a value that the analyst has chosen.
BUILT_IN = "protected_built_in"


@dataclass(frozen=True, slots=True)
class ParameterType:
    """How a type of the service is written in SQL, and what reads a value of it (ValueError when it is not one)."""

    sql: str
    read: Callable[[str], object]


def _whole_number(bits: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise ValueError(text)
        return number

    return read


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite():
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _group(sql: str, read: Callable[[str], object], *names: str) -> dict[str, ParameterType]:
    return {name: ParameterType(sql, read) for name in names}


# Service model of Clean Rooms, ParameterType (28 values), and the data types of AMC's workflow parameters.
PARAMETER_TYPES: dict[str, ParameterType] = {
    **_group("TINYINT", _whole_number(8), "TINYINT", "BYTE"),
    **_group("SMALLINT", _whole_number(16), "SMALLINT", "SHORT"),
    **_group("INT", _whole_number(32), "INTEGER", "INT"),
    **_group("BIGINT", _whole_number(64), "BIGINT", "LONG"),
    **_group("DECIMAL(38, 10)", _decimal, "DECIMAL", "NUMERIC"),
    **_group("FLOAT", _decimal, "REAL", "FLOAT"),
    **_group("DOUBLE", _decimal, "DOUBLE_PRECISION", "DOUBLE"),
    **_group("BOOLEAN", _truth, "BOOLEAN"),
    **_group("VARCHAR", str, "CHAR", "VARCHAR", "CHARACTER", "STRING"),
    **_group("DATE", date.fromisoformat, "DATE"),
    **_group("TIMESTAMP", datetime.fromisoformat, "TIMESTAMP", "TIMESTAMP_NTZ"),
    **_group("TIMESTAMPTZ", datetime.fromisoformat, "TIMESTAMPTZ", "TIMESTAMP_LTZ"),
    **_group("TIME", time.fromisoformat, "TIME", "TIMETZ"),
    **_group("BLOB", bytes.fromhex, "VARBYTE", "BINARY"),
}


def fill_parameters(tree: exp.Expr, question: Question, values: Mapping[str, str]) -> list[Refusal]:
    """Put every parameter's value in its place, in the tree itself; a refusal for each that is missing, unknown or no value."""
    declared = {parameter.name: parameter for parameter in question.parameters}
    refusals = [
        _no(f"The parameter '{name}' is not declared. Declared are: {', '.join(sorted(declared)) or 'none'}.")
        for name in values
        if name not in declared
    ]
    for node, name in _uses(tree):
        if name is None:
            refusals.append(_no("A parameter is named by one text in quotation marks, or by :name."))
            continue
        if isinstance(node, exp.Anonymous) and node.name.upper() == "BUILT_IN_PARAMETER":
            filled = _built_in(name, question)
        else:
            filled = _literal(name, declared.get(name), values.get(name))
        if isinstance(filled, Refusal):
            refusals.append(filled)
        else:
            node.replace(filled)
    return refusals


def _uses(tree: exp.Expr) -> list[tuple[exp.Expr, str | None]]:
    uses: list[tuple[exp.Expr, str | None]] = []
    for node in tree.find_all(exp.Placeholder, exp.Anonymous):
        if isinstance(node, exp.Placeholder):
            uses.append((node, node.name or None))
        elif node.name.upper() in ("CUSTOM_PARAMETER", "BUILT_IN_PARAMETER"):
            arguments = node.expressions
            is_name = len(arguments) == 1 and isinstance(arguments[0], exp.Literal) and arguments[0].is_string
            uses.append((node, arguments[0].name if is_name else None))
    return uses


def _literal(name: str, parameter: QueryParameter | None, value: str | None) -> exp.Expr | Refusal:
    if parameter is None:
        return _no(f"The query uses the parameter '{name}', which is not declared.")
    text = parameter.default_value if value is None else value
    if text is None:
        return _no(f"The parameter '{name}' has no value and no default. Give it one.")
    try:
        if parameter.data_type.upper() == "ARRAY":
            return exp.Array(expressions=[_typed(item, parameter.element_type or "STRING") for item in _items(text)])
        return _typed(text, parameter.data_type)
    except KeyError:
        return _no(f"The parameter '{name}' has the type {parameter.data_type}, which is not one of the service's.")
    except ValueError:
        kind = f"ARRAY of {parameter.element_type}" if parameter.element_type else parameter.data_type
        return _no(f"The value of the parameter '{name}' is not of its type {kind}.")


def _items(text: Any) -> list[str]:  # an execution gives an array as JSON's own list, or as a text that holds one
    items = json.loads(text) if isinstance(text, str) else text
    if not isinstance(items, (list, tuple)):
        raise ValueError("not a list")
    return [item if isinstance(item, str) else json.dumps(item) for item in items]


def _typed(text: str, type_name: str) -> exp.Expr:
    kind = PARAMETER_TYPES[type_name.upper()]
    kind.read(str(text).strip() if kind.read is not str else str(text))
    return exp.cast(exp.Literal.string(str(text)), exp.DataType.build(kind.sql, dialect="duckdb"), copy=False)


def _built_in(name: str, question: Question) -> exp.Expr | Refusal:
    if not isinstance(question, AmcQuestion):
        return _no("BUILT_IN_PARAMETER belongs to AMC. In a template of Clean Rooms, declare a parameter and write :name.")
    given = dict(question.built_in_parameters)
    window = question.time_window
    if window is not None:
        given |= {"TIME_WINDOW_TIME_ZONE": window.time_zone}
        given |= {"TIME_WINDOW_START": window.start.isoformat(" "), "TIME_WINDOW_END": window.end.isoformat(" ")}
    value = given.get(name.upper())
    if value is None:
        return _no(
            f"BUILT_IN_PARAMETER('{name}') has no value here. There are: "
            f"{', '.join(sorted(given)) or 'none, without a time window'}."
        )
    is_time = name.upper() in ("TIME_WINDOW_START", "TIME_WINDOW_END")
    literal = _typed(value, "TIMESTAMP" if is_time else "STRING")
    if is_time:
        literal.meta[BUILT_IN] = True
    return literal


def _no(sentence: str) -> Refusal:
    return Refusal("parameters", re.sub(r"\s+", " ", sentence))
