"""A body that is one member: an object's bytes or a policy's text, as it is."""

from botocore.model import Shape

from mandorla.wire.errors import MalformedRequestError
from mandorla.wire.messages import Headers, HttpRequest, HttpResponse
from mandorla.wire.shapes import Tree

CONTENT_TYPES = {"blob": "binary/octet-stream", "string": "text/plain"}


def payload_of(shape: Shape | None) -> str | None:
    """The member that is the body, if the model names one."""
    return shape.serialization.get("payload") if shape is not None else None


def is_raw(shape: Shape) -> bool:
    """Whether the body is the member's bytes or text, in no format."""
    return shape.type_name in CONTENT_TYPES


def read_raw(shape: Shape, payload: str, request: HttpRequest) -> dict[str, Tree]:
    """The body. An empty one is an object of no bytes, but no policy."""
    member = shape.members[payload]
    if not request.body and not member.serialization.get("streaming"):
        return {}
    if member.type_name == "blob":
        return {payload: request.body}
    try:
        return {payload: request.body.decode("utf-8")}
    except UnicodeDecodeError as error:
        raise MalformedRequestError("The request body is not text in UTF-8.") from error


def raw_answer(shape: Shape, value: Tree, *, status: int, headers: Headers) -> HttpResponse:
    """The member as the body, under the content type that another member gives it, or a plain one."""
    body = value.encode("utf-8") if isinstance(value, str) else value
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers = (("Content-Type", CONTENT_TYPES[shape.type_name]), *headers)
    return HttpResponse(status=status, headers=headers, body=b"" if body is None else body)
