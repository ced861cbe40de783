"""What AMC's public clients write in more ways than one: one request is made of all of them before it is read."""

import zlib
from dataclasses import replace
from urllib.parse import urlencode

from mandorla.wire.errors import MalformedRequestError
from mandorla.wire.messages import HttpRequest

GZIP_WITH_HEADER = 31


def as_amc_reads(request: HttpRequest) -> HttpRequest:
    """The same request without a slash at the end of its path and without empty query parameters.

    AMC's guide writes `/workflowExecutions/` where its specification has no slash. Parameters without a value are those
    that a form left empty, as Postman sends them: they were not given.
    """
    given = urlencode([(name, value) for name, value in request.query_pairs if value])
    return replace(request, raw_path=request.raw_path.rstrip("/"), query_string=given)


def unpacked(request: HttpRequest, *, largest_body: int) -> HttpRequest:
    """The request with its body as it was before the client packed it; MalformedRequestError if that cannot be had."""
    coding = (request.header("Content-Encoding") or "identity").strip().lower()
    if coding == "identity" or not request.body:
        return request
    if coding != "gzip":
        raise MalformedRequestError("The header Content-Encoding must be gzip, or left out.")
    reader = zlib.decompressobj(GZIP_WITH_HEADER)
    try:
        body = reader.decompress(request.body, largest_body)
    except zlib.error as error:
        raise MalformedRequestError("The request body is not gzip, which the header Content-Encoding says it is.") from error
    if not reader.eof:
        raise MalformedRequestError("The request body is cut short, or unpacks to more than a request may hold.")
    return replace(request, body=body)
