"""The published specifications of AMC as a judge: whether an answer is what they say of its operation and status."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema

from tests.conftest import cases_folder

# What the specifications do not list and every server has: a path, an instance or a thing that is not there.
ALWAYS = {404, 405}


@cache
def documents() -> tuple[Mapping[str, Any], ...]:
    """The specifications; none where the cases from elsewhere are absent."""
    folder = cases_folder() / "wire" / "openapi"
    return tuple(json.loads(path.read_text()) for path in sorted(folder.glob("AMC*.json")))


def operation_of(method: str, path: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The operation that a request is for, and the document that has it; a word in a path goes before a label."""
    plain = path.partition("?")[0].rstrip("/")
    found = [
        (template.count("{"), operations[method.lower()], document)
        for document in documents()
        for template, operations in document["paths"].items()
        if method.lower() in operations and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), plain)
    ]
    return min(found, key=lambda one: one[0])[1:] if found else None


def require_specified(method: str, path: str, status: int, content_type: str, text: str) -> bool:
    """AssertionError for an answer that its operation does not allow; False where no specification has the operation."""
    found = operation_of(method, path)
    if found is None:
        return False
    operation, document = found
    answer = operation["responses"].get(str(status))
    if answer is None:
        assert status in ALWAYS, f"{method} {path} has no answer of status {status}"
        answer = {"content": {content_type: {"schema": {"$ref": "#/components/schemas/Error"}}}}
    if not text:
        assert status == 204, f"{method} {path} has an empty answer"
        return True
    assert content_type in answer["content"], f"{method} {path} answers {status} as {content_type}"
    schema = {**answer["content"][content_type]["schema"], "components": document["components"]}
    body = json.loads(text)
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(body)
    if status >= 400:
        assert body["code"] == str(status), body
        assert body["details"], body
    return True
