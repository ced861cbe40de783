"""The ASGI application: bytes from the socket to the chain and back. Only this folder knows that anything is asynchronous."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from anyio import CapacityLimiter, from_thread, to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from mandorla.server.chain import answer
from mandorla.server.logins import token_answer
from mandorla.server.parts import Parts
from mandorla.server.streaming import is_streamed
from mandorla.wire.errors import WireError
from mandorla.wire.messages import HttpRequest, HttpResponse
from mandorla.wire.openapi import openapi_of
from mandorla.wire.routing import read_routes

# Uploads have threads of their own: slow ones, however many, keep nobody else waiting.
MOST_STREAMS = 64

# A client that was refused while it waited for "100 Continue" sends no body. Nothing else could follow on its connection: it
# would be taken for that body.
LAST = ("Connection", "close")


def build(parts: Parts) -> Starlette:
    """The application: every API on one port, Login with Amazon's token endpoint, `/healthz` and `/metrics` for who watches."""
    read_routes(parts.models)
    routes = [
        Route("/healthz", healthy, methods=["GET"]),
        Route("/metrics", partial(metrics, parts), methods=["GET"]),
        Route("/auth/o2/token", partial(token, parts), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        Route("/amc/openapi.json", partial(amc_description, parts), methods=["GET"]),
        Route("/{path:path}", Apis(parts)),
    ]
    return Starlette(routes=routes)


async def healthy(_: Request) -> Response:
    """The server listens."""
    return PlainTextResponse("ok\n")


async def metrics(parts: Parts, _: Request) -> Response:
    """Counters for Prometheus."""
    return Response(await run_in_threadpool(parts.metrics.page), media_type=CONTENT_TYPE_LATEST)


async def amc_description(parts: Parts, _: Request) -> Response:
    """AMC's operations for tools that read OpenAPI."""
    [model] = [one for one in parts.models if one.service_name == "amc"]
    return JSONResponse(openapi_of(model))


async def token(parts: Parts, request: Request) -> Response:
    """Login with Amazon, for AMC's clients."""
    if request.method != "POST":
        said = {"error": "invalid_request", "error_description": "Ask for a token with POST and a form."}
        return JSONResponse(said, status_code=405, headers={"Allow": "POST"})
    status, document = await run_in_threadpool(token_answer, parts, request.headers, await request.body())
    return JSONResponse(document, status_code=status, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


class Apis:
    """Every request that is not for ourselves goes to the services, whatever its method."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.streams = CapacityLimiter(MOST_STREAMS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        if is_streamed(self.parts, as_received(request, b"")):
            await (await self.streamed(request, receive))(scope, receive, send)
            return
        try:
            body = await self.body_of(request)
        except ClientDisconnect:
            return
        if body is None:
            response = PlainTextResponse("The request's body is too large.\n", status_code=413)
            await response(scope, receive, send)
            return
        await as_sent(await run_in_threadpool(answer, self.parts, as_received(request, body)))(scope, receive, send)

    async def streamed(self, request: Request, receive: Receive) -> Response:
        """The answer to a request whose body is not gathered first."""
        incoming = Incoming(receive)
        answered = partial(answer, self.parts, as_received(request, b""), incoming)
        response = await to_thread.run_sync(answered, limiter=self.streams)
        if "expect" in request.headers and not incoming.is_asked_for:
            response = replace(response, headers=(*response.headers, LAST))
        return as_sent(response)

    async def body_of(self, request: Request) -> bytes | None:
        """The body; None if it is larger than any operation's."""
        gathered = bytearray()
        async for chunk in request.stream():
            gathered += chunk
            if len(gathered) > self.parts.settings.largest_body_bytes:
                return None
        return bytes(gathered)


async def receiving(receive: Receive) -> Message:
    """What comes next."""
    return await receive()


class Incoming:
    """The body as it comes, for a thread that may wait. It asks for no more than it is given time to keep."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.is_asked_for = False

    def __iter__(self) -> Iterator[bytes]:
        """Piece by piece; a client that waits to be asked is asked now."""
        self.is_asked_for = is_more = True
        while is_more:
            message = from_thread.run(receiving, self.receive)
            if message["type"] == "http.disconnect":
                raise WireError("IncompleteBody", "The connection ended before the body did.")
            is_more = message.get("more_body", False)
            if chunk := message.get("body", b""):
                yield chunk


def as_received(request: Request, body: bytes) -> HttpRequest:
    """A request as the wire reads it; its path is still as the caller wrote it."""
    return HttpRequest(
        method=request.method,
        raw_path=request.scope["raw_path"].decode("latin-1"),
        query_string=request.scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw),
        body=body,
    )


def as_sent(response: HttpResponse) -> Response:
    """A response as the socket takes it."""
    sent: Response
    if isinstance(response.body, bytes):
        sent = Response(response.body, status_code=response.status)
    else:
        sent = StreamingResponse(response.body, status_code=response.status)
    named = {name.lower() for name, _ in response.headers}
    kept = [(name, value) for name, value in sent.raw_headers if name.decode("latin-1") not in named]
    sent.raw_headers = [*kept, *((name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in response.headers)]
    return sent
