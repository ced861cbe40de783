"""A real boto3 client whose requests go to our wire instead of a network: signed, verified, parsed, answered, read."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.model import OperationModel
from urllib3.response import HTTPResponse

from mandorla.domain.errors import MandorlaError
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.protocols import find_operation, read_arguments, serialize_error, serialize_response
from mandorla.wire.signature import AccessKey, verify
from tests.wire.service_list import service

KEY = AccessKey(access_key_id="AKIDEXAMPLE", secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

Answer = Callable[[OperationModel, dict[str, Any]], Any]


def received(prepared: AWSPreparedRequest) -> HttpRequest:
    """A prepared request as a server gets it from the socket."""
    _, _, rest = prepared.url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query_string = target.partition("?")
    body = prepared.body.read() if hasattr(prepared.body, "read") else prepared.body or b""
    headers = tuple((name, value if isinstance(value, str) else value.decode()) for name, value in prepared.headers.items())
    return HttpRequest(
        method=prepared.method,
        raw_path=f"/{path}",
        query_string=query_string,
        headers=(*headers, ("Host", host)),
        body=body.encode() if isinstance(body, str) else body,
    )


def answered(service_name: str, request: HttpRequest, answer: Answer) -> HttpResponse:
    """The whole way through our wire."""
    model, operation = service(service_name), None
    try:
        authenticated = verify(model, request, now=datetime.now(UTC), access_key_of={KEY.access_key_id: KEY}.get)
        operation = find_operation(model, authenticated.request)
        arguments = read_arguments(operation, authenticated.request)
        return serialize_response(operation, answer(operation, arguments), "request-1")
    except MandorlaError as error:
        return serialize_error(model, error, "request-1", operation=operation)


def connect(service_name: str, answer: Answer, *, endpoint: str = "https://127.0.0.1:4700", **config: Any) -> Any:
    """A client of the service; what it asks is answered by the function, which gets operation and arguments."""
    client = boto3.client(
        service_name,
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id=KEY.access_key_id,
        aws_secret_access_key=KEY.secret_access_key,
        config=Config(retries={"max_attempts": 0}, **config),
    )

    def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        response = answered(service_name, received(request), answer)
        assert isinstance(response.body, bytes)
        length = {} if any(name.lower() == "content-length" for name, _ in response.headers) else {"Content-Length": "-"}
        headers = dict(response.headers) | {name: str(len(response.body)) for name in length}
        raw = HTTPResponse(
            BytesIO(response.body),
            headers=headers,
            status=response.status,
            request_method=request.method,
            preload_content=False,
            decode_content=False,
        )
        return AWSResponse(request.url, response.status, raw.headers, raw)

    client.meta.events.register("before-send", send)
    return client
